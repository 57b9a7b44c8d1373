"""Pins find their PTX lines, and branches their direction."""

from __future__ import annotations

import pytest

from ptxenergy.measure.kernels.catalog import read_ptx
from ptxenergy.measure.kernels.kernel import Data, Pin
from ptxenergy.measure.planning.facts import pins_of
from ptxenergy.measure.planning.markers import MarkerError, marked_lines, read, resolve
from tests.measure.dataset import entries

NAME = "datasets/kernels/x/k.cu"
SOURCE = """\
for (;;) { // pin: loop
    if (a) // pin: jump
        b();
    if (c) break; // pin: leave
    x = y[z]; // pin: read
}
d(); // pin: nothing
if (e && f) g(); // pin: two
"""
PTX = f"""\
.visible .entry k()
{{
\t.loc\t1 1 1
\tmov.u32 \t%r1, 0;
$L__BB0_1:
\t.loc\t1 2 5
\tsetp.eq.s32 \t%p1, %r2, 0;
\t@%p1 bra \t$L__BB0_3;
\t.loc\t1 3 9
\tadd.s32 \t%r3, %r3, 1;
$L__BB0_3:
\t.loc\t1 4 5
\t@%p2 bra \t$L__BB0_5;
\t.loc\t1 5 5
\tld.global.nc.f32 \t%f1, [%rd1];
\tst.global.f32 \t[%rd2], %f1;
\t.loc\t1 1 1
\t@%p3 bra \t$L__BB0_1;
$L__BB0_5:
\t.loc\t1 7 1
\tadd.s32 \t%r3, %r3, 2;
\t.loc\t1 8 5
\t@%p4 bra \t$L__BB0_9;
\t.loc\t1 8 10
\t@%p5 bra \t$L__BB0_9;
\t.loc\t1 8 13
\tadd.s32 \t%r3, %r3, 3;
$L__BB0_9:
\tret;
}}
\t.file\t1 "{NAME}"
"""


def resolved(marker: str, kind: str, value: float) -> list[tuple[int, float]]:
    pin = Pin(marker, kind, value)  # type: ignore[arg-type]
    return [(int(p["line"]), float(p["value"])) for p in resolve([pin], SOURCE, read(PTX, NAME))]


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(PTX.splitlines(), start=1) if text in line)


def test_a_branch_over_the_then_part_is_taken_when_the_condition_is_false() -> None:
    ((line, value),) = resolved("jump", "branch", 0.3)
    assert line == line_of("@%p1 bra")
    assert value == pytest.approx(0.7)


def test_a_branch_that_leaves_is_taken_when_the_condition_is_true() -> None:
    ((line, value),) = resolved("leave", "branch", 0.3)
    assert line == line_of("@%p2 bra")
    assert value == pytest.approx(0.3)


def test_trips_stand_at_the_branch_back() -> None:
    assert resolved("loop", "trip", 5.5) == [(line_of("@%p3 bra"), 5.5)]


def test_an_access_is_every_load_and_store_of_its_line() -> None:
    found = resolved("read", "access", 8.0)
    assert found == [(line_of("ld.global"), 8.0), (line_of("st.global"), 8.0)]


@pytest.mark.parametrize(
    ("marker", "kind", "message"),
    [
        ("nowhere", "branch", "no line of the source"),
        ("nothing", "access", "no PTX of the line"),
        ("two", "branch", "2 branches"),
    ],
)
def test_what_cannot_be_tied_to_a_line_is_refused(marker: str, kind: str, message: str) -> None:
    with pytest.raises(MarkerError, match=message):
        resolved(marker, kind, 0.5)


def test_lines_of_headers_are_not_lines_of_the_source() -> None:
    text = read(PTX.replace(".loc\t1 2", ".loc\t2 2"), NAME)
    with pytest.raises(MarkerError, match="no PTX"):
        resolve([Pin("jump", "branch", 0.3)], SOURCE, text)


MARKED = [e for e in entries() if "// pin:" in e.source]


@pytest.mark.parametrize("entry", MARKED, ids=[e.kernel.name for e in MARKED])
def test_every_pin_of_the_catalog_has_its_lines(entry) -> None:  # type: ignore[no-untyped-def]
    pins = pins_of(entry, entry.kernel.check_size, Data())
    text = read(read_ptx(entry.ptx).decode(), entry.source_name)
    found = resolve(pins, entry.source, text)
    assert {str(pin["marker"]) for pin in found} == set(marked_lines(entry.source))
    for pin in found:
        low, high = {"branch": (0, 1), "trip": (0, 1e9), "access": (0, 128)}[str(pin["kind"])]
        assert low <= float(pin["value"]) <= high
        assert text.lines[int(pin["line"]) - 1].strip()


def test_the_direction_of_a_real_branch() -> None:
    """With 16 in 256, most threads do not take the first way: the branch to it is rarely taken."""
    entry = next(e for e in MARKED if e.kernel.name == "gen_branch_by_data")
    size = {**entry.kernel.check_size, "threshold": 16}
    text = read(read_ptx(entry.ptx).decode(), entry.source_name)
    (pin,) = resolve(pins_of(entry, size, Data()), entry.source, text)
    line = text.lines[int(pin["line"]) - 1]
    target = text.labels[line.split()[-1].rstrip(";")]
    ahead = " ".join(text.lines[target : target + 12])
    goes_to_first = "fma.rn.f32" in ahead
    assert pin["value"] == pytest.approx(1 / 16 if goes_to_first else 15 / 16, abs=0.02)
