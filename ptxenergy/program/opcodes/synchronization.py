"""Barriers, fences, mbarriers, control flow and the rest (PTX ISA 9.7.12, 9.7.13, 9.7.18).

Category `barrier` is every instruction whose work is to order or to wait: `bar`, `barrier`,
`membar`, `fence`, `mbarrier`, the async groups, `griddepcontrol`. The *count* of barriers is of
`bar` and `barrier` only. An `mbarrier` has no access: its word is kept by the
synchronisation unit, and is no traffic.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
bar [cta] sync ; r ?r ; barrier
bar [cta] arrive ; r r ; barrier
bar [cta] red popc u32 ; =d r ?r n ; barrier
bar [cta] red and|or pred ; =p r ?r n ; barrier
bar warp sync ; r ; barrier
barrier [cta] sync [aligned] ; r ?r ; barrier
barrier [cta] arrive [aligned] ; r r ; barrier
barrier [cta] red popc [aligned] u32 ; =d r ?r n ; barrier
barrier [cta] red and|or [aligned] pred ; =p r ?r n ; barrier
barrier cluster arrive [release|relaxed] [aligned] ; ; barrier
barrier cluster wait [acquire] [aligned] ; ; barrier
membar cta|gl|sys ; ; barrier
membar proxy alias|async|async.global ; ; barrier ; open
fence [sc|acq_rel|acquire|release] $scope ; ; barrier ; open
fence acquire|release sync_restrict::shared::cluster|sync_restrict::shared::cta [cluster] ; ;
    barrier ; open
fence mbarrier_init release cluster ; ; barrier ; open
fence proxy alias|async [global|shared::cta|shared::cluster] ; ; barrier ; open
fence proxy async::generic acquire|release
    sync_restrict::shared::cluster|sync_restrict::shared::cta [cluster] ; ; barrier ; open
fence proxy tensormap::generic acquire $scope ; m r ; barrier ; open
fence proxy tensormap::generic release $scope ; ; barrier ; open
mbarrier init [shared|shared::cta] b64 ; m r ; barrier ; open
mbarrier inval [shared|shared::cta] b64 ; m ; barrier ; open
mbarrier expect_tx [relaxed] [cta|cluster] [shared|shared::cta|shared::cluster] b64 ; m r ;
    barrier ; open
mbarrier complete_tx [relaxed] [cta|cluster] [shared|shared::cta|shared::cluster] b64 ; m r ;
    barrier ; open
mbarrier arrive|arrive_drop [expect_tx] [release|relaxed] [cta|cluster]
    [shared|shared::cta|shared::cluster] b64 ; =o m ?r ; barrier ; open
mbarrier arrive|arrive_drop expect_tx [release|relaxed] [cta|cluster]
    [shared|shared::cta|shared::cluster] b64 ; =o m r ; barrier ; open
mbarrier arrive|arrive_drop noComplete [release] [cta] [shared|shared::cta] b64 ; =o m r ; barrier
    ; open
mbarrier test_wait [acquire|relaxed] [cta|cluster] [shared|shared::cta] b64 ; =p|q m r ; barrier ;
    open
mbarrier test_wait parity [acquire|relaxed] [cta|cluster] [shared|shared::cta] b64 ; =p|q m r ;
    barrier ; open
mbarrier try_wait [parity] [acquire|relaxed] [cta|cluster] [shared|shared::cta] b64 ; =p|q m r ?r
    ; barrier ; open
mbarrier pending_count b64 ; =d r ; barrier ; open
griddepcontrol launch_dependents|wait ; ; barrier ; open
bra [uni] ; l ; control
brx idx [uni] ; r l ; control
call [uni] ; x ?x ?x ?x ?x ; control
ret [uni] ; ; control
exit ; ; control
trap ; ; control
brkpt ; ; control
pmevent [mask] ; i ; other
nanosleep u32 ; r ; other
setmaxnreg inc|dec sync aligned u32 ; i ; other
stacksave u32|u64 ; =d ; move
stackrestore u32|u64 ; r ; move
alloca u32|u64 ; =d r ?i ; int
"""
