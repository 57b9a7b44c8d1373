"""The shapes of statements on disk: the same module, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ptxenergy.ptx import learning
from ptxenergy.ptx.fast import parse_quickly
from ptxenergy.ptx.kept import KeptShapes
from ptxenergy.ptx.shapes import Memo
from tests.ptx.samples import corpus_files, everything, golden_files, in_kernel

_ADDS = in_kernel("add.s32 %r1, %r2, 3;").encode()
_SHIFTS = in_kernel("shl.b32 %r1, %r2, 3;").encode()


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the grammar is given to read."""
    sources: list[str] = []
    read_new = learning.read_new

    def watched(source: str, *rest: object) -> object:
        sources.append(source)
        return read_new(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(learning, "read_new", watched)
    return sources


def read(content: bytes, file: Path) -> list[object]:
    """Everything that a text says, with the shapes of a file, to which new ones are added."""
    kept = KeptShapes(file)
    found = everything(parse_quickly(content, "some.ptx", Memo(), kept))
    kept.keep()
    return found


@pytest.mark.parametrize("path", [*golden_files, *corpus_files[::9]], ids=lambda path: path.stem)
def test_a_file_is_read_without_the_grammar_the_second_time(
    path: Path, tmp_path: Path, parsed: list[str]
) -> None:
    content = path.read_bytes()
    plainly = everything(parse_quickly(content, "some.ptx", Memo()))
    parsed.clear()
    assert read(content, tmp_path / "new" / "shapes") == plainly
    first = list(parsed)
    parsed.clear()
    assert read(content, tmp_path / "new" / "shapes") == plainly
    # What is no statement by itself has no shape that could be kept.
    assert len(parsed) <= len(first) // 10
    assert [entry.name for entry in (tmp_path / "new").iterdir()] == ["shapes"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"nothing of the kind",
        lambda whole: whole[:-40],
        lambda whole: msgspec.msgpack.encode(dict.fromkeys(msgspec.msgpack.decode(whole), 7)),
        lambda whole: msgspec.msgpack.encode(
            {key: [[[1, "instruction", []], 0, 0]] for key in msgspec.msgpack.decode(whole)}
        ),
    ],
    ids=["empty", "other", "cut short", "no events", "no statement"],
)
def test_what_cannot_be_read_is_read_by_the_grammar(
    damage: object, tmp_path: Path, parsed: list[str]
) -> None:
    file = tmp_path / "shapes"
    plainly = read(_ADDS, file)
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    parsed.clear()
    assert read(_ADDS, file) == plainly
    assert parsed
    parsed.clear()
    assert read(_ADDS, file) == plainly
    assert not parsed


def test_without_a_place_nothing_is_kept(tmp_path: Path, parsed: list[str]) -> None:
    (tmp_path / "file").write_text("no folder")
    for _ in range(2):
        assert read(_ADDS, tmp_path / "file" / "shapes")
    assert len(parsed) == 2 * len(set(parsed))


def test_what_others_kept_meanwhile_stays(tmp_path: Path, parsed: list[str]) -> None:
    one, other = KeptShapes(tmp_path / "shapes"), KeptShapes(tmp_path / "shapes")
    for kept, content in ((one, _ADDS), (other, _SHIFTS)):
        parse_quickly(content, "some.ptx", Memo(), kept)
    one.keep()
    other.keep()
    parsed.clear()
    for content in (_ADDS, _SHIFTS):
        read(content, tmp_path / "shapes")
    assert not parsed


def test_what_nobody_used_for_long_is_removed(tmp_path: Path) -> None:
    old, young, others = (tmp_path / name for name in ("shapes-1", "shapes-2", "parser-1"))
    for file in (old, young, others):
        file.write_bytes(b"")
    for file in (old, others):
        os.utime(file, (0, 0))
    read(_ADDS, tmp_path / "shapes-3")
    assert not old.exists()
    assert young.exists()
    assert others.exists()


def test_the_parser_is_not_even_imported(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom ptxenergy.ptx.reader import parse_text\n"
        f"parse_text({_ADDS!r})\nprint('lark' in sys.modules)"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    seen = [
        subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert seen == ["True", "False"]
