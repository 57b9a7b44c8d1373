"""Integer arithmetic, bit fields, dot products (PTX ISA 9.7.1, 9.7.2) and video (9.7.17)."""

from __future__ import annotations

from typing import Final

ROWS: Final = """
add $int|u16x2|s16x2|u8x4|s8x4 ; =d r r ; int
add sat s32|u32|u16x2|s16x2|u8x4|s8x4 ; =d r r ; int
sub $int|u16x2|s16x2|u8x4|s8x4 ; =d r r ; int
sub sat s32|u32|u16x2|s16x2|u8x4|s8x4 ; =d r r ; int
add cc $wide ; =d r r ; int
addc [cc] $wide ; =d r r ; int
sub cc $wide ; =d r r ; int
subc [cc] $wide ; =d r r ; int
mul hi|lo $int ; =d r r ; int
mul wide u16|u32|s16|s32 ; =d r r ; int
mad hi|lo $int ; =d r r r ; int
mad wide u16|u32|s16|s32 ; =d r r r ; int
mad hi sat s32 ; =d r r r ; int
mad hi|lo cc $wide ; =d r r r ; int
madc hi|lo [cc] $wide ; =d r r r ; int
mul24 hi|lo $video ; =d r r ; int
mad24 hi|lo $video ; =d r r r ; int
mad24 hi sat s32 ; =d r r r ; int
sad $int ; =d r r r ; int
div $int ; =d r r ; int
rem $int ; =d r r ; int
abs $s ; =d r ; int
neg $s|s8x4|s16x2 ; =d r ; int
min $int|u16x2|s16x2|u8x4|s8x4 ; =d r r ; int
min relu s32|s16x2 ; =d r r ; int
max $int|u16x2|s16x2|u8x4|s8x4 ; =d r r ; int
max relu s32|s16x2 ; =d r r ; int
popc b32|b64 ; =d r ; int
clz b32|b64 ; =d r ; int
bfind [shiftamt] $wide ; =d r ; int
fns b32 ; =d r r r ; int
brev b32|b64 ; =d r ; int
bfe $wide ; =d r r r ; int
bfi b32|b64 ; =d r r r r ; int
bmsk clamp|wrap b32 ; =d r r ; int
szext clamp|wrap u32|s32 ; =d r r ; int
dp4a $video $video ; =d r r r ; int
dp2a lo|hi $video $video ; =d r r r ; int
vadd $video $video $video [sat] [$vop] ; =d s s ?s ; int
vsub $video $video $video [sat] [$vop] ; =d s s ?s ; int
vabsdiff $video $video $video [sat] [$vop] ; =d s s ?s ; int
vmin $video $video $video [sat] [$vop] ; =d s s ?s ; int
vmax $video $video $video [sat] [$vop] ; =d s s ?s ; int
vshl $video u32 u32|s32 [sat] clamp|wrap [$vop] ; =d s s ?s ; int
vshl $video s32 u32|s32 [sat] clamp|wrap [$vop] ; =d s s ?s ; int
vshr $video u32 u32|s32 [sat] clamp|wrap [$vop] ; =d s s ?s ; int
vshr $video s32 u32|s32 [sat] clamp|wrap [$vop] ; =d s s ?s ; int
vmad $video $video $video [po] [sat] [shr7|shr15] ; =d s s s ; int
vset $video $video $cmp [$vop] ; =d s s ?s ; int
vadd2 $video $video $video [sat] [add] ; =d s s s ; int
vsub2 $video $video $video [sat] [add] ; =d s s s ; int
vavrg2 $video $video $video [sat] [add] ; =d s s s ; int
vabsdiff2 $video $video $video [sat] [add] ; =d s s s ; int
vmin2 $video $video $video [sat] [add] ; =d s s s ; int
vmax2 $video $video $video [sat] [add] ; =d s s s ; int
vset2 $video $video $cmp [add] ; =d s s s ; int
vadd4 $video $video $video [sat] [add] ; =d s s s ; int
vsub4 $video $video $video [sat] [add] ; =d s s s ; int
vavrg4 $video $video $video [sat] [add] ; =d s s s ; int
vabsdiff4 $video $video $video [sat] [add] ; =d s s s ; int
vmin4 $video $video $video [sat] [add] ; =d s s s ; int
vmax4 $video $video $video [sat] [add] ; =d s s s ; int
vset4 $video $video $cmp [add] ; =d s s s ; int
"""
