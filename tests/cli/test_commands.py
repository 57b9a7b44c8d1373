"""The commands as people type them, on the kernel that the repository carries."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ptxenergy.report
from ptxenergy import __version__
from tests.cli.commands import EXAMPLE, outcome, process

SCHEMAS = Path(ptxenergy.report.__file__).parent / "schemas"
Captured = pytest.CaptureFixture[str]


def predicted(capsys: Captured, *options: str, command: str = "predict") -> Any:
    """The one result of a command with --json on the example, held to its schema."""
    done = outcome(capsys, command, EXAMPLE, "--json", *options)
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    name = "prediction" if command == "predict" else "inspection"
    jsonschema.validate(document, json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))
    (result,) = document["results"]
    return result


def test_one_option_is_enough(capsys: Captured) -> None:
    done = outcome(capsys, "predict", EXAMPLE, "--block", "32x8")
    assert done.code == 0
    assert done.err == ""
    first = done.out.splitlines()[0]
    assert first.startswith("transpose: block 32x8; assumed grid ")
    for part in ("per block", "per thread", "Not calibrated", "--arg 2=", "--arg 3=", "--grid "):
        assert part in done.out


def test_the_shape_of_the_block_decides_the_sectors(capsys: Captured) -> None:
    full = ("--threads", "256x256", "--arg", "2=256", "--arg", "3=256")
    wide = predicted(capsys, "--block", "32x8", *full)
    tall = predicted(capsys, "--block", "8x32", *full)
    requests = 256 * 256 // 32
    assert wide["exact"] == tall["exact"] == {"control": True, "addresses": True, "all": True}
    assert wide["assumptions"] == []
    assert wide["counts"]["memory"]["global"]["load"] == {
        "requests": requests,
        "sectors": 4 * requests,
        "bytes": 4 * 256 * 256,
    }
    assert wide["counts"]["memory"]["global"]["store"]["sectors"] == 32 * requests
    assert tall["counts"]["memory"]["global"]["load"]["sectors"] == 4 * requests
    assert tall["counts"]["memory"]["global"]["store"]["sectors"] == 8 * requests
    assert tall["energy_j"]["value"] < wide["energy_j"]["value"]


def test_the_grid_covers_the_threads(capsys: Captured) -> None:
    result = predicted(capsys, "--block", "32x8", "--threads", "100x100", "--arg", "2=100")
    assert result["launch"]["grid"] == [4, 13, 1]
    assert result["launch"]["block"] == [32, 8, 1]


def test_every_option_reaches_the_result(capsys: Captured) -> None:
    result = predicted(
        capsys,
        *("--block", "16x16", "--grid", "3x2", "--arg", "2=40", "--shared", "1024"),
        *("--arg", "_Z9transposePfPKfii_param_3=0x20", "--gpu", "a100", "--registers", "40"),
        *("--kernel", "transpose", "--branch", "47=0.5", "--trip", "47=3", "--access", "55=random"),
    )
    assert result["gpu"] == "a100"
    assert result["launch"]["grid"] == [3, 2, 1]
    assert result["launch"]["shared_bytes"] == 1024
    assert list(result["launch"]["args"].values()) == ["pointer", "pointer", 40, 32]
    assert (result["registers_per_thread"], result["registers_source"]) == (40, "user")


def test_how_the_board_is_run_reaches_the_result(capsys: Captured) -> None:
    plain = predicted(capsys, "--block", "32x8")
    free = {"clock_mhz": 1980, "locked_clock_mhz": None, "power_limit_w": 700, "cache": "warm"}
    assert plain["conditions"] == free | {"data": "random"}
    run = predicted(
        capsys,
        *("--block", "32x8", "--clock-mhz", "1410", "--power-limit-w", "650", "--cache", "cold"),
    )
    held = {"clock_mhz": 1410, "locked_clock_mhz": 1410, "power_limit_w": 650, "cache": "cold"}
    assert run["conditions"] == held | {"data": "random"}
    assert run["calibrated"] is False
    assert run["time_s"]["value"] > plain["time_s"]["value"]
    assert run["bound"]["traffic_bytes"]["dram"] > plain["bound"]["traffic_bytes"]["dram"] == 0
    low = predicted(capsys, "--block", "32x8", "--power-limit-w", "160")
    assert low["power_w"]["value"] == pytest.approx(160)
    assert low["bound"]["power_limited"]
    assert "power-limited" in low["flags"]


def test_a_board_that_cannot_be_run_so_is_refused(capsys: Captured) -> None:
    done = outcome(capsys, "predict", EXAMPLE, "--block", "32x8", "--clock-mhz", "2500")
    assert (done.code, done.out) == (2, "")
    assert "--clock-mhz 345 to 1980" in done.err
    done = outcome(capsys, "predict", EXAMPLE, "--block", "32x8", "--cache", "tepid")
    assert (done.code, done.out) == (2, "")


def test_inspect_gives_the_counts_and_no_energy(capsys: Captured) -> None:
    result = predicted(capsys, "--block", "32x8", command="inspect")
    assert "energy_j" not in result
    assert result["counts"]["warp_instructions"]["total"] > 0
    text = outcome(capsys, "inspect", EXAMPLE, "--block", "32x8").out
    assert "Instructions by category" in text
    assert "st.global.f32" in text


def test_strict_refuses_what_would_be_assumed(capsys: Captured) -> None:
    done = outcome(capsys, "predict", EXAMPLE, "--block", "32x8", "--strict")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "--arg 2=" in done.err
    full = ("--block", "32x8", "--grid", "4x4", "--arg", "2=128", "--arg", "3=32", "--strict")
    assert outcome(capsys, "predict", EXAMPLE, *full).code == 0


def test_standard_input_is_a_file_too(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(Path(EXAMPLE).read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    done = outcome(capsys, "predict", "-", "--block", "32x8", "--json")
    assert done.code == 0
    assert json.loads(done.out)["results"][0]["file"] == "<stdin>"


def test_parse_lists_parameters_by_index(capsys: Captured) -> None:
    done = outcome(capsys, "parse", EXAMPLE)
    assert done.code == 0
    assert "transpose(float*, float const*, int, int)" in done.out
    assert "    2  .u32  _Z9transposePfPKfii_param_2" in done.out.splitlines()


def test_check_goes_through_all_files_and_fails_if_one_does(
    capsys: Captured, tmp_path: Path
) -> None:
    text = Path(EXAMPLE).read_text("utf-8")
    operand, opcode, syntax = (tmp_path / f"{name}.ptx" for name in ("operand", "opcode", "syntax"))
    operand.write_text(text.replace("add.s64 \t%rd5, %rd3, %rd4;", "add.s64 \t%rd5, %rd3;"))
    opcode.write_text(text.replace("ret;", "frobnicate.u32 %r1, %r2;\n\tret;"))
    syntax.write_text(text.replace("ret;", "ret"))
    assert outcome(capsys, "parse", "--check", EXAMPLE).code == 0
    done = outcome(
        capsys, "parse", "--check", EXAMPLE, str(operand), str(opcode), str(syntax), "missing.ptx"
    )
    assert done.code == 2
    assert "2 ok, 3 failed" in done.out
    assert "unknown opcode frobnicate.u32 on line" in done.out
    assert f"error: {operand}:" in done.err
    assert f"error: {syntax}:" in done.err
    assert "error: missing.ptx: " in done.err
    assert "^" in done.err


def test_gpus_are_listed_with_what_is_estimated(capsys: Captured) -> None:
    listed = outcome(capsys, "gpus")
    assert listed.code == 0
    for gpu in ("h200", "h100", "a100", "v100", "t4", "l4", "rtx4090"):
        assert f"\n{gpu} " in listed.out
    document = json.loads(outcome(capsys, "gpus", "--json").out)
    jsonschema.validate(document, json.loads((SCHEMAS / "gpus.json").read_text("utf-8")))
    assert len(document["gpus"]) >= 17
    one = outcome(capsys, "gpus", "h200")
    assert "clock_boost_mhz" in one.out
    assert outcome(capsys, "gpus", "voodoo2").code == 2


@pytest.mark.parametrize("command", ["", "predict", "inspect", "parse", "gpus"])
def test_help_has_examples(capsys: Captured, command: str) -> None:
    done = outcome(capsys, *filter(None, (command, "--help")))
    assert done.code == 0
    assert "Usage" in done.out
    assert f"ptxenergy {command or 'predict'}" in done.out.partition("Examples")[2]
    if not command:
        assert "--install-completion" in done.out
        assert outcome(capsys).out == done.out


def test_the_version_is_told(capsys: Captured) -> None:
    assert outcome(capsys, "--version").out == f"ptxenergy {__version__}\n"


def test_no_colour_and_no_terminal_means_no_escapes(tmp_path: Path) -> None:
    arguments = ("predict", EXAMPLE, "--block", "32x8")
    plain = process(arguments, tmp_path, environment={"NO_COLOR": "1"})
    assert plain.code == 0
    assert "\x1b" not in plain.out
    assert max(map(len, plain.out.splitlines())) <= 80
    ascii_only = process(arguments, tmp_path, environment={"PYTHONIOENCODING": "ascii"})
    assert ascii_only.code == 0
    assert "####" in ascii_only.out
    assert ascii_only.out.isascii()


def test_completion_is_offered(tmp_path: Path) -> None:
    asked = {
        "_PTXENERGY_COMPLETE": "complete_bash",
        "COMP_WORDS": "ptxenergy pre",
        "COMP_CWORD": "1",
    }
    assert process((), tmp_path, environment=asked).out.split() == ["predict"]
    asked |= {"COMP_WORDS": "ptxenergy predict k.ptx --gpu h2", "COMP_CWORD": "4"}
    assert "h200" in process((), tmp_path, environment=asked).out.split()
