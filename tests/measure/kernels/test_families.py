"""Families are fixed, locked by hash, and do not leak: no two kernels of two families are alike."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from ptxenergy.measure.kernels.families import (
    FamilyError,
    group_of,
    locked_by_hash,
    read_families,
    real_families,
)
from ptxenergy.measure.kernels.likeness import (
    NEAR_SHARE,
    anonymous,
    distance,
    duplicates,
    opcode_counts,
    too_alike,
)
from ptxenergy.measure.planning.plan import ANCHORS
from tests.measure.dataset import DATASETS, entries, texts

ENTRIES = entries()
GROUPS = {e.kernel.name: group_of(e.kernel.family) for e in ENTRIES}


def test_every_real_family_is_described_and_no_other() -> None:
    families = read_families(DATASETS)
    assert set(families) == real_families(ENTRIES)
    assert all(len(family.algorithm) > 20 for family in families.values())
    assert len({family.algorithm for family in families.values()}) == len(families)


def test_there_are_forty_real_families_and_ten_locked_by_hash_alone() -> None:
    families = read_families(DATASETS)
    locked = {name for name, family in families.items() if family.is_locked}
    of_anchors = {e.kernel.family for e in ENTRIES if e.kernel.name in ANCHORS}
    assert "gemm" in of_anchors
    assert locked == locked_by_hash(families, of_anchors)
    assert not locked & of_anchors
    assert len(families) >= 40
    assert len(locked) >= 10


def test_variants_of_an_algorithm_are_one_family() -> None:
    """Products of matrices, stencils, sums, softmax and norms, windows over channels: one each."""
    family = {e.kernel.name: e.kernel.family for e in ENTRIES}
    for wanted, names in {
        "gemm": ("gemm_naive", "gemv_rows", "gemm_batched_small", "gemm_mma_half", "int8_gemv"),
        "stencil": ("stencil_2d5", "wave_leapfrog", "hotspot_step", "lbm_d2q9", "sobel_edges"),
        "reduction": ("reduction_tree", "reduction_dot", "reduction_scan_chunks", "segmented_scan"),
        "norm": ("softmax_rows", "layernorm_welford", "rmsnorm_residual", "cross_entropy"),
        "convolution": ("convolution_direct", "convolution_implicit_gemm", "depthwise_planes"),
    }.items():
        assert {family[name] for name in names} == {wanted}


def test_the_rule_of_locking_is_the_order_of_hashes() -> None:
    names = [f"family {number}" for number in range(48)]
    order = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    assert locked_by_hash(reversed(names)) == set(order[:12])
    assert len(locked_by_hash(names[:20])) == 10
    assert locked_by_hash(names, order[:2]) == set(order[2:14])


def test_generated_kernels_are_one_group_and_no_family() -> None:
    assert {group_of(e.kernel.family) for e in ENTRIES if e.kernel.is_generated} == {"generated"}
    assert "generated" not in real_families(ENTRIES)
    assert group_of("gemm") == "gemm"


def test_a_damaged_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "families.toml"
    path.write_text('locked = ["b"]\n[algorithm]\na = "x"\n', encoding="utf-8")
    with pytest.raises(FamilyError, match="does not know"):
        read_families(tmp_path)
    path.write_text("locked = []\n", encoding="utf-8")
    with pytest.raises(FamilyError, match="no table"):
        read_families(tmp_path)


def test_no_two_kernels_of_different_families_run_the_same_mix_of_opcodes() -> None:
    counts = {name: (GROUPS[name], opcode_counts(text)) for name, text in texts().items()}
    assert too_alike(counts) == []


def test_no_two_kernels_differ_in_names_and_numbers_alone() -> None:
    assert duplicates(texts()) == []


def test_a_copy_under_another_family_and_name_is_found() -> None:
    text = texts()["gen_fp32_fma_i1"]
    copy = text.replace("gen_fp32_fma_i1", "my_own_kernel").replace("%f1", "%f71")
    copy = copy.replace("0f3F061C88", "0f3F000000")
    counts = {"a": ("one", opcode_counts(text)), "b": ("two", opcode_counts(copy))}
    assert [pair[:2] for pair in too_alike(counts)] == [("a", "b")]
    assert duplicates({"a": text, "b": copy}) == [("a", "b")]
    same_family = {"a": ("one", opcode_counts(text)), "b": ("one", opcode_counts(copy))}
    assert too_alike(same_family) == []


def test_statements_are_read_from_text() -> None:
    ptx = """\
.visible .entry k(
\t.param .u64 k_param_0
)
{
\t.reg .pred \t%p<2>;
\tld.param.u64 \t%rd1, [k_param_0];
\t@%p1 bra \t$L__BB0_2;
\t// begin inline asm
\t{.reg .b16 low, high; mov.b32 {low, high}, %r1; cvt.f32.f16 %f1, low;}
\t// end inline asm
$L__BB0_2:
\tst.global.f32 \t[%rd1+16], 0f3F800000;
\tret;
}
"""
    wanted = {"ld.param.u64": 1, "bra": 1, "mov.b32": 1, "cvt.f32.f16": 1, "st.global.f32": 1}
    found = opcode_counts(ptx)
    assert {name: found[name] for name in wanted} == wanted
    assert found["ret"] == 1
    assert "0f3F800000" not in anonymous(ptx)
    assert "k_param_0" not in anonymous(ptx)


def test_distance_is_a_distance() -> None:
    a, b = Counter({"add": 3, "mul": 1}), Counter({"add": 30, "mul": 10})
    assert distance(a, b) == pytest.approx(0)
    assert distance(a, Counter({"ret": 5})) == pytest.approx(1)
    assert distance(a, Counter({"add": 4})) == pytest.approx(0.25)
    assert distance(a, Counter()) == 1
    assert 0 < NEAR_SHARE < 0.2
