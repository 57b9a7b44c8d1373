"""Copies of tensors: their bytes by what barriers expect, by `--tensor-map`, or assumed."""

from __future__ import annotations

import pytest

from ptxenergy.errors import ArgumentError, LaunchError
from ptxenergy.launch.parse import parse_pins
from ptxenergy.launch.pins import check_pins
from ptxenergy.launch.profile import LaunchProfile, Traffic
from ptxenergy.launch.reference import EvaluationOptions, evaluate, evaluate_sampled
from ptxenergy.launch.reference.tensors import DEFAULT_BYTES, Copy, TensorCopies
from ptxenergy.launch.request import Dim3, LaunchRequest, Pins, TensorMap
from ptxenergy.launch.resolve import resolve
from ptxenergy.ptx import parse_text
from tests.corpus import CORPUS
from tests.launch.reference_launches import module_of

LOAD = "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
STORE = "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group"
PARAMETERS = ".param .align 128 .b8 k_a[128], .param .align 128 .b8 k_b[128], .param .u32 k_n"


def kernel(*lines: str) -> str:
    """One thread a block copies by the lines; %rd1 and %rd2 are the maps, %r6 the block's place."""
    copies = "\n".join(lines)
    return f"""
    .reg .b32 %r<16>;
    .reg .b64 %rd<10>;
    .reg .pred %p<4>;
    .shared .align 128 .b8 tile[32768];
    .shared .align 8 .b8 full[16];
    mov.u32 %r1, %tid.x;
    setp.ne.s32 %p1, %r1, 0;
    @%p1 bra DONE;
    mov.b64 %rd3, k_a;
    cvta.param.u64 %rd1, %rd3;
    mov.b64 %rd4, k_b;
    cvta.param.u64 %rd2, %rd4;
    mov.u32 %r2, tile;
    mov.u32 %r3, full;
    mov.u32 %r5, %ctaid.x;
    shl.b32 %r6, %r5, 6;
    mov.u32 %r7, 0;
    {copies}
    DONE:
    ret;
    """


def expecting(size: int, at: str = "%r3") -> str:
    return f"mbarrier.arrive.expect_tx.shared::cta.b64 _, [{at}], {size};"


def loading(tensor: str, place: str = "%r6, %r7", at: str = "%r3") -> str:
    return f"{LOAD} [%r2], [{tensor}, {{{place}}}], [{at}];"


def counted(*lines: str, blocks: int = 3, pins: Pins | None = None) -> LaunchProfile:
    module = module_of(kernel(*lines), PARAMETERS)
    request = LaunchRequest(block=Dim3(64), grid=Dim3(blocks), pins=pins or Pins())
    launch = resolve(module, module.kernels[0], request, lambda _: 2)
    options = EvaluationOptions(pins=request.pins, wave_blocks=2)
    return evaluate(module, module.kernels[0], launch, options)


def copied(profile: LaunchProfile) -> list[Traffic]:
    """The global loads of each tensor copy, in order."""
    return [
        item.traffic["global", "load"]
        for item in profile.instructions
        if ("global", "load") in item.traffic
    ]


def options_offered(profile: LaunchProfile) -> list[str]:
    return [a.option for a in profile.assumptions if a.code == "access"]


def test_a_barrier_with_one_map_tells_the_size() -> None:
    profile = counted(expecting(8192), loading("%rd1"))
    assert copied(profile) == [Traffic(requests=3, sectors=3 * 256, bytes=3 * 8192)]
    assert options_offered(profile) == []
    assert "tensor-map" in profile.flags
    assert not profile.exact.addresses


def test_two_copies_of_one_map_share_what_is_expected() -> None:
    profile = counted(expecting(8192), loading("%rd1"), loading("%rd1", "%r7, %r6"))
    assert [traffic.bytes for traffic in copied(profile)] == [3 * 4096, 3 * 4096]
    assert options_offered(profile) == []


def test_two_maps_on_one_barrier_are_parted_evenly_and_listed() -> None:
    profile = counted(expecting(8192 + 1024), loading("%rd1"), loading("%rd2"))
    assert [traffic.bytes for traffic in copied(profile)] == [3 * 4608, 3 * 4608]
    assert options_offered(profile) == ["--tensor-map k_a=4608:1", "--tensor-map k_b=4608:1"]


def test_one_map_that_is_given_tells_the_other() -> None:
    pins = Pins(tensor_maps={"k_a": TensorMap((64, 64), 2)})
    profile = counted(expecting(8192 + 1024), loading("%rd1"), loading("%rd2"), pins=pins)
    assert [traffic.bytes for traffic in copied(profile)] == [3 * 8192, 3 * 1024]
    assert options_offered(profile) == []


def test_a_map_alone_on_one_barrier_tells_its_size_on_another() -> None:
    lines = (
        expecting(2048),
        loading("%rd1"),
        expecting(2048 + 512, "%r3+8"),
        loading("%rd1", at="%r3+8"),
        loading("%rd2", at="%r3+8"),
    )
    profile = counted(*lines)
    assert [traffic.bytes for traffic in copied(profile)] == [3 * 2048, 3 * 2048, 3 * 512]
    assert options_offered(profile) == []


def test_what_plain_bulk_copies_bring_is_taken_off() -> None:
    plain = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
    profile = counted(
        "mov.u64 %rd5, 0x100000000000;",
        expecting(4096),
        f"{plain} [%r2], [%rd5], 1024, [%r3];",
        loading("%rd1"),
    )
    assert [traffic.bytes for traffic in copied(profile)] == [3 * 1024, 3 * 3072]


def test_without_an_expectation_the_size_is_assumed_and_can_be_pinned() -> None:
    assumed = counted(loading("%rd2"))
    assert copied(assumed)[0].bytes == 3 * DEFAULT_BYTES
    (option,) = options_offered(assumed)
    assert option == f"--tensor-map k_b={DEFAULT_BYTES}:1"
    pins = parse_pins((), (), (), (option.removeprefix("--tensor-map "),))
    pinned = counted(loading("%rd2"), pins=pins)
    assert copied(pinned) == copied(assumed)
    assert pinned.footprint == assumed.footprint
    assert options_offered(pinned) == []


def test_an_expectation_that_data_decides_tells_nothing() -> None:
    read = "mov.u64 %rd5, 0x100000000000;\nld.global.u32 %r8, [%rd5];"
    expect = "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], %r8;"
    profile = counted(read, expect, loading("%rd1"))
    assert copied(profile)[-1].bytes == 3 * DEFAULT_BYTES
    assert options_offered(profile) == [f"--tensor-map k_a={DEFAULT_BYTES}:1"]


def test_boxes_are_told_apart_by_their_coordinates() -> None:
    own = counted(expecting(1024), loading("%rd1", "%r6, %r7")).footprint
    shared = counted(expecting(1024), loading("%rd1", "%r7, %r7")).footprint
    assert (own.read.block, own.read.wave, own.read.launch) == (96, 64, 96)
    assert (shared.read.block, shared.read.wave, shared.read.launch) == (96, 32, 32)
    assert own.by_argument["k_a"][0] == own.read


def test_a_stored_box_is_written_whole() -> None:
    pins = Pins(tensor_maps={"1": TensorMap((16, 16), 4)})
    footprint = counted(f"{STORE} [%rd2, {{%r6, %r7}}], [%r2];", pins=pins).footprint
    assert footprint.write.launch == 3 * 32
    assert footprint.read.launch == footprint.partial_write_sectors == 0


def test_a_matrix_product_copies_what_its_barriers_expect() -> None:
    path = CORPUS / "ptx" / "nvcc-13.0" / "sm_90a" / "gemm_wgmma.ptx"
    module = parse_text(path.read_bytes(), path.name)
    kernel_ = module.functions["gemm_wgmma"]
    request = LaunchRequest(block=Dim3(128), grid=Dim3(4, 4), shared_bytes=49152)
    launch = resolve(module, kernel_, request, lambda _: 132)
    profile = evaluate_sampled(module, kernel_, launch, Pins())
    loads = copied(profile)
    assert sum(traffic.bytes for traffic in loads) > 0
    options = options_offered(profile)
    assert options
    assert all(option.startswith("--tensor-map ") for option in options)
    given = parse_pins((), (), (), [o.removeprefix("--tensor-map ") for o in options[:1]])
    pinned = evaluate_sampled(module, kernel_, launch, given)
    assert copied(pinned) == loads
    assert options_offered(pinned) == []


def test_settling_is_by_barrier() -> None:
    tensors = TensorCopies(
        open={Copy(0, 0, 8, "a", 0): 2, Copy(1, 0, 16, "b", 0): 1, Copy(2, 0, 16, "c", 0): 1},
        expected={(0, 8): 200, (0, 16): 90},
        arrived={(0, 16): 10},
    )
    sizes, assumed = tensors.settled()
    assert [sizes[copy] for copy in tensors.open] == [100, 40, 40]
    assert assumed == {"b", "c"}


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "2=64",
        "2=:2",
        "=64:2",
        "2=64x:2",
        "2=64:0",
        "2=-1:2",
        "2=1x1x1x1x1x1:2",
        "2=99999999:8",
    ],
)
def test_what_is_no_tensor_map_is_refused(text: str) -> None:
    with pytest.raises(LaunchError, match="--tensor-map"):
        parse_pins((), (), (), (text,))


def test_a_tensor_map_is_parsed() -> None:
    assert parse_pins((), (), (), ("k_a=64X32:2",)).tensor_maps == {"k_a": TensorMap((64, 32), 2)}
    assert TensorMap((64, 32), 2).copy_bytes == 4096
    with pytest.raises(LaunchError, match="twice"):
        parse_pins((), (), (), ("2=8:1", "2=16:1"))


def test_a_map_of_no_parameter_or_of_no_copy_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no parameter 9"):
        counted(loading("%rd1"), pins=Pins(tensor_maps={"9": TensorMap((8,), 1)}))
    plain = module_of("ret;", PARAMETERS)
    with pytest.raises(LaunchError, match="copies no tensor"):
        check_pins(plain, Pins(tensor_maps={"0": TensorMap((8,), 1)}))
