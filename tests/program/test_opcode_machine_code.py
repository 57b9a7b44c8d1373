"""The reader of machine code that the expansion weights rest on."""

from __future__ import annotations

import pytest

from benchmarks.machine_code import executed, read_listing

_STRAIGHT = """
        /*0000*/                   S2R R0, SR_TID.X ;      /* 0x0000000000007919 */
        /*0010*/                   NOP ;
        /*0020*/              @!P0 IADD3 R2, R0, 0x1, RZ ;
        /*0030*/                   EXIT ;
        /*0040*/                   BRA 0x40;
"""
_SLOW_PATH = """
        /*0000*/                   MUFU.RCP R6, R3 ;
        /*0010*/                   FCHK P0, R0, R3 ;
        /*0020*/              @!P0 BRA 0x60 ;
        /*0030*/                   MOV R2, 0x50 ;
        /*0040*/                   CALL.REL.NOINC 0x80 ;
        /*0050*/                   MOV R7, R0 ;
        /*0060*/                   STG.E desc[UR4][R4.64], R7 ;
        /*0070*/                   EXIT ;
        /*0080*/                   FADD R0, R0, R3 ;
        /*0090*/                   RET.REL.NODEC R2 0x0 ;
"""
_SUBROUTINE = _SLOW_PATH.replace("@!P0 BRA 0x60 ", "     NOP ")
_LOOP = """
        /*0000*/                   LDS R2, [R4] ;
        /*0010*/                   FADD R3, R2, R5 ;
        /*0020*/                   ATOMS.CAST.SPIN R3, [R4], R2, R3 ;
        /*0030*/              @!P0 BRA 0x10 ;
        /*0040*/                   EXIT ;
"""


@pytest.mark.parametrize(
    ("listing", "count"), [(_STRAIGHT, 3), (_SLOW_PATH, 5), (_SUBROUTINE, 9), (_LOOP, 5)]
)
def test_counts_the_shortest_way(listing: str, count: int) -> None:
    assert executed(read_listing(listing)) == count


def test_a_loop_without_exit_is_refused() -> None:
    with pytest.raises(ValueError, match="no way"):
        executed(read_listing("        /*0000*/                   BRA 0x0 ;\n"))
