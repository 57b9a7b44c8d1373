"""The table against NVIDIA's assembler: what one takes, so does the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program import ptxas
from tests.program.opcode_kernels import TARGETS, lines

pytestmark = [
    pytest.mark.nvcc,
    pytest.mark.skipif(not ptxas.AVAILABLE, reason="ptxas is not installed"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_ptxas_takes_every_valid_line(target: str, tmp_path: Path) -> None:
    listed = lines(target)
    refused = ptxas.verdicts(listed, target, tmp_path)
    assert {listed[i]: reason for i, reason in refused.items()} == {}


def test_ptxas_refuses_every_wrong_line(tmp_path: Path) -> None:
    listed = lines("wrong")
    refused = ptxas.verdicts(listed, "sm_90a", tmp_path)
    assert [line for i, line in enumerate(listed) if i not in refused] == []
