"""Asynchronous copies and tensor maps (PTX ISA 9.7.9.25 to 9.7.9.28).

Operand 2 is the size in bytes of `cp.async` and of the non-tensor bulk copies. The size of a
tensor copy is in its tensor map, which no operand shows. Commit and wait are `barrier`.
A bulk copy from global memory is written as `shared::cluster` even where it stays in its own
CTA, so its store is counted as `shared`; only a copy from shared to another CTA is `cluster`.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
cp async ca|cg shared|shared::cta global [$hint] [$fetch] ; m m i ?x ?x ; memory ;
    load.global@1:0#2 store.shared@0:0#2 open
cp async commit_group ; ; barrier ; open
cp async wait_group ; i ; barrier ; open
cp async wait_all ; ; barrier ; open
cp async mbarrier arrive [noinc] [shared|shared::cta] b64 ; m ; barrier ; open
cp async bulk shared::cluster|shared::cta global $tx [multicast::cluster] [$hint] [ignore_oob] ; m
    m r m ?x ?x ; memory ; load.global@1:0!#2 store.shared@0:0!#2 open
cp async bulk shared::cluster|shared::cta global $tx ignore_oob [$hint] [multicast::cluster] ; m m
    r x x m ?x ?x ; memory ; load.global@1:0!#2 store.shared@0:0!#2 open
cp async bulk shared::cluster shared::cta $tx ; m m r x ; memory ; load.shared@1:0!#2
    store.cluster@0:0!#2 open
cp async bulk global shared::cta bulk_group [$hint] [cp_mask] ; m m r ?r ?r ; memory ;
    load.shared@1:0!#2 store.global@0:0!#2 open
cp async bulk prefetch L2 global [$hint] ; m r ?r ; memory ; open
cp async bulk tensor $dim shared::cluster|shared::cta global [$tile] $tx [multicast::cluster]
    [cta_group::1|cta_group::2] [$hint] ; m m x ?x ?x ?x ; memory ; load.global@1:0!
    store.shared@0:0! open
cp async bulk tensor $dim global shared::cta [$tile] bulk_group [$hint] ; m m ?x ; memory ;
    load.shared@1:0! store.global@0:0! open
cp async bulk prefetch tensor $dim L2 global [$tile] [$hint] ; m ?x ?x ; memory ; open
cp async bulk commit_group ; ; barrier ; open
cp async bulk wait_group [read] ; i ; barrier ; open
cp reduce async bulk shared::cluster shared::cta $tx and|or|xor|add|inc|dec|min|max
    $mem|$half|$bhalf ; m m r x ; atomic ; load.shared@1:0!#2 atomic.cluster@0:0!#2 open
cp reduce async bulk global shared::cta bulk_group [$hint] and|or|xor|add|inc|dec|min|max [noftz]
    $mem|$half|$bhalf ; m m r ?r ; atomic ; load.shared@1:0!#2 atomic.global@0:0!#2 open
cp reduce async bulk tensor $dim global shared::cta add|min|max|inc|dec|and|or|xor [$tile]
    bulk_group [$hint] ; m m ?x ; atomic ; load.shared@1:0! atomic.global@0:0! open
multimem cp async bulk global shared::cta bulk_group [cp_mask] [weak|relaxed] [$scope]
    [b8|b16|b32|b64|b128] ; m m r ?r ; memory ; load.shared@1:0!#2 store.global@0:0!#2 open
multimem cp reduce async bulk global shared::cta bulk_group $rop [noftz] $mem|$half|$bhalf ; m m r
    ; atomic ; load.shared@1:0!#2 atomic.global@0:0!#2 open
tensormap replace [tile] global_address|rank|box_dim|global_dim|global_stride|element_stride|
    elemtype|interleave_layout|swizzle_mode|fill_mode|swizzle_atomicity
    [global|shared|shared::cta] b1024 b32|b64 ; m r ?r ; other ; open
tensormap cp_fenceproxy global shared::cta tensormap::generic|proxy::tensormap release [$scope]
    [sync] [aligned] ; m m r ; memory ; load.shared@1:128! store.global@0:128! open
tensormap cp_fenceproxy global shared::cta proxy|tensormap::generic [tensormap::generic] release
    [$scope] [sync] [aligned] ; m m r ; memory ; load.shared@1:128! store.global@0:128! open
clusterlaunchcontrol try_cancel async [shared::cta] $tx [multicast::cluster::all] b128 ; m m ;
    other ; open
clusterlaunchcontrol query_cancel is_canceled pred b128 ; =p r ; other ; open
clusterlaunchcontrol query_cancel get_first_ctaid v4 b32 b128 ; =v r ; other ; open
clusterlaunchcontrol query_cancel get_first_ctaid::x|get_first_ctaid::y|get_first_ctaid::z b32
    b128 ; =d r ; other ; open
"""
