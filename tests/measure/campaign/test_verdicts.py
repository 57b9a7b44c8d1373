"""What was found right is not checked again; what was found wrong is not measured."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import ptxenergy.measure.__main__ as kit
from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.campaign.session import run_campaign, simulated_bench
from ptxenergy.measure.campaign.verdicts import found_right, known_right, noted, read_verdicts
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
    assert found_right([tmp_path], H200.gpu) is None
    note(tmp_path, Check("vector_add", WIDE, "wrong"), Check("vector_triad", WIDE, "wrong"))
    assert found_right([tmp_path], H200.gpu) == frozenset()
    note(tmp_path, Check("vector_add", WIDE), Check("vector_triad", SQUARE))
    with (tmp_path / "verified.jsonl").open("a") as file:
        file.write('{"kernel": "vector_ad')
    assert found_right([tmp_path], H200.gpu) == frozenset([ADD.ptx_sha256])
    assert found_right([tmp_path], "NVIDIA H100") is None


def test_a_kernel_that_was_found_wrong_or_not_verified_is_not_measured(tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.jsonl", tmp_path / "simulated"
    simulated = replace(H200, gpu="simulated")
    anchor = replace(point(904, "anchor"), study="anchor", ptx_sha256=TRIAD.ptx_sha256)
    right, wrong = (replace(point(n), ptx_sha256=e.ptx_sha256) for n, e in ((0, TRIAD), (1, ADD)))
    write_plan([anchor, right, wrong, point(2)], plan)
    note(out, Check("vector_add", WIDE, "wrong"), Check("vector_triad", WIDE), identity=simulated)
    run_campaign(simulated_bench(), Request(plan, out, 300))
    (rows,) = (complete_lines(path) for path in out.glob("rows/*.csv"))
    assert {row["kernel"] for row in rows if row["is_anchor"] == "false"} == {"k0"}


def test_where_no_kernel_was_found_right_nothing_is_measured(tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.jsonl", tmp_path / "simulated"
    write_plan([replace(point(1), ptx_sha256=ADD.ptx_sha256)], plan)
    note(out, Check("vector_add", WIDE, "wrong"), identity=replace(H200, gpu="simulated"))
    with pytest.raises(DeviceError, match=r"no kernel of .* was found right"):
        run_campaign(simulated_bench(), Request(plan, out, 300))


def test_verifying_stops_in_time_and_goes_on_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def checked(_: object, known: frozenset[tuple[str, Extent]]) -> Iterator[Check]:
        every = (Check(name, WIDE) for name in ("vector_add", "vector_triad"))
        yield from (check for check in every if (check.kernel, check.block) not in known)

    plan = tmp_path / "plan.jsonl"
    write_plan([replace(point(0), kernel=e.kernel.name) for e in (ADD, TRIAD)], plan)
    monkeypatch.setattr(kit, "verify_guarded", checked)
    monkeypatch.setattr(kit, "NvmlSensor", lambda: SimpleNamespace(identity=lambda: H200))
    options = Namespace(plan=plan, out=tmp_path / "h200")
    kit._verify(options, until_s=0.0)
    assert "not all kernels were verified" in capsys.readouterr().out
    assert len(list(read_verdicts([options.out]))) == 1
    kit._verify(options)
    assert "1 of 1 launches are right; 1 were known to be" in capsys.readouterr().out
    assert {v.check.kernel for v in read_verdicts([options.out])} == {"vector_add", "vector_triad"}
