"""Many processes write to one store at once."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

from ptxenergy.hooks.store import Store, find_directory, read_log

_WRITERS, _LINES = 4, 50


def _write(directory: Path, writer: int) -> None:
    store = Store(directory)
    for line in range(_LINES):
        # Longer than what the system writes at once in any case.
        digest = store.keep(f"text {line} {'.' * 9000}".encode())
        store.append({"writer": writer, "line": line, "digest": digest, "filler": "x" * 9000})


def test_writers_at_once_lose_no_line_and_no_text(tmp_path: Path) -> None:
    Store(tmp_path).create()
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_write, args=(tmp_path, one)) for one in range(_WRITERS)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    found = [(record["writer"], record["line"]) for record in map(json.loads, lines)]
    assert sorted(found) == [(one, line) for one in range(_WRITERS) for line in range(_LINES)]
    kept = list(tmp_path.glob("ptx/*/*"))
    assert len(kept) == _LINES
    assert all(path.suffix == ".ptx" and path.stat().st_size > 9000 for path in kept)


def test_a_line_that_is_not_ours_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"version": 1, "a": 1}\n{"version"\n{"version": 0}\n[]\n', encoding="ascii")
    assert list(read_log(log)) == [{"version": 1, "a": 1}]


def test_the_directory_is_the_project_s(tmp_path: Path) -> None:
    inside = tmp_path / "build" / "deep"
    inside.mkdir(parents=True)
    (tmp_path / "ptxenergy.toml").touch()
    assert find_directory(inside) == str(tmp_path / ".ptxenergy")
    (tmp_path / "build" / ".ptxenergy").mkdir()
    assert find_directory(inside) == str(tmp_path / "build" / ".ptxenergy")
