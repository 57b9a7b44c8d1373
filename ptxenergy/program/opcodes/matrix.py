"""Matrix instructions: wmma, mma, wgmma, tcgen05 (PTX ISA 9.7.14 to 9.7.16).

The accumulators of `wgmma` are read and written. The shape of a `tcgen05.mma` is in its
instruction descriptor, a run-time value: its work is a TensorShape with `macs` 0, which means
"not countable", never "none". Tensor memory is none of the counted spaces.
"""

from __future__ import annotations

from typing import Final

_CTA = "cta_group::1|cta_group::2"
_SHAPE = (
    "m8n8k4|m8n8k16|m8n8k32|m8n8k128|m16n8k4|m16n8k8|m16n8k16|m16n8k32|m16n8k64|m16n8k128|m16n8k256"
)
_WSHAPE = "m16n16k16|m8n32k16|m32n8k16|m16n16k8|m8n8k4|m8n8k32|m8n8k128"
_FLOATS = "f16|bf16|tf32|f32|f64|e4m3|e5m2|e3m2|e2m3|e2m1"
_ANY = f"{_FLOATS}|u8|s8|u4|s4|b1|s32"
_SCALE = "[block_scale] [scale_vec::1X|scale_vec::2X|scale_vec::4X|block16|block32|scale_vec::1x]"

_TMEM = "16x64b|16x128b|16x256b|32x32b|16x32bx2 x1|x2|x4|x8|x16|x32|x64|x128"
_COLLECTOR = "|".join(
    f"collector::{buffer}::{use}"
    for buffer in ("a", "b", "b0", "b1", "b2", "b3")
    for use in ("fill", "use", "lastuse", "discard")
)

ROWS: Final = f"""
wmma load a|b|c [sync] [aligned] row|col {_WSHAPE} [global|shared|shared::cta] {_ANY} ; =v m ?r ;
    memory ; load@1
wmma store d [sync] [aligned] row|col {_WSHAPE} [global|shared|shared::cta] {_ANY} ; m v ?r ;
    memory ; store@0
wmma mma [xor|and] [popc] [sync] [aligned] [row|col] [row|col] {_WSHAPE} [$frnd] [{_ANY}] [{_ANY}]
    [{_ANY}] [{_ANY}] [satfinite] ; =v v v v ; tensor ; tensor
mma [sp|sp::ordered_metadata] sync aligned {_SHAPE} row|col row|col
    [kind::f8f6f4|kind::mxf8f6f4|kind::mxf4|kind::mxf4nvf4] {_SCALE} [satfinite] [$frnd] {_ANY}
    {_ANY} {_ANY} {_ANY} [xor|and] [popc] [ue8m0|ue4m3] ; =v v v v ?x ?x ?x ?x ?x ?x ; tensor ;
    tensor open
wgmma mma_async [sp] sync aligned $wgmma [satfinite] {_ANY} {_ANY} {_ANY} [and] [popc] ; =v x r ?x
    ?x ?x ?x ?x ?x ?x ; tensor ; tensor accumulates open
wgmma fence sync aligned ; ; barrier ; open
wgmma commit_group sync aligned ; ; barrier ; open
wgmma wait_group sync aligned ; i ; barrier ; open
tcgen05 alloc {_CTA} sync aligned [shared|shared::cta] b32 ; m r ; other ; open
tcgen05 dealloc {_CTA} sync aligned b32 ; r r ; other ; open
tcgen05 relinquish_alloc_permit {_CTA} sync aligned ; ; other ; open
tcgen05 fence::before_thread_sync|fence::after_thread_sync ; ; barrier ; open
tcgen05 wait::ld|wait::st sync aligned ; ; barrier ; open
tcgen05 commit {_CTA} [mbarrier::arrive::one] [shared::cluster|shared::cta] [multicast::cluster]
    b64 ; m ?r ; barrier ; open
tcgen05 ld sync aligned {_TMEM} [pack::16b] b32 ; =v m ?i ; memory ; open
tcgen05 ld red sync aligned {_TMEM} [pack::16b] min|max [abs] [NaN] [b32] f32|u32|s32 ; =v =o m ?i
    ; memory ; open
tcgen05 st sync aligned {_TMEM} [unpack::16b] b32 ; m x ?x ; memory ; open
tcgen05 cp {_CTA} 128x256b|4x256b|128x128b|64x128b|32x128b [warpx2::02_13|warpx2::01_23|warpx4]
    [b8x16] [b6x16_p32|b4x16_p64] ; m r ; memory ; open
tcgen05 shift {_CTA} down ; m ; memory ; open
tcgen05 mma [sp] [ws] {_CTA} kind::f16|kind::tf32|kind::f8f6f4|kind::i8|kind::mxf8f6f4|kind::mxf4|
    kind::mxf4nvf4 {_SCALE} [{_COLLECTOR}] [{_COLLECTOR}] [ashift] [ti16] ; m x x x * ; tensor ;
    tensor open
"""
