"""Which kernel is which, and what launch the new version gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.compare.compare import NewVersion, compare
from ptxenergy.compare.difference import Comparison, Threshold
from ptxenergy.compare.pairs import pair
from ptxenergy.errors import KernelSelectionError
from ptxenergy.launch.parse import parse_argument
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest, Pins
from ptxenergy.pipeline import Options
from tests.cli.commands import kernel
from tests.compare.versions import difference, text
from tests.corpus import CorpusLaunch, corpus_launches

OLD_NAME, NEW_NAME = "_Z9transposePfPKfii", "_Z9transposePfPKfiii"
GUARDED = (
    "ld.param.u32 %r1, [{name}_param_{n}]; mov.u32 %r2, %tid.x; mov.u32 %r3, %ctaid.x;"
    " mov.u32 %r4, %ntid.x; mad.lo.u32 %r2, %r3, %r4, %r2; setp.ge.u32 %p1, %r2, %r1;\n"
    "@%p1 bra END;\nld.param.u64 %rd1, [{name}_param_0]; mul.wide.u32 %rd2, %r2, 4;"
    " add.u64 %rd1, %rd1, %rd2; st.global.u32 [%rd1], %r2;\nEND:"
)


def guarded(name: str, parameters: str, n: int) -> bytes:
    """A kernel that stores where the global index is below its parameter `n`."""
    return kernel(GUARDED.format(name=name, n=n), parameters, name=name).encode()


def compared(
    old: bytes,
    new: bytes,
    request: LaunchRequest | None = None,
    own: NewVersion | None = None,
    growth: float | None = None,
) -> Comparison:
    options = Options(request=request or LaunchRequest())
    return compare(((old, "old.ptx"), (new, "new.ptx")), options, Threshold(growth), own=own)


def test_names_pair_mangled_then_demangled_then_short() -> None:
    found = pair(["a", OLD_NAME, "gone"], [NEW_NAME, "fresh", "a"])
    assert found.both == ((OLD_NAME, NEW_NAME), ("a", "a"))
    assert (found.removed, found.added) == (("gone",), ("fresh",))


def test_a_short_name_that_is_there_twice_pairs_nothing() -> None:
    found = pair([OLD_NAME], [NEW_NAME, "_Z9transposePdPKdii"])
    assert found.both == ()


def test_what_is_said_comes_first() -> None:
    found = pair(["a", "b"], ["b", "c"], ["a=b", "b=c"])
    assert found.both == (("a", "b"), ("b", "c"))
    with pytest.raises(KernelSelectionError, match="write OLD=NEW"):
        pair(["a"], ["a"], ["a"])
    with pytest.raises(KernelSelectionError, match="no kernel matches 'z'"):
        pair(["a"], ["a"], ["a=z"])


_NAMES = st.lists(st.sampled_from("abcdefg"), unique=True)


@given(_NAMES, _NAMES)
def test_every_kernel_is_in_one_place(old: list[str], new: list[str]) -> None:
    found = pair(old, new)
    assert sorted([o for o, _ in found.both] + list(found.removed)) == sorted(old)
    assert sorted([n for _, n in found.both] + list(found.added)) == sorted(new)
    assert all(o == n for o, n in found.both)


def test_both_versions_do_the_work_that_was_assumed_for_the_old_one() -> None:
    """A shape of the old version that the new one would not be given on its own."""
    old, new = text("old"), text("new")
    options = Options(kernel="resident", request=LaunchRequest(block=Dim3(256)))
    (one,) = compare((old, new), options, Threshold(0.01)).differences
    launches = [p.inspection.profile.launch for p in (one.old, one.new)]
    assert launches[0].grid == launches[1].grid
    assert one.new.inspection.occupancy.blocks_per_sm < one.old.inspection.occupancy.blocks_per_sm
    assert one.assumed == (f"the launch is assumed: --grid {launches[0].grid}",)
    assert one.state == "excused"


def test_arguments_go_by_index_where_the_kernel_was_renamed() -> None:
    old = guarded("k", ".param .u64 k_param_0, .param .u32 k_param_1", 1)
    new = guarded("m", ".param .u64 m_param_0, .param .u32 m_param_1", 1)
    request = LaunchRequest(Dim3(64), Dim3(4), arguments=(ArgumentSetting("k_param_1", "100"),))
    with pytest.raises(KernelSelectionError, match=r"no kernel is in both .* --pair OLD=NEW"):
        compared(old, new, request)
    (one,) = compared(old, new, request, NewVersion(pairs=("k=m",))).differences
    assert one.name == "k → m"
    assert one.new.inspection.profile.launch.arguments[1].shown == 100
    assert one.ratios["energy"].value == 1.0
    assert one.notes[0].startswith("was k: arguments are matched by index")


def test_an_argument_that_only_the_new_version_has() -> None:
    old = guarded("k", ".param .u64 k_param_0, .param .u32 k_param_1", 1)
    parameters = ".param .u64 k_param_0, .param .f32 k_param_1, .param .u32 k_param_2"
    new = guarded("k", parameters, 2)
    request = LaunchRequest(Dim3(64), Dim3(4), arguments=(ArgumentSetting("1", "256"),))
    (open_,) = compared(old, new, request).differences
    assert open_.notes == ("the new version has no place for argument 1 of the old one",)
    assert "--arg 2=" in open_.assumed[0]
    own = NewVersion((parse_argument("2=32"),))
    (said,) = compared(old, new, request, own).differences
    assert said.assumed == ()
    assert said.new.inspection.profile.launch.arguments[2].shown == 32


def test_pins_are_by_the_lines_of_one_file() -> None:
    old = guarded("k", ".param .u64 k_param_0, .param .u32 k_param_1", 1)
    line = old.split(b"@%p1 bra")[0].count(b"\n") + 1
    request = LaunchRequest(
        Dim3(64), Dim3(4), arguments=(ArgumentSetting("1", "256"),), pins=Pins({}, {line: 0.5})
    )
    (one,) = compared(old, old, request).differences
    assert one.notes == (
        "--branch pins lines of the old file; --new-branch pins those of the new one",
    )
    both = NewVersion(pins=Pins({}, {line: 0.5}))
    (same,) = compared(old, old, request, both).differences
    assert same.notes == ()


def test_a_kernel_that_one_version_cannot_run_is_skipped_and_breaks_a_limit() -> None:
    good = guarded("k", ".param .u64 k_param_0, .param .u32 k_param_1", 1)
    bad = good.replace(b"st.global.u32 [%rd1], %r2;", b"st.global.u32 [%rd1];")
    other = guarded("m", ".param .u64 m_param_0, .param .u32 m_param_1", 1)
    body = other.split(b"\n", 3)[3]
    request = LaunchRequest(Dim3(64), Dim3(4), arguments=(ArgumentSetting("1", "256"),))
    free = compared(good + body, bad + body, request)
    assert [one.kernel for one in free.skipped] == ["k"]
    assert not free.is_broken
    assert compared(good + body, bad + body, request, growth=0.05).is_broken
    with pytest.raises(KernelSelectionError, match=r"^k: "):
        compared(good, bad, request)


def test_data_that_decides_more_in_one_version_excuses() -> None:
    old = guarded("k", ".param .u64 k_param_0, .param .u32 k_param_1", 1)
    looked_up = b"ld.global.u32 %r5, [%rd1]; setp.eq.u32 %p2, %r5, 3;\n@%p2 bra END;\nst.global"
    new = old.replace(b"st.global", looked_up)
    request = LaunchRequest(Dim3(64), Dim3(4), arguments=(ArgumentSetting("1", "256"),))
    (one,) = compared(old, new, request, growth=0.0).differences
    line = new.split(b"@%p2 bra")[0].count(b"\n") + 1
    assert one.assumed == (
        f"data decides more in one version, branch assumed 0 → 1 times: --new-branch {line}=0.5",
    )
    pinned = NewVersion(pins=Pins({}, {line: 0.25}))
    (said,) = compared(old, new, request, pinned, growth=0.0).differences
    assert (said.assumed, said.state) == ((), "broken")
    assert one.state == "excused"


SAME = [one for one in corpus_launches() if one.source in {"textures", "alignment", "n_body"}]


@pytest.mark.parametrize("launch", SAME[::4], ids=lambda launch: str(launch.name))
def test_a_file_at_an_assumed_launch_is_no_different_from_itself(launch: CorpusLaunch) -> None:
    """Whatever was assumed, fields of structs among it, comes out the same when it is said."""
    text = launch.path.read_bytes(), launch.path.name
    (one,) = compare((text, text), Options(kernel=launch.kernel), Threshold()).differences
    launches = [p.inspection.profile.launch for p in (one.old, one.new)]
    assert [a.image for a in launches[0].arguments] == [a.image for a in launches[1].arguments]
    assert one.causes == ()
    assert one.ratios["energy"].value == 1.0


def test_how_an_access_reaches_memory_is_a_note_and_excuses_nothing() -> None:
    one = difference("spilled")
    assert one.assumed == ()
    (note,) = one.notes
    assert note.startswith(
        "data decides more in one version, access assumed 0 → 1 times: --new-acc"
    )
    assert one.state == "broken"
