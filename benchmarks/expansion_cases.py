"""The instructions whose expansion is measured: opcode | result and input classes | operands."""

from __future__ import annotations

from typing import Final

CASES: Final = """
add.s32 | r r r | {d}, {a}, {b}
add.s64 | rd rd rd | {d}, {a}, {b}
add.u16 | h h h | {d}, {a}, {b}
add.sat.s32 | r r r | {d}, {a}, {b}
add.f32 | r r r | {d}, {a}, {b}
add.f64 | rd rd rd | {d}, {a}, {b}
add.rn.f16 | h h h | {d}, {a}, {b}
add.rn.f16x2 | r r r | {d}, {a}, {b}
add.rn.bf16x2 | r r r | {d}, {a}, {b}
sub.s64 | rd rd rd | {d}, {a}, {b}
mul.lo.u16 | h h h | {d}, {a}, {b}
mul.lo.s32 | r r r | {d}, {a}, {b}
mul.hi.u32 | r r r | {d}, {a}, {b}
mul.hi.s32 | r r r | {d}, {a}, {b}
mul.wide.s16 | r h h | {d}, {a}, {b}
mul.wide.u16 | r h h | {d}, {a}, {b}
mul.wide.s32 | rd r r | {d}, {a}, {b}
mul.wide.u32 | rd r r | {d}, {a}, {b}
mul.lo.s64 | rd rd rd | {d}, {a}, {b}
mul.hi.u64 | rd rd rd | {d}, {a}, {b}
mul.hi.s64 | rd rd rd | {d}, {a}, {b}
mul24.lo.s32 | r r r | {d}, {a}, {b}
mul24.hi.u32 | r r r | {d}, {a}, {b}
mad.lo.s32 | r r r r | {d}, {a}, {b}, {c}
mad.hi.u32 | r r r r | {d}, {a}, {b}, {c}
mad.wide.u32 | rd r r rd | {d}, {a}, {b}, {c}
mad.lo.s64 | rd rd rd rd | {d}, {a}, {b}, {c}
mad.hi.u64 | rd rd rd rd | {d}, {a}, {b}, {c}
sad.s32 | r r r r | {d}, {a}, {b}, {c}
sad.u64 | rd rd rd rd | {d}, {a}, {b}, {c}
div.u16 | h h h | {d}, {a}, {b}
div.s16 | h h h | {d}, {a}, {b}
div.u32 | r r r | {d}, {a}, {b}
div.s32 | r r r | {d}, {a}, {b}
div.u64 | rd rd rd | {d}, {a}, {b}
div.s64 | rd rd rd | {d}, {a}, {b}
rem.u16 | h h h | {d}, {a}, {b}
rem.u32 | r r r | {d}, {a}, {b}
rem.s32 | r r r | {d}, {a}, {b}
rem.u64 | rd rd rd | {d}, {a}, {b}
rem.s64 | rd rd rd | {d}, {a}, {b}
abs.s32 | r r | {d}, {a}
abs.s64 | rd rd | {d}, {a}
abs.f32 | r r | {d}, {a}
abs.f64 | rd rd | {d}, {a}
neg.s32 | r r | {d}, {a}
neg.s64 | rd rd | {d}, {a}
neg.f32 | r r | {d}, {a}
neg.f64 | rd rd | {d}, {a}
min.s32 | r r r | {d}, {a}, {b}
min.s64 | rd rd rd | {d}, {a}, {b}
min.u64 | rd rd rd | {d}, {a}, {b}
min.s16 | h h h | {d}, {a}, {b}
min.f32 | r r r | {d}, {a}, {b}
min.f64 | rd rd rd | {d}, {a}, {b}
min.f16x2 | r r r | {d}, {a}, {b}
max.NaN.f32 | r r r | {d}, {a}, {b}
popc.b32 | r r | {d}, {a}
popc.b64 | r rd | {d}, {a}
clz.b32 | r r | {d}, {a}
clz.b64 | r rd | {d}, {a}
bfind.u32 | r r | {d}, {a}
bfind.s64 | r rd | {d}, {a}
fns.b32 | r r r r | {d}, {a}, {b}, {c}
brev.b32 | r r | {d}, {a}
brev.b64 | rd rd | {d}, {a}
bfe.u32 | r r r r | {d}, {a}, {b}, {c}
bfe.s32 | r r r r | {d}, {a}, {b}, {c}
bfe.u64 | rd rd r r | {d}, {a}, {b}, {c}
bfe.s64 | rd rd r r | {d}, {a}, {b}, {c}
bfi.b32 | r r r r r | {d}, {a}, {b}, {c}, {e}
bfi.b64 | rd rd rd r r | {d}, {a}, {b}, {c}, {e}
bmsk.clamp.b32 | r r r | {d}, {a}, {b}
szext.wrap.s32 | r r r | {d}, {a}, {b}
dp4a.s32.s32 | r r r r | {d}, {a}, {b}, {c}
dp2a.lo.s32.s32 | r r r r | {d}, {a}, {b}, {c}
add.cc.u32 | r r r | {d}, {a}, {b}
vadd.u32.u32.u32 | r r r | {d}, {a}, {b}
vabsdiff4.u32.u32.u32.add | r r r r | {d}, {a}, {b}, {c}
vadd2.u32.u32.u32 | r r r r | {d}, {a}, {b}, {c}
vadd4.u32.u32.u32 | r r r r | {d}, {a}, {b}, {c}
vmax4.u32.u32.u32 | r r r r | {d}, {a}, {b}, {c}
vset4.u32.u32.ne | r r r r | {d}, {a}, {b}, {c}
and.b32 | r r r | {d}, {a}, {b}
and.b64 | rd rd rd | {d}, {a}, {b}
and.b16 | h h h | {d}, {a}, {b}
not.b64 | rd rd | {d}, {a}
cnot.b32 | r r | {d}, {a}
lop3.b32 | r r r r | {d}, {a}, {b}, {c}, 0x96
shl.b32 | r r r | {d}, {a}, {b}
shl.b64 | rd rd r | {d}, {a}, {b}
shl.b16 | h h r | {d}, {a}, {b}
shr.u32 | r r r | {d}, {a}, {b}
shr.u64 | rd rd r | {d}, {a}, {b}
shr.s64 | rd rd r | {d}, {a}, {b}
shr.s16 | h h r | {d}, {a}, {b}
shf.l.wrap.b32 | r r r r | {d}, {a}, {b}, {c}
prmt.b32 | r r r | {d}, {a}, {b}, 0x5410
fma.rn.f32 | r r r r | {d}, {a}, {b}, {c}
fma.rn.f64 | rd rd rd rd | {d}, {a}, {b}, {c}
fma.rn.f16x2 | r r r r | {d}, {a}, {b}, {c}
fma.rn.bf16x2 | r r r r | {d}, {a}, {b}, {c}
fma.rn.relu.f16x2 | r r r r | {d}, {a}, {b}, {c}
mul.f32 | r r r | {d}, {a}, {b}
mul.f64 | rd rd rd | {d}, {a}, {b}
mul.rn.bf16x2 | r r r | {d}, {a}, {b}
div.approx.f32 | r r r | {d}, {a}, {b}
div.approx.ftz.f32 | r r r | {d}, {a}, {b}
div.full.f32 | r r r | {d}, {a}, {b}
div.full.ftz.f32 | r r r | {d}, {a}, {b}
div.rn.f32 | r r r | {d}, {a}, {b}
div.rn.ftz.f32 | r r r | {d}, {a}, {b}
div.rn.f64 | rd rd rd | {d}, {a}, {b}
rcp.approx.f32 | r r | {d}, {a}
rcp.approx.ftz.f32 | r r | {d}, {a}
rcp.rn.f32 | r r | {d}, {a}
rcp.rn.ftz.f32 | r r | {d}, {a}
rcp.rn.f64 | rd rd | {d}, {a}
rcp.approx.ftz.f64 | rd rd | {d}, {a}
sqrt.approx.f32 | r r | {d}, {a}
sqrt.approx.ftz.f32 | r r | {d}, {a}
sqrt.rn.f32 | r r | {d}, {a}
sqrt.rn.ftz.f32 | r r | {d}, {a}
sqrt.rn.f64 | rd rd | {d}, {a}
rsqrt.approx.f32 | r r | {d}, {a}
rsqrt.approx.ftz.f32 | r r | {d}, {a}
rsqrt.approx.f64 | rd rd | {d}, {a}
rsqrt.approx.ftz.f64 | rd rd | {d}, {a}
sin.approx.f32 | r r | {d}, {a}
sin.approx.ftz.f32 | r r | {d}, {a}
cos.approx.f32 | r r | {d}, {a}
cos.approx.ftz.f32 | r r | {d}, {a}
lg2.approx.f32 | r r | {d}, {a}
lg2.approx.ftz.f32 | r r | {d}, {a}
ex2.approx.f32 | r r | {d}, {a}
ex2.approx.ftz.f32 | r r | {d}, {a}
ex2.approx.f16 | h h | {d}, {a}
ex2.approx.f16x2 | r r | {d}, {a}
ex2.approx.ftz.bf16x2 | r r | {d}, {a}
tanh.approx.f32 | r r | {d}, {a}
tanh.approx.f16x2 | r r | {d}, {a}
tanh.approx.bf16x2 | r r | {d}, {a}
testp.infinite.f32 | p r | {d}, {a}
testp.normal.f64 | p rd | {d}, {a}
copysign.f32 | r r r | {d}, {a}, {b}
copysign.f64 | rd rd rd | {d}, {a}, {b}
setp.lt.s32 | p r r | {d}, {a}, {b}
setp.lt.s64 | p rd rd | {d}, {a}, {b}
setp.eq.u64 | p rd rd | {d}, {a}, {b}
setp.lt.u16 | p h h | {d}, {a}, {b}
setp.lt.f32 | p r r | {d}, {a}, {b}
setp.lt.f64 | p rd rd | {d}, {a}, {b}
set.lt.u32.f32 | r r r | {d}, {a}, {b}
set.lt.f32.f64 | r rd rd | {d}, {a}, {b}
slct.f32.s32 | r r r r | {d}, {a}, {b}, {c}
slct.u64.f32 | rd rd rd r | {d}, {a}, {b}, {c}
cvt.rn.f32.s32 | r r | {d}, {a}
cvt.rn.f32.u64 | r rd | {d}, {a}
cvt.rn.f32.s64 | r rd | {d}, {a}
cvt.rn.f64.s32 | rd r | {d}, {a}
cvt.rn.f64.s64 | rd rd | {d}, {a}
cvt.rn.f64.u64 | rd rd | {d}, {a}
cvt.rn.f32.u16 | r h | {d}, {a}
cvt.rn.f16.s32 | h r | {d}, {a}
cvt.rzi.s32.f32 | r r | {d}, {a}
cvt.rzi.u32.f32 | r r | {d}, {a}
cvt.rzi.s64.f32 | rd r | {d}, {a}
cvt.rzi.u64.f64 | rd rd | {d}, {a}
cvt.rzi.s32.f64 | r rd | {d}, {a}
cvt.f64.f32 | rd r | {d}, {a}
cvt.rn.f32.f64 | r rd | {d}, {a}
cvt.rni.f32.f32 | r r | {d}, {a}
cvt.rni.f64.f64 | rd rd | {d}, {a}
cvt.rn.f16.f32 | h r | {d}, {a}
cvt.f32.f16 | r h | {d}, {a}
cvt.rn.bf16.f32 | h r | {d}, {a}
cvt.f32.bf16 | r h | {d}, {a}
cvt.rn.f16x2.f32 | r r r | {d}, {a}, {b}
cvt.rn.bf16x2.f32 | r r r | {d}, {a}, {b}
cvt.rna.tf32.f32 | r r | {d}, {a}
cvt.rn.satfinite.e4m3x2.f32 | h r r | {d}, {a}, {b}
cvt.rn.satfinite.e5m2x2.f16x2 | h r | {d}, {a}
cvt.rn.f16x2.e4m3x2 | r h | {d}, {a}
cvt.u64.u32 | rd r | {d}, {a}
cvt.s64.s32 | rd r | {d}, {a}
cvt.u32.u64 | r rd | {d}, {a}
cvt.u32.u16 | r h | {d}, {a}
cvt.s32.s16 | r h | {d}, {a}
cvt.u16.u32 | h r | {d}, {a}
cvt.s32.s8 | r r | {d}, {a}
cvt.u32.u8 | r r | {d}, {a}
cvt.sat.u8.s32 | r r | {d}, {a}
cvt.sat.s32.s64 | r rd | {d}, {a}
cvt.pack.sat.s16.s32 | r r r | {d}, {a}, {b}
cvt.pack.sat.u8.s32.b32 | r r r r | {d}, {a}, {b}, {c}
mov.b32 | r r | {d}, {a}
mov.b64 | rd rd | {d}, {a}
mov.u32 | r r | {d}, %tid.x
mov.u64 | rd rd | {d}, %globaltimer
mov.b64 | rd r r | {d}, {{{a}, {b}}}
mov.b32 | r h h | {d}, {{{a}, {b}}}
cvta.to.global.u64 | rd rd | {d}, {a}
cvta.global.u64 | rd rd | {d}, {a}
cvta.shared.u64 | rd rd | {d}, {a}
cvta.to.shared.u64 | rd rd | {d}, {a}
cvta.local.u64 | rd rd | {d}, {a}
isspacep.shared | p rd | {d}, {a}
isspacep.global | p rd | {d}, {a}
shfl.sync.bfly.b32 | r r | {d}, {a}, 1, 31, -1
shfl.sync.idx.b32 | r r r | {d}, {a}, {b}, 31, -1
match.any.sync.b32 | r r | {d}, {a}, -1
match.any.sync.b64 | r rd | {d}, {a}, -1
match.all.sync.b32 | r r | {d}, {a}, -1
activemask.b32 | r r | {d}
redux.sync.add.s32 | r r | {d}, {a}, -1
redux.sync.or.b32 | r r | {d}, {a}, -1
ld.global.b32 | r rd | {d}, [{a}]
ld.global.v4.b32 | r rd | {{{d},%r195,%r196,%r197}}, [{a}]
ld.shared.b32 | r r | {d}, [{a}]
ld.b32 | r rd | {d}, [{a}]
ld.global.b16 | h rd | {d}, [{a}]
ld.acquire.gpu.global.b32 | r rd | {d}, [{a}]
ld.volatile.global.b32 | r rd | {d}, [{a}]
ld.param.b32 | r r | {d}, [pin]
ld.param.u64 | rd r | {d}, [pin]
st.global.b32 | - rd r | [{a}], {b}
st.shared.b32 | - r r | [{a}], {b}
st.global.b8 | - rd r | [{a}], {b}
st.release.gpu.global.b32 | - rd r | [{a}], {b}
atom.global.add.u32 | r rd r | {d}, [{a}], {b}
atom.global.add.f32 | r rd r | {d}, [{a}], {b}
atom.global.add.f64 | rd rd rd | {d}, [{a}], {b}
atom.global.add.noftz.f16x2 | r rd r | {d}, [{a}], {b}
atom.global.add.noftz.f16 | h rd h | {d}, [{a}], {b}
atom.global.add.noftz.bf16x2 | r rd r | {d}, [{a}], {b}
atom.global.cas.b32 | r rd r r | {d}, [{a}], {b}, {c}
atom.global.cas.b64 | rd rd rd rd | {d}, [{a}], {b}, {c}
atom.global.cas.b16 | h rd h h | {d}, [{a}], {b}, {c}
atom.global.exch.b32 | r rd r | {d}, [{a}], {b}
atom.global.min.s32 | r rd r | {d}, [{a}], {b}
atom.global.min.s64 | rd rd rd | {d}, [{a}], {b}
atom.acq_rel.gpu.global.add.u32 | r rd r | {d}, [{a}], {b}
atom.shared.add.u32 | r r r | {d}, [{a}], {b}
atom.shared.add.u64 | rd r rd | {d}, [{a}], {b}
atom.shared.add.f32 | r r r | {d}, [{a}], {b}
atom.shared.add.f64 | rd r rd | {d}, [{a}], {b}
atom.shared.cas.b32 | r r r r | {d}, [{a}], {b}, {c}
atom.shared.cas.b64 | rd r rd rd | {d}, [{a}], {b}, {c}
atom.shared.exch.b32 | r r r | {d}, [{a}], {b}
atom.shared.min.s32 | r r r | {d}, [{a}], {b}
atom.shared.max.u64 | rd r rd | {d}, [{a}], {b}
atom.shared.inc.u32 | r r r | {d}, [{a}], {b}
atom.add.u32 | r rd r | {d}, [{a}], {b}
atom.add.f32 | r rd r | {d}, [{a}], {b}
atom.add.f64 | rd rd rd | {d}, [{a}], {b}
red.global.add.u32 | - rd r | [{a}], {b}
red.global.add.f32 | - rd r | [{a}], {b}
red.global.add.f64 | - rd rd | [{a}], {b}
red.shared.add.u32 | - r r | [{a}], {b}
red.shared.add.f32 | - r r | [{a}], {b}
bar.sync | - | 0
bar.sync | - r | {a}
bar.red.popc.u32 | r r | {d}, 0, 1
bar.warp.sync | - | 0xffffffff
membar.cta | - |
membar.gl | - |
membar.sys | - |
fence.acq_rel.gpu | - |
fence.sc.gpu | - |
fence.proxy.async | - |
cp.async.ca.shared.global | - r rd | [{a}], [{b}], 4
cp.async.cg.shared.global | - r rd | [{a}], [{b}], 16
cp.async.commit_group | - |
cp.async.wait_group | - | 0
mbarrier.arrive.shared.b64 | rd r | {d}, [{a}]
mbarrier.test_wait.shared.b64 | p r rd | {d}, [{a}], {b}
mbarrier.try_wait.parity.shared.b64 | p r r | {d}, [{a}], {b}
nanosleep.u32 | - r | {a}
prefetch.global.L2 | - rd | [{a}]
ldmatrix.sync.aligned.m8n8.x4.shared.b16 | r r | {{{d},%r195,%r196,%r197}}, [{a}]
stmatrix.sync.aligned.m8n8.x1.shared.b16 | - r r | [{a}], {{{b}}}
movmatrix.sync.aligned.m8n8.trans.b16 | r r | {d}, {a}
mapa.shared::cluster.u32 | r r r | {d}, {a}, {b}
elect.sync | r | {d}|%p198, -1
div.u32 | r r | {d}, {a}, 10
rem.u32 | r r | {d}, {a}, 10
div.s32 | r r | {d}, {a}, 10
div.u64 | rd rd | {d}, {a}, 10
mul.lo.s32 | r r | {d}, {a}, 12
mul.wide.s32 | rd r | {d}, {a}, 12
mad.lo.s32 | r r r | {d}, {a}, 12, {b}
bfe.u32 | r r | {d}, {a}, 5, 7
bfe.s32 | r r | {d}, {a}, 5, 7
bfe.u64 | rd rd | {d}, {a}, 5, 7
bfe.s64 | rd rd | {d}, {a}, 5, 7
bfi.b32 | r r r | {d}, {a}, {b}, 5, 7
bfi.b64 | rd rd rd | {d}, {a}, {b}, 5, 7
shl.b16 | h h | {d}, {a}, 3
shr.s16 | h h | {d}, {a}, 3
shl.b64 | rd rd | {d}, {a}, 3
shr.s64 | rd rd | {d}, {a}, 3
add.s64 | rd rd | {d}, {a}, 64
mov.u32 | r r | {d}, 12345
mov.u32 | r r | {d}, %laneid
mov.u32 | r r | {d}, %ctaid.x
mov.u32 | r r | {d}, %clock
mbarrier.init.shared.b64 | - | [buffer], 32
mbarrier.arrive.expect_tx.shared.b64 | rd r r | {d}, [{a}], {b}
"""
