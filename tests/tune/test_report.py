"""What `tune` prints: the launch that it is about, what each pick changes, and what it left out."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import ptxenergy.report
from tests.cli.commands import EXAMPLE, HEADER, outcome

CORPUS = Path(__file__).parents[1] / "corpus" / "ptx" / "nvcc-13.0" / "sm_90"
SCHEMA = Path(ptxenergy.report.__file__).parent / "schemas" / "tuning.json"
TRITON = str(CORPUS.parents[1] / "triton-3.9.0" / "cc_90" / "tl_add.ptx")
SCATTER = f"""{HEADER}.visible .entry scatter(.param .u64 out)
{{
.reg .b32 %r<6>; .reg .b64 %rd<5>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %ctaid.x;
mad.lo.s32 %r4, %r3, %r2, %r1;
mul.wide.s32 %rd2, %r4, 4;
add.s64 %rd3, %rd1, %rd2;
ld.global.u32 %r5, [%rd3];
mul.wide.s32 %rd4, %r5, 4;
add.s64 %rd4, %rd4, %rd1;
st.global.u32 [%rd4], %r1;
ret;
}}
"""

Captured = pytest.CaptureFixture[str]


def shown(capsys: Captured, *words: str) -> str:
    """The report with its lines joined, so that none depends on where it breaks."""
    done = outcome(capsys, "tune", *words)
    assert (done.code, done.err) == (0, "")
    return " ".join(done.out.split())


def test_the_launch_is_named_with_how_the_board_is_run_and_what_was_assumed(
    capsys: Captured,
) -> None:
    board = ("--clock-mhz", "1200", "--power-limit-w", "300", "--cache", "cold")
    words = (EXAMPLE, "--threads", "512x512", "--arg", "2=512", "--shapes", "32x8,8x32", *board)
    text = shown(capsys, *words)
    assert "the work of grid 16x64, block 32x8, argument 2=512; assumed argument 3=512" in text
    assert "h200, locked at 1200 MHz, 300 W limit, cold cache, random data" in text
    assert "1 assumption, each with the option that pins it line 45 --arg 3=512" in text
    found = json.loads(outcome(capsys, "tune", *words, "--json").out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    assert found["launch"]["block"] == found["reference"] == [32, 8, 1]
    assert list(found["launch"]["args"].values())[2:] == [512, 512]
    assert [one["option"] for one in found["assumptions"]] == ["--arg 3=512"]
    assert found["conditions"]["locked_clock_mhz"] == 1200


def test_each_pick_is_held_against_others_in_energy_time_and_their_product(
    capsys: Captured,
) -> None:
    size = ("--arg", "2=1024", "--arg", "3=1024", "--threads", "1024x1024")
    words = (EXAMPLE, *size, "--block", "32x8", "--shapes", "32x8,8x32,1024")
    found = json.loads(outcome(capsys, "tune", *words, "--json").out)
    by_block = {tuple(one["block"]): one for one in found["candidates"]}
    best, given = by_block[8, 32, 1], by_block[32, 8, 1]
    assert found["best"]["time"] == [8, 32, 1]
    changes = [100 * (best[key] / given[key] - 1) for key in ("energy_j", "time_s", "edp_js")]
    row = " ".join(f"{change:+.1f} %".replace("-", "−") for change in changes)
    text = shown(capsys, *words)
    assert f"8x32 over given 32x8 {row}" in text
    assert "8x32 over heuristic 1024 " in text
    assert "nJ·s" in text


def test_what_cannot_be_told_is_said_once_for_all_shapes(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "k.ptx"
    file.write_text(SCATTER)
    text = shown(capsys, str(file), "--threads", "4096", "--shapes", "64,128,256,512")
    assert "Unverified, and not picked 4 shapes (" in text
    assert text.count("data decides where it writes") == 1
    assert "uncalibrated" in text


def test_where_the_heuristic_does_other_work_it_is_named_all_the_same(capsys: Captured) -> None:
    sizes = tuple(word for index in "345" for word in ("--arg", f"{index}=128"))
    file = str(CORPUS / "gemm_tiled.ptx")
    text = shown(capsys, file, "--threads", "128x128", *sizes, "--shapes", "1024,16x16")
    assert "only 16x16: no other shape is shown to do the same work" in text
    assert "occupancy heuristic 1024 left out" in text


def test_a_grid_is_of_the_block_that_the_ptx_requires(capsys: Captured) -> None:
    text = shown(capsys, TRITON, "--grid", "64", "--arg", "3=8000")
    assert "the work of grid 64, block 128, argument 3=8000" in text
    assert "only 128: the PTX requires it (.reqntid)" in text


def test_a_command_that_is_not_there_is_named(capsys: Captured) -> None:
    command = "no-such-compiler -DBX={x} -o {out}"
    done = outcome(capsys, "tune", "--compile", command, "--block", "32", "--threads", "99")
    assert done.code == 2
    assert done.err == (
        "error: --compile: does not compile: no-such-compiler: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("k.xyz", "its ending says the format: .svg, .png or .pdf"),
        ("no/k.svg", "there is no folder"),
    ],
)
def test_a_picture_that_cannot_be_written_is_told_before_anything_is_predicted(
    name: str, said: str, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ptxenergy.tune.search.tune", lambda *_: pytest.fail("predicted"))
    words = (EXAMPLE, "--threads", "512x512", "--plot", str(tmp_path / name))
    done = outcome(capsys, "tune", *words)
    assert done.code == 2
    assert said in done.err
