"""Every instruction of the committed corpus is known and passes the operand check."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptxenergy.program.opcodes import check_operands, describe
from ptxenergy.ptx import parse_file

_CORPUS = Path(__file__).parents[1] / "corpus" / "ptx"
_FILES = sorted(_CORPUS.rglob("*.ptx"))


def test_there_is_a_corpus() -> None:
    assert len(_FILES) >= 60


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_CORPUS)))
def test_every_opcode_is_known_and_its_operands_fit(path: Path) -> None:
    for function in parse_file(str(path)).functions.values():
        for instruction in function.instructions:
            check_operands(instruction)
            assert describe(instruction.opcode).known, instruction.opcode
