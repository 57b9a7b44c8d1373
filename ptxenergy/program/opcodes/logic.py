"""Comparison, selection, logic and shifts (PTX ISA 9.7.6 to 9.7.8).

`set`, `setp`, `selp` and `slct` take the class of the type they compare or select.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
set eq|ne u32|s32|f32|f16 $b ; =d r r ; arith
set eq|ne $bool u32|s32|f32|f16 $b ; =d r r n ; arith
set $icmp u32|s32|f32|f16 $s ; =d r r ; arith
set $icmp $bool u32|s32|f32|f16 $s ; =d r r n ; arith
set $ucmp u32|s32|f32|f16 $u ; =d r r ; arith
set $ucmp $bool u32|s32|f32|f16 $u ; =d r r n ; arith
set $fcmp [ftz] u32|s32|f32|f16 f32 ; =d r r ; arith
set $fcmp $bool [ftz] u32|s32|f32|f16 f32 ; =d r r n ; arith
set $fcmp u32|s32|f32|f16 f64 ; =d r r ; arith
set $fcmp $bool u32|s32|f32|f16 f64 ; =d r r n ; arith
set $fcmp [ftz] f16|u16|s16|u32|s32 f16 ; =d r r ; arith
set $fcmp $bool [ftz] f16|u16|s16|u32|s32 f16 ; =d r r n ; arith
set $fcmp bf16|u16|s16|u32|s32 bf16 ; =d r r ; arith
set $fcmp $bool bf16|u16|s16|u32|s32 bf16 ; =d r r n ; arith
set $fcmp [ftz] f16x2|u32|s32 f16x2 ; =d r r ; arith
set $fcmp $bool [ftz] f16x2|u32|s32 f16x2 ; =d r r n ; arith
set $fcmp bf16x2|u32|s32 bf16x2 ; =d r r ; arith
set $fcmp $bool bf16x2|u32|s32 bf16x2 ; =d r r n ; arith
set $cmp u8x4|s8x4|u16x2|s16x2 u8x4|s8x4|u16x2|s16x2 ; =d r r ; int
setp eq|ne $b ; =p|q r r ; arith
setp eq|ne $bool $b ; =p|q r r n ; arith
setp $icmp $s ; =p|q r r ; arith
setp $icmp $bool $s ; =p|q r r n ; arith
setp $ucmp $u ; =p|q r r ; arith
setp $ucmp $bool $u ; =p|q r r n ; arith
setp $fcmp [ftz] f32|$half ; =p|q r r ; arith
setp $fcmp $bool [ftz] f32|$half ; =p|q r r n ; arith
setp $fcmp f64|$bhalf ; =p|q r r ; arith
setp $fcmp $bool f64|$bhalf ; =p|q r r n ; arith
selp $scalar ; =d r r n ; arith
slct [ftz] $scalar f32 ; =d r r r ; arith
slct $scalar s32 ; =d r r r ; arith
and pred ; =p n n ; int
or pred ; =p n n ; int
xor pred ; =p n n ; int
not pred ; =p n ; int
and $b ; =d r r ; int
or $b ; =d r r ; int
xor $b ; =d r r ; int
not $b ; =d r ; int
cnot $b ; =d r ; int
lop3 b32 ; =o r r r i ; int
lop3 or|and b32 ; =o|p r r r i n ; int
shf l|r clamp|wrap b32 ; =d r r r ; int
shl $b ; =d r r ; int
shr $b|$int ; =d r r ; int
"""
