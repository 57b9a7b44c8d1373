"""How many machine instructions one PTX instruction becomes.

Weights are measured by `benchmarks/expansion.py` with ptxas 13.0 for sm_90: instructions executed
on the shortest way, so without the slow paths of precise division and roots, one trip of a
compare-and-swap loop, and a subroutine at every call. `~` marks an estimate, with its reason.
Operands are run-time values except where a row says otherwise; a division by a constant takes
about 7 and is not told from the rest. What has no row counts 1.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from ptxenergy.program.opcodes.words import GROUPS

ROWS: Final = """
add|sub u64|s64 2
add|sub sat s32 5
add|sub f16 1.9
mul wide s16 3
mul|mad lo u64|s64 4
mad lo u64|s64 5
mul|mad hi u64 7
mul|mad hi s64 17
mad wide 3
mul24 lo 3
mul24 hi 5
mad24 lo 3
mad24 hi 5
sad u64|s64 10
div u16 21
div s16 29
div u32 18
div s32 26
div u64 70
div s64 86
rem u16|s16 23
rem u32 17
rem s32 23
rem u64 66
rem s64 82
abs s16|s32 1.9
abs s64 5
neg s64 2
min|max u64|s64 4
min|max u16|s16 2
min|max f64 7
popc b64 3
clz b32 2
clz b64 6
bfind u64|s64 6
fns b32 43
brev b64 2
bfe 2
bfe s64 7
bfi b32 2
bfi b64 5
vadd|vsub|vmin|vmax|vabsdiff|vshl|vshr|vmad|vset 3
vadd2|vsub2|vavrg2|vabsdiff2|vmin2|vmax2 4
vset2 ~14
vadd4|vsub4|vavrg4 5
vmin4|vmax4 19
vset4 27
and|or|xor|not b64 2
cnot 3
shl b16 1
shr u16|s16|b16 2
shl|shr b64|u64|s64 2
div approx f32 5
div approx ftz f32 2
div full f32 8
div full ftz f32 5
div $frnd f32 10
div $frnd f64 16
rcp approx f32 7
rcp approx ftz f32 1
rcp approx ftz f64 2
rcp $frnd f32 10
rcp $frnd f64 11
sqrt approx f32 4
sqrt approx ftz f32 1
sqrt $frnd f32 10
sqrt $frnd f64 18
rsqrt approx f32 4
rsqrt approx ftz f32 1
rsqrt approx f64 14
rsqrt approx ftz f64 2
sin|cos approx 2
lg2|ex2 approx f32 4
lg2|ex2 approx ftz f32 1
ex2|tanh f16x2|bf16x2 3
testp f32 2
testp f64 7
set 2
setp u64|s64|b64 2
selp u64|s64|b64|f64 2
slct 2
slct u64|s64|b64|f64 3
cvt f16|bf16 f32 1.9
cvt tf32 f32 3
cvt u64|s64 u8|u16|u32 0.25
cvt u32|s32|u64|s64 s8|s16 1.9
cvt u8|s8|u16|s16|u32|s32 u64|s64 0
cvt u16|s16 u32|s32 0
cvt u32|s32 u32|s32 0
cvt u64|s64 u64|s64 0
cvt u32 u16 0
cvt sat u8|s8|u16|s16 u32|s32 2
cvt sat u32|s32 u64|s64 6
cvt pack sat s32 1
mov ~0.3
mov b16|u16|s16 ~0.3
ld param ~0.5
st param ~0.3
cvta 0
cvta shared|shared::cta|shared::cluster 2
cvta local 3
isspacep 1
isspacep global 6
activemask 0
redux 2
ld acquire 2
st release 4
atom|red acquire|release|acq_rel 5
atom|red noftz f16|bf16 16
atom cas b16 18
atom|red add f32|f64 4
atom|red global add f32|f64 1
atom|red shared|shared::cta add u64|s64 9
atom|red shared|shared::cta add f32 7
atom|red shared|shared::cta add f64 8
atom|red shared|shared::cta min|max u64|s64 6
bar red 2
bar warp sync 0
membar gl|sys 4
fence acq_rel|sc 4
fence proxy 2
mbarrier try_wait 2
elect ~2
call ~4
wmma mma ~2
wmma load ~6
wmma store 13
"""
"""opcode, then groups of modifiers that must be there in this order, then the weight.

Estimates: `mov`: 0 measured, since copies are coalesced away, yet constants and values that meet
at a join do take one. `ld.param`, `st.param`: 0 measured where the constant bank is an operand, 1
where it is not. `call`: the call, the return and two moves. `wmma`: two HMMA of half the size; the
loads depend on the layout. `elect`: with a constant mask. `vset2`: half of `vset4`. A bit field
(`bfe`, `bfi`) is measured with constant position and length, as compilers write it.
"""


def expansion_of(root: str, modifiers: tuple[str, ...]) -> float:
    """The typical number of machine instructions of this opcode, 1 where none is tabled.

    Of the rows that fit, the one with most groups counts; of equals, the later one.
    """
    best, weight = -1, 1.0
    for groups, row_weight in _rows_by_root().get(root, ()):
        if len(groups) >= best and _in_order(groups, modifiers):
            best, weight = len(groups), row_weight
    return weight


def _in_order(groups: tuple[frozenset[str], ...], modifiers: tuple[str, ...]) -> bool:
    """Whether the groups are met by modifiers in this order, others between them allowed."""
    place = 0
    for group in groups:
        while place < len(modifiers) and modifiers[place] not in group:
            place += 1
        if place == len(modifiers):
            return False
        place += 1
    return True


@cache
def _rows_by_root() -> dict[str, tuple[tuple[tuple[frozenset[str], ...], float], ...]]:
    rows: dict[str, tuple[tuple[tuple[frozenset[str], ...], float], ...]] = {}
    for line in ROWS.strip().splitlines():
        roots, *groups, weight = line.split()
        row = (tuple(map(_group, groups)), float(weight.lstrip("~")))
        for root in roots.split("|"):
            rows[root] = (*rows.get(root, ()), row)
    return rows


def _group(text: str) -> frozenset[str]:
    return frozenset((GROUPS[text[1:]] if text.startswith("$") else text).split("|"))
