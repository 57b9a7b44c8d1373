"""`ptxenergy build-report` as people type it, on a log as the launcher leaves it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ptxenergy.hooks.store import Store
from tests.cli.commands import EXAMPLE, outcome
from tests.cli.test_commands import SCHEMAS, Captured


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / ".ptxenergy")
    store.create()
    ptx = [{"name": "t.ptx", "digest": store.keep(Path(EXAMPLE).read_bytes())}]
    record = {"directory": str(tmp_path), "sources": ["t.cu"], "output": "t.o", "note": ""}
    store.append(record | {"ptx": ptx})
    return tmp_path


def test_a_table_and_json_of_the_project_s_log(capsys: Captured) -> None:
    table = outcome(capsys, "build-report")
    assert (table.code, table.err) == (0, "")
    assert table.out.splitlines()[1].startswith("transpose  t.cu    16x16 default *")
    done = outcome(capsys, "build-report", ".ptxenergy/log.jsonl", "--gpu", "a100", "--json")
    document = json.loads(done.out)
    jsonschema.validate(document, json.loads((SCHEMAS / "build.json").read_text("utf-8")))
    assert document["kernels"][0]["prediction"]["gpu"] == "a100"


def test_a_broken_limit_is_exit_code_1_if_the_launch_is_known(capsys: Captured) -> None:
    words = ("build-report", "--max-energy-j", "1e-12")
    assert outcome(capsys, *words).code == 0
    assert outcome(capsys, *words, "--hold-assumed").code == 1
    Path("ptxenergy.toml").write_text(
        '[[kernel]]\nmatch = "transpose"\nblock = "32x8"\ngrid = [8, 8]\nargs = {2 = 64, 3 = 64}\n',
        encoding="ascii",
    )
    done = outcome(capsys, *words)
    assert done.code == 1
    assert "limit broken: transpose: energy_j" in done.out
    known = outcome(capsys, "build-report", "--max-growth", "5%", "--against", ".ptxenergy")
    assert known.code == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("none",), "build with ptxenergy-launcher first"),
        (("--against", "none"), "build with ptxenergy-launcher first"),
        (("--max-growth", "5%"), "--against"),
        (("--max-growth", "much", "--against", ".ptxenergy"), "write 5% or 0.05"),
    ],
)
def test_what_cannot_be_held_is_exit_code_2(
    capsys: Captured, words: tuple[str, ...], reason: str
) -> None:
    done = outcome(capsys, "build-report", *words)
    assert (done.code, done.out, reason in done.err) == (2, "", True), done
