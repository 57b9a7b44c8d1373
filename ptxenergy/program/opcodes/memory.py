"""Loads, stores, atomics, prefetches, textures and surfaces (PTX ISA 9.7.9 to 9.7.13).

A prefetch, `discard` or `applypriority` is `memory` without an access: it moves nothing that a
lane sees, and the load that follows is counted.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
ld [mmio] [$ldsem] [$scope] [$space] [nc] [$ldcop] [$l1] [$l2] [$hint] [$fetch] [$vec] $mem ; =v m
    h ; memory ; load@1 hints
ldu [$space] [$vec] $mem ; =v m ; memory ; load@1
st [mmio] [$stsem] [$scope] [$space] [$stcop] [$l1] [$l2] [$hint] [$vec] $mem ; m v h ; memory ;
    store@0 hints
st async [weak|release] [$scope] [global|shared::cluster] [$tx] [mmio] [v2|v4]
    b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 ; m v ?m ; memory ; store@0 open
st bulk [weak] [shared|shared::cta] ; m r r ; memory ; store.shared@0:0!#1
prefetch [global|local] L1|L2|L2::evict_last|L2::evict_normal ; m ; memory ; open
prefetch [const|param|param::entry] tensormap ; m ; memory ; open
prefetchu L1 ; m ; memory
applypriority [global] L2::evict_normal ; m i ; memory ; open
discard [global] L2 ; m i ; memory ; open
createpolicy fractional [global] $l2|L2::evict_unchanged [$l2|L2::evict_unchanged] b64 ; =d ?r ;
    other ; open
createpolicy range [global] $l2|L2::evict_unchanged [$l2|L2::evict_unchanged] b64 ; =d m r r ;
    other ; open
createpolicy cvt L2 b64 ; =d r ; other ; open
atom [$sem] [$scope] [$space] $aop [noftz] [$hint] [$vec] $mem|$half|$bhalf ; =v m v h ; atomic ;
    atomic@1
atom [$sem] [$scope] [$space] cas [$hint] b16|b32|b64|b128|u32|u64|s32|s64 ; =o m r r h ; atomic ;
    atomic@1
red [$sem] [$scope] [$space] $rop [noftz] [$hint] [$vec] $mem|$half|$bhalf ; m v h ; atomic ;
    atomic@0
red async [relaxed|release] [$scope] [global] [shared::cluster] [$tx] [mmio]
    inc|dec|min|max|add|and|or|xor u32|s32|u64|s64|b32|b64 ; m r ?m ; atomic ; atomic@0 open
multimem ld_reduce [$ldsem] [$scope] [global] min|max|add|and|or|xor [acc::f32|acc::f16] [$vec]
    $mem|$half|$bhalf|e4m3|e5m2|e4m3x4|e5m2x4 ; =v m ; atomic ; load.global@1 open
multimem st [mmio] [$stsem] [$scope] [global] [$vec] $mem|$half|$bhalf|e4m3|e5m2|e4m3x4|e5m2x4 ; m
    v ; memory ; store.global@0 open
multimem red [$sem] [$scope] [global] min|max|add|and|or|xor [$vec]
    $mem|$half|$bhalf|e4m3|e5m2|e4m3x4|e5m2x4 ; m v ; atomic ; atomic.global@0 open
ldmatrix sync aligned m8n8|m8n16|m16n16 x1|x2|x4 [trans] [shared|shared::cta] b16|b8
    [b6x16_p32|b4x16_p64] [b8x16] ; =v m ; memory ; load.shared@1 open
ldmatrix sync aligned m8n8|m8n16|m16n16 x1|x2|x4 [trans] [shared|shared::cta] b8x16
    b6x16_p32|b4x16_p64 ; =v m ; memory ; load.shared@1 open
stmatrix sync aligned m8n8|m16n8 x1|x2|x4 [trans] [shared|shared::cta] b16|b8 ; m v ; memory ;
    store.shared@0 open
movmatrix sync aligned m8n8 trans b16 ; =d r ; move
tex [base] $geom v2|v4 u32|s32|f32|f16|f16x2 s32|f32 ; =v|p m ?x ?x ; memory ; load.texture@1
tex level $geom v2|v4 u32|s32|f32|f16|f16x2 s32|f32 ; =v|p m r ?x ?x ; memory ; load.texture@1
tex grad $geom v2|v4 u32|s32|f32|f16|f16x2 s32|f32 ; =v|p m v v ?x ?x ; memory ; load.texture@1
tld4 r|g|b|a 2d|a2d|cube|acube v4 u32|s32|f32 f32 ; =v|p m ?x ?x ; memory ; load.texture@1
txq [level] width|height|depth|channel_data_type|channel_order|normalized_coords|array_size|
    num_mipmap_levels|num_samples|force_unnormalized_coords|filter_mode|addr_mode_0|addr_mode_1|
    addr_mode_2 b32 ; =d m ?r ; other
suld b|p $sgeom [ca|cg|cs|cv] [v2|v4] b8|b16|b32|b64 trap|clamp|zero ; =v|p m ; memory ;
    load.texture@1
sust b|p $sgeom [wb|cg|cs|wt] [v2|v4] b8|b16|b32|b64 trap|clamp|zero ; m v ; memory ;
    store.texture@0
sured b|p $sgeom add|min|max|and|or u32|u64|s32|s64|b32|b64 trap|clamp|zero ; m r ; atomic ;
    atomic.texture@0
suq width|height|depth|channel_data_type|channel_order|array_size|memory_layout b32 ; =d m ; other
"""
