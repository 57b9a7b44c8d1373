"""Comparison, selection, logic and shifts (PTX ISA 9.7.6 to 9.7.8).

`set`, `setp`, `selp` and `slct` take the class of the type they compare or select.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
set $cmp [$bool] [ftz] u32|s32|f32 $scalar ; =d r r ?n ; arith
set $cmp [$bool] [ftz] f16|bf16|u16|s16|u32|s32 f16|bf16 ; =d r r ?n ; arith
set $cmp [$bool] [ftz] f16x2 f16x2 ; =d r r ?n ; arith
set $cmp [$bool] bf16x2 bf16x2 ; =d r r ?n ; arith
set $cmp [$bool] [ftz] u32|s32 f16x2|bf16x2 ; =d r r ?n ; arith
setp $cmp [ftz] $scalar|$half|$bhalf ; =p|q r r ; arith
setp $cmp $bool [ftz] $scalar|$half|$bhalf ; =p|q r r n ; arith
selp $scalar ; =d r r n ; arith
selp $scalar|f16|bf16 ; =d r r n ; arith
slct [ftz] $scalar f32|s32 ; =d r r r ; arith
and pred ; =p n n ; int
or pred ; =p n n ; int
xor pred ; =p n n ; int
not pred ; =p n ; int
and $b ; =d r r ; int
or $b ; =d r r ; int
xor $b ; =d r r ; int
not $b ; =d r ; int
cnot $b ; =d r ; int
lop3 b32 ; =d r r r i ; int
lop3 or|and b32 ; =d|p r r r i n ; int
shf l|r clamp|wrap b32 ; =d r r r ; int
shl $b ; =d r r ; int
shr $b|$int ; =d r r ; int
"""
