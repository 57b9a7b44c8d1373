"""Moves, conversions, shuffles and address arithmetic (PTX ISA 9.7.9 without the memory).

Warp-wide exchange (`shfl`, `vote`, `match`, `redux`, `activemask`, `elect`) is `other`: it is
neither arithmetic nor memory traffic, and profilers count it apart ("inter-thread").
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
mov pred ; =p n ; move
mov $scalar|b128|f16|f16x2|bf16|bf16x2 ; =v v ; move
prmt b32 [f4e|b4e|rc8|ecl|ecr|rc16] ; =d r r r ; int
cvta $space u32|u64 ; =d r ; move
cvta to $space u32|u64 ; =d r ; move
isspacep $space ; =p r ; int
istypep texref|samplerref|surfref ; =p r ; int
mapa [shared::cluster] u32|u64 ; =d r r ; int
getctarank [shared::cluster] u32|u64 ; =d r ; int
cvt [$irnd|$frnd] [ftz] [sat] $cvt $cvt ; =d r ; conversion
cvt $frnd|rna [relu] [satfinite] [ftz] f16|bf16|tf32 f32 ; =d r ; conversion
cvt rn|rz|rs [relu] [satfinite] f16x2|bf16x2 f32 ; =d r r ; conversion
cvt rs [relu] [satfinite] f16x2|bf16x2 f32 ; =d r r r ; conversion
cvt rn|rz|rp [relu] [satfinite] [scaled::n2::ue8m0] $f8x2 f32 ; =d r r ?r ; conversion
cvt rn|rz|rp [relu] [satfinite] [scaled::n2::ue8m0] $f8x2 f16x2|bf16x2 ; =d r ?r ; conversion
cvt rn|rz [relu] [satfinite] [scaled::n2::ue8m0] f16x2|bf16x2 $f8x2 ; =d r ?r ; conversion
cvt rs [relu] [satfinite] $f8x4 f32 ; =d v r ; conversion
cvt pack sat u16|s16 s32 ; =d r r ; conversion
cvt pack sat u8|s8|u4|s4|u2|s2 s32 b32 ; =d r r r ; conversion
shfl up|down|bfly|idx b32 ; =d|p r r r ; other
shfl sync up|down|bfly|idx b32 ; =d|p r r r r ; other
vote all|any|uni pred ; =p n ; other
vote ballot b32 ; =d n ; other
vote sync all|any|uni pred ; =p n r ; other
vote sync ballot b32 ; =d n r ; other
match any sync b32|b64 ; =d r r ; other
match all sync b32|b64 ; =d|p r r ; other
activemask b32 ; =d ; other
redux sync add|min|max|and|or|xor u32|s32|b32 ; =d r r ; other
redux sync min|max [abs] [NaN] f32 ; =d r r ; other
elect sync ; =d|p r ; other
"""
