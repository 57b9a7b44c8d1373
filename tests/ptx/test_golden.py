"""What the parser makes of real PTX, printed again, is what it was when someone last looked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ptxenergy.ptx import parse_file
from ptxenergy.ptx.write import print_module
from tests.ptx.samples import golden_files


@pytest.mark.parametrize("path", golden_files, ids=lambda path: path.stem)
def test_printed_parse_is_as_committed(path: Path) -> None:
    printed = print_module(parse_file(path))
    expected = path.with_suffix(".txt")
    if os.environ.get("PTXENERGY_UPDATE_GOLDEN"):
        expected.write_text(printed, encoding="utf-8")
    assert printed == expected.read_text(encoding="utf-8")


def test_there_are_golden_files() -> None:
    assert len(golden_files) >= 6
