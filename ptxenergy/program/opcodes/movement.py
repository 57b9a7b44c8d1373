"""Moves, conversions, shuffles and address arithmetic (PTX ISA 9.7.9 without the memory).

Warp-wide exchange (`shfl`, `vote`, `match`, `redux`, `activemask`, `elect`) is `other`: it is
neither arithmetic nor memory traffic, and profilers count it apart ("inter-thread").
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
mov pred ; =p u ; move
mov $scalar|b128 ; =v a ; move
mov v2|v4 $scalar ; =v a ; move
prmt b32 [f4e|b4e|rc8|ecl|ecr|rc16] ; =d r r r ; int
cvta global|shared|shared::cta|shared::cluster|local|const|param|param::entry
    u32|u64|s32|s64|b32|b64 ; =d a ; move
cvta to global|shared|shared::cta|shared::cluster|local|const|param|param::entry
    u32|u64|s32|s64|b32|b64 ; =d r ; move
isspacep global|shared|shared::cta|shared::cluster|local|const|param|param::entry ; =p a ; int
istypep texref|samplerref|surfref ; =p r ; int
mapa [shared::cluster] u32|u64 ; =d a r ; int
getctarank [shared::cluster] u32|u64 ; =d a ; int
cvt [sat] $cint $cint ; =d r ; conversion
cvt $irnd [ftz] [sat] $cint $cfloat ; =d r ; conversion
cvt $frnd [ftz] [sat] $cfloat $cint ; =d r ; conversion
cvt $frnd [ftz] [sat] f16|bf16|f32 f64 ; =d r ; conversion
cvt [$irnd|$frnd] [ftz] [sat] f16|bf16|f32 f16|bf16|f32 ; =d r ; conversion
cvt [$irnd|$frnd] [ftz] [sat] f64 $cfloat ; =d r ; conversion
cvt $frnd|rna [relu] [satfinite] [ftz] f16|bf16|tf32 f32 ; =d r ; conversion
cvt rn|rz|rs [relu] [satfinite] f16x2|bf16x2 f32 ; =d r r ; conversion
cvt rs [relu] [satfinite] f16x2|bf16x2 f32 ; =d r r r ; conversion
cvt rn|rz|rp [relu] [satfinite] [scaled::n2::ue8m0] $f8x2 f32 ; =d r r ?r ; conversion ; hints
cvt rn|rz|rp [relu] [satfinite] [scaled::n2::ue8m0] $f8x2 f16x2|bf16x2 ; =d r ?r ; conversion ;
    hints
cvt rn|rz [relu] [satfinite] [scaled::n2::ue8m0] f16x2|bf16x2 $f8x2 ; =d r ?r ; conversion ; hints
cvt rs [relu] [satfinite] $f8x4 f32 ; =d v r ; conversion ; hints
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
redux sync add|min|max u32|s32 ; =d r r ; other
redux sync and|or|xor b32 ; =d r r ; other
redux sync min|max [abs] [NaN] f32 ; =d r r ; other
elect sync ; =o|p r ; other
"""
