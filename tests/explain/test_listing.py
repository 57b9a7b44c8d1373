"""Texts beside their costs: which lines are shown, and where sources are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptxenergy.explain import Explanation, explain_text
from ptxenergy.explain.listing import Listing, texts_of
from ptxenergy.explain.sources import MOST_BYTES, sources_of
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.pipeline import Options
from tests.explain.explained import STRIDED, STRIDED_CU, strided

CALLS = """.version 8.0
.target sm_80
.address_size 64
.file 1 "calls.cu"
.func (.param .b32 r) twice(.param .b32 x)
{
    .reg .b32 %r<4>;
    .loc 1 2 1
    ld.param.b32 %r1, [x];
    add.s32 %r2, %r1, %r1;
    st.param.b32 [r], %r2;
    ret;
}
.visible .entry unused()
{
    ret;
}
.visible .entry k(.param .u64 out)
{
    .reg .b32 %r<4>;
    .reg .b64 %rd<2>;
    .loc 1 6 1
    ld.param.u64 %rd1, [out];
    mov.u32 %r1, %tid.x;
    {
    .param .b32 a;
    .param .b32 b;
    st.param.b32 [a], %r1;
    call.uni (b),
        twice,
        (a);
    ld.param.b32 %r2, [b];
    }
LAST:
    .loc 1 7 1
    st.global.u32 [%rd1],
        %r2;
}
"""


@pytest.fixture(scope="module")
def calling() -> Explanation:
    request = LaunchRequest(block=Dim3(64), grid=Dim3(8))
    options = Options(kernel="k", request=request)
    (found,) = explain_text(CALLS.encode(), "calls.ptx", options).results
    return found


def shown(listing: Listing) -> list[str]:
    return ["…" if row is None else row.text.strip() for row in listing.rows]


def test_ptx_is_shown_from_first_to_last_instruction_of_what_ran(calling: Explanation) -> None:
    lines = shown(texts_of(calling, CALLS.encode(), []).ptx)
    kernel = lines.index("ld.param.u64 %rd1, [out];")
    callee = lines.index("add.s32 %r2, %r1, %r1;")
    assert "…" in lines[min(kernel, callee) : max(kernel, callee)]
    for line in ("LAST:", "call.uni (b),", "twice,", "(a);", "st.global.u32 [%rd1],", "%r2;"):
        assert line in lines
    for line in (".loc 1 6 1", ".reg .b32 %r<4>;", ".visible .entry unused()"):
        assert line not in lines


def test_costs_of_the_ptx_add_up(calling: Explanation) -> None:
    rows = texts_of(calling, CALLS.encode(), []).ptx.rows
    total = sum(row.parts.energy_j for row in rows if row)
    assert total == pytest.approx(calling.prediction.energy_j.value, rel=1e-9)


def test_the_source_is_shown_around_its_lines(tmp_path: Path) -> None:
    source = tmp_path / Path(STRIDED_CU).name
    source.write_bytes(STRIDED.with_name("strided.cu").read_bytes() + b"\n" * 40 + b"// far off\n")
    texts = texts_of(strided(), STRIDED.read_bytes(), [tmp_path])
    (listing,) = texts.sources
    numbers = [row.number if row else None for row in listing.rows]
    assert numbers == [None, *range(2, 19), None]
    total = sum(row.parts.energy_j for row in listing.rows if row)
    assert total == pytest.approx(strided().prediction.energy_j.value, rel=1e-9)
    assert texts.readable == texts.sources
    assert texts.missing == ()


def test_a_source_is_found_by_as_much_of_its_name_as_there_is(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    (far / "explain" / "ptx").mkdir(parents=True)
    near.mkdir()
    (far / "explain" / "ptx" / "strided.cu").write_text("far\n")
    found = sources_of(strided(), [near, far])[STRIDED_CU]
    assert found.lines[0] == "far"
    (near / "strided.cu").write_text("near\n")
    assert sources_of(strided(), [near, far])[STRIDED_CU].lines[0] == "far"
    assert sources_of(strided(), [near])[STRIDED_CU].lines[0] == "near"


def test_no_source_leads_out_of_its_folder_or_is_endless(tmp_path: Path) -> None:
    (tmp_path / "k.cu").write_text("outside\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    up = STRIDED.read_text().replace(STRIDED_CU, "../k.cu").encode()
    (found,) = explain_text(up, "k.ptx", Options(request=_ONE)).results
    assert sources_of(found, [inside]) == {}
    (inside / "k.cu").write_text("x" * (MOST_BYTES + 1))
    assert sources_of(found, [inside]) == {}
    (inside / "k.cu").write_text("inside\n")
    assert sources_of(found, [inside])["../k.cu"].lines[0] == "inside"


_ONE = LaunchRequest(block=Dim3(32), grid=Dim3(1))
