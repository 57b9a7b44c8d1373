"""What was found right is not checked again; what was found wrong is not measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.campaign.session import run_campaign, simulated_bench
from ptxenergy.measure.campaign.verdicts import faulty, known_right, noted
from ptxenergy.measure.campaign.verify import Check
from ptxenergy.measure.device.sensor import DeviceError, Identity
from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.point import write_plan
from ptxenergy.measure.rows.row import complete_lines
from tests.measure.dataset import entries
from tests.measure.points import point

H200 = Identity("NVIDIA H200", "0" * 16, "580.1", "13.0", 700.0, "on", "off")
ADD, TRIAD = (e for e in entries() if e.kernel.name in ("vector_add", "vector_triad"))
WIDE, SQUARE = Extent(256), Extent(16, 16)


def note(out: Path, *checks: Check, identity: Identity = H200) -> None:
    assert list(noted(checks, out, (ADD, TRIAD), identity)) == list(checks)


def test_right_launches_of_the_same_gpu_driver_and_ptx_are_known(tmp_path: Path) -> None:
    note(tmp_path, Check("vector_add", WIDE), Check("vector_add", SQUARE, "wrong"))
    assert known_right([tmp_path], (ADD,), H200) == {("vector_add", WIDE)}
    assert known_right([tmp_path], (ADD,), replace(H200, driver="590.1")) == frozenset()
    assert known_right([tmp_path], (ADD,), replace(H200, gpu="NVIDIA H100")) == frozenset()
    assert known_right([tmp_path / "other"], (ADD,), H200) == frozenset()


def test_the_last_verdict_counts_and_a_line_cut_off_does_not(tmp_path: Path) -> None:
    note(tmp_path, Check("vector_add", WIDE, "wrong"), Check("vector_triad", WIDE, "wrong"))
    note(tmp_path, Check("vector_add", WIDE))
    with (tmp_path / "verified.jsonl").open("a") as file:
        file.write('{"kernel": "vector_ad')
    assert faulty([tmp_path], H200.gpu) == {TRIAD.ptx_sha256}
    assert faulty([tmp_path], "NVIDIA H100") == frozenset()


def test_a_kernel_that_was_found_wrong_is_not_measured(tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.jsonl", tmp_path / "simulated"
    wrong = replace(point(1), ptx_sha256=ADD.ptx_sha256)
    write_plan([replace(point(904, "anchor"), study="anchor"), point(0), wrong, point(2)], plan)
    note(out, Check("vector_add", WIDE, "wrong"), identity=replace(H200, gpu="simulated"))
    run_campaign(simulated_bench(), Request(plan, out, 300))
    (rows,) = (complete_lines(path) for path in out.glob("rows/*.csv"))
    assert {row["kernel"] for row in rows if row["is_anchor"] == "false"} == {"k0", "k2"}


def test_where_every_kernel_was_found_wrong_nothing_is_measured(tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.jsonl", tmp_path / "simulated"
    write_plan([replace(point(1), ptx_sha256=ADD.ptx_sha256)], plan)
    note(out, Check("vector_add", WIDE, "wrong"), identity=replace(H200, gpu="simulated"))
    with pytest.raises(DeviceError, match=r"every kernel .* was found wrong"):
        run_campaign(simulated_bench(), Request(plan, out, 300))
