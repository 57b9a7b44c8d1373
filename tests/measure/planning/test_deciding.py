"""The shapes that decide are measured a second time, once a study is whole."""

from collections.abc import Sequence
from dataclasses import replace

from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.deciding import Earlier, deciding
from ptxenergy.measure.planning.point import Point
from tests.measure.points import point

SHAPES = [Extent(256), Extent(32, 8), Extent(16, 16), Extent(8, 32), Extent(1024), Extent(64)]
STUDY = [replace(point(0), block=block, study="shape") for block in SHAPES]
ENERGIES = [5.0, 3.0, 2.0, 4.0, 6.0, 7.0]
TIMES = [1.0, 3.0, 2.0, 4.0, 6.0, 7.0]


def known(count: int, times: int = 1) -> dict[str, Sequence[Earlier]]:
    return {
        p.point_id: [Earlier(energy, time, 32, 0)] * times
        for p, energy, time in list(zip(STUDY, ENERGIES, TIMES, strict=True))[:count]
    }


def blocks(points: list[Point], earlier: dict[str, Sequence[Earlier]]) -> set[Extent]:
    return {turn.point.block for turn in deciding(points, earlier)}


def test_best_second_fastest_and_the_heuristics_pick_are_measured_again() -> None:
    assert blocks(STUDY, known(6)) == {Extent(16, 16), Extent(32, 8), Extent(256), Extent(1024)}
    assert all(turn.replicate_of == turn.point.point_id for turn in deciding(STUDY, known(6)))


def test_a_study_with_a_shape_unknown_waits_unless_that_took_the_device_down() -> None:
    assert deciding(STUDY, known(5)) == []
    lost = frozenset([STUDY[5].point_id])
    assert len(deciding(STUDY, known(5), lost)) == 4


def test_what_was_measured_twice_is_not_measured_again() -> None:
    assert deciding(STUDY, known(6, times=2)) == []


def test_other_studies_do_not_decide() -> None:
    assert deciding([replace(p, study="breadth") for p in STUDY], known(6)) == []
