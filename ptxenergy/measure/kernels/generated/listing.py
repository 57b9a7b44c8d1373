"""The generated kernels of a single unit: every pipe, memory and kind of control by itself."""

from __future__ import annotations

from ptxenergy.measure.kernels.generated.atomic import GlobalAtomic, Reserve
from ptxenergy.measure.kernels.generated.control import ActiveLanes, Barrier, DataBranch
from ptxenergy.measure.kernels.generated.fixed import Constant, Local
from ptxenergy.measure.kernels.generated.floating import Rotation, Sums
from ptxenergy.measure.kernels.generated.gather import Chase, Gather
from ptxenergy.measure.kernels.generated.hopper import BulkCopy, Warpgroup
from ptxenergy.measure.kernels.generated.integer import Division, Words
from ptxenergy.measure.kernels.generated.kernel import GeneratedKernel
from ptxenergy.measure.kernels.generated.lanes import Across
from ptxenergy.measure.kernels.generated.loops import DataLoop, Intensity, LaneLoop
from ptxenergy.measure.kernels.generated.matrix import Matrix
from ptxenergy.measure.kernels.generated.shared import CopyAsync, Exchange, SharedAtomic, Table
from ptxenergy.measure.kernels.generated.special import Special
from ptxenergy.measure.kernels.generated.stream import Stream
from ptxenergy.measure.kernels.generated.unit import Unit

# Name, family, unit. A name says what differs: `_iN` independent chains.
SINGLES: tuple[tuple[str, str, Unit], ...] = (
    ("fp32_fma_i1", "fp32", Rotation(ilp=1, repeats=12)),
    ("fp32_fma_i4", "fp32", Rotation(ilp=4, repeats=4)),
    ("fp32_fma_i16", "fp32", Rotation(ilp=16, repeats=2)),
    ("fp32_fma_i48", "fp32", Rotation(ilp=48, repeats=1)),
    ("fp32_add_i4", "fp32", Sums(ilp=4, repeats=4)),
    ("fp32_mul_i4", "fp32", Sums(ilp=4, repeats=3, operation="mul")),
    ("fp64_fma_i1", "fp64", Rotation(ilp=1, repeats=8, format="fp64")),
    ("fp64_fma_i6", "fp64", Rotation(ilp=6, repeats=2, format="fp64")),
    ("fp64_add_i4", "fp64", Sums(ilp=4, repeats=2, format="fp64")),
    ("fp16x2_fma_i1", "fp16", Rotation(ilp=1, repeats=8, format="fp16x2")),
    ("fp16x2_fma_i8", "fp16", Rotation(ilp=8, repeats=2, format="fp16x2")),
    ("bf16x2_fma_i4", "bf16", Rotation(ilp=4, repeats=4, format="bf16x2")),
    ("sfu_sin_i1", "sfu", Special(ilp=1, repeats=4, function="sin")),
    ("sfu_ex2_i4", "sfu", Special(ilp=4, repeats=2, function="ex2")),
    ("sfu_lg2_i2", "sfu", Special(ilp=2, repeats=3, function="lg2")),
    ("sfu_rsqrt_i4", "sfu", Special(ilp=4, repeats=1, function="rsqrt")),
    ("sfu_tanh_i2", "sfu", Special(ilp=2, repeats=2, function="tanh")),
    ("sfu_rcp_cos_i3", "sfu", Special(ilp=3, repeats=2, function="cos")),
    ("precise_div", "precise", Special(ilp=2, repeats=2, function="div_precise")),
    ("precise_sqrt", "precise", Special(ilp=2, repeats=2, function="sqrt_precise")),
    ("precise_exp_log", "precise", Special(ilp=2, repeats=2, function="log_precise")),
    ("precise_sin", "precise", Special(ilp=1, repeats=2, function="sin_precise")),
    ("precise_pow", "precise", Special(ilp=1, repeats=1, function="pow_precise")),
    ("precise_div_fp64", "precise", Special(ilp=1, repeats=2, function="div_fp64")),
    ("precise_exp_fp64", "precise", Special(ilp=1, repeats=1, function="exp_fp64")),
    ("int_imad_i1", "int", Words(ilp=1, repeats=10, operation="imad")),
    ("int_imad_i6", "int", Words(ilp=6, repeats=3, operation="imad")),
    ("int_xorshift", "int", Words(ilp=2, repeats=3, operation="xorshift")),
    ("int_rotate", "int", Words(ilp=4, repeats=2, operation="rotate")),
    ("int_select", "int", Words(ilp=3, repeats=2, operation="select")),
    ("int_lop3", "int", Words(ilp=4, repeats=2, operation="lop3")),
    ("int_popc", "int", Words(ilp=2, repeats=4, operation="popc")),
    ("int_brev_clz", "int", Words(ilp=2, repeats=2, operation="brev_clz")),
    ("int_prmt", "int", Words(ilp=4, repeats=3, operation="prmt")),
    ("int_mulhi_sad", "int", Words(ilp=2, repeats=2, operation="sad")),
    ("int_mulhi", "int", Words(ilp=2, repeats=3, operation="mulhi")),
    ("int_dp4a", "dp4a", Words(ilp=4, repeats=3, operation="dp4a")),
    ("int64_imad", "int64", Words(ilp=3, repeats=2, operation="imad64")),
    ("int64_xorshift", "int64", Words(ilp=2, repeats=2, operation="xorshift64")),
    ("int_div32", "int", Division(repeats=2)),
    ("int_div64", "int64", Division(repeats=1, bits=64)),
    ("cvt_f32_u32", "convert", Words(ilp=2, repeats=3, operation="cvt_f32")),
    ("cvt_byte", "convert", Words(ilp=4, repeats=1, operation="cvt_byte")),
    ("cvt_f16", "convert", Words(ilp=2, repeats=2, operation="cvt_f16")),
    ("cvt_f64", "convert", Words(ilp=2, repeats=1, operation="cvt_f64")),
    ("cvt_i64", "convert", Words(ilp=1, repeats=2, operation="cvt_i64")),
    ("lanes_shfl_xor", "lanes", Across(ilp=2, repeats=3, operation="xor")),
    ("lanes_shfl_down", "lanes", Across(ilp=4, repeats=1, operation="down")),
    ("lanes_shfl_idx", "lanes", Across(ilp=1, repeats=4, operation="idx")),
    ("lanes_ballot", "lanes", Across(ilp=2, repeats=2, operation="ballot")),
    ("lanes_any", "lanes", Across(ilp=3, repeats=2, operation="any")),
    ("lanes_match", "lanes", Across(ilp=1, repeats=2, operation="match")),
    ("lanes_redux", "lanes", Across(ilp=2, repeats=4, operation="redux")),
    ("mma_f16", "mma", Matrix(ilp=4, repeats=2, operands="f16")),
    ("mma_bf16_i1", "mma", Matrix(ilp=1, repeats=4, operands="bf16")),
    ("mma_tf32", "mma", Matrix(ilp=4, repeats=1, operands="tf32")),
    ("mma_s8", "mma", Matrix(ilp=6, repeats=1, operands="s8")),
    ("mma_f64", "mma", Matrix(ilp=4, repeats=3, operands="f64")),
    ("mma_f16_f16", "mma", Matrix(ilp=8, repeats=2, operands="f16_f16")),
    ("wgmma_f16", "wgmma", Warpgroup(repeats=4)),
    ("wgmma_bf16_n128", "wgmma", Warpgroup(repeats=2, operands="bf16", columns=128)),
    ("bulk_copy", "bulk", BulkCopy()),
    ("shared_exchange", "shared", Exchange(ilp=1, repeats=3)),
    ("shared_table_w1", "shared", Table(repeats=4, width=1)),
    ("shared_table_w2", "shared", Table(repeats=3, width=2)),
    ("shared_table_w4", "shared", Table(repeats=2, width=4)),
    ("shared_cp_async", "shared", CopyAsync()),
    ("shared_atomic", "atomic", SharedAtomic(repeats=2)),
    ("global_read_w1", "global", Stream(repeats=1, mode="read", width=1)),
    ("global_read_w2", "global", Stream(repeats=4, mode="read", width=2)),
    ("global_read_w4", "global", Stream(repeats=2, mode="read", width=4)),
    ("global_read_cg", "global", Stream(repeats=3, mode="read", width=1, cache="cg")),
    ("global_read_cs_w4", "global", Stream(repeats=4, mode="read", width=4, cache="cs")),
    ("global_write_w1", "global", Stream(repeats=2, mode="write", width=1)),
    ("global_write_w4", "global", Stream(repeats=1, mode="write", width=4)),
    ("global_copy_w1", "global", Stream(repeats=1, mode="copy", width=1)),
    ("global_copy_w2", "global", Stream(repeats=3, mode="copy", width=2)),
    ("global_copy_w4", "global", Stream(repeats=2, mode="copy", width=4)),
    ("gather_hash", "gather", Gather(repeats=3, by="hash")),
    ("gather_index", "gather", Gather(by="index")),
    ("chase_i1", "gather", Chase(ilp=1)),
    ("chase_i4", "gather", Chase(ilp=4)),
    ("constant_load", "constant", Constant(repeats=3)),
    ("local_array", "local", Local(repeats=2)),
    ("atomic_add", "atomic", GlobalAtomic(operation="add")),
    ("atomic_add_f32", "atomic", GlobalAtomic(operation="add_f32")),
    ("atomic_cas", "atomic", GlobalAtomic(operation="cas")),
    ("barrier_block", "barrier", Barrier(ilp=1, repeats=2, scope="block")),
    ("barrier_warp", "barrier", Barrier(ilp=2, repeats=2, scope="warp")),
    ("barrier_fence", "barrier", Barrier(ilp=3, repeats=1, scope="fence")),
    ("active_lanes_fp32", "divergence", ActiveLanes()),
    ("active_lanes_sfu", "divergence", ActiveLanes(inner=Special(ilp=2, repeats=2))),
    ("active_lanes_int", "divergence", ActiveLanes(inner=Words(ilp=2, repeats=3))),
    ("active_lanes_gather", "divergence", ActiveLanes(inner=Gather(repeats=2))),
    ("branch_by_data", "divergence", DataBranch()),
    ("loop_by_lane", "divergence", LaneLoop()),
    ("loop_by_data", "divergence", DataLoop()),
    ("intensity", "intensity", Intensity()),
)


def single_units() -> tuple[GeneratedKernel, ...]:
    """One kernel a line of `SINGLES`, and two whose occupancy is set by reserved shared memory."""
    listed = tuple(
        GeneratedKernel(f"gen_{name}", (unit,), family) for name, family, unit in SINGLES
    )
    reserved = (
        GeneratedKernel("gen_occupancy_fma", (Rotation(ilp=2, repeats=6), Reserve()), "occupancy"),
        GeneratedKernel("gen_occupancy_chase", (Chase(ilp=2), Reserve()), "occupancy"),
    )
    return listed + reserved
