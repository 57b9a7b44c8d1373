"""What a project says of its kernels, where it is found, and what is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import InputError
from ptxenergy.launch.request import ArgumentSetting
from ptxenergy.settings import (
    LIMITS,
    Budget,
    KernelEntry,
    Settings,
    find_settings,
    parse_growth,
    read_settings,
)

ENTRY = '[[tool.ptxenergy.kernel]]\nmatch = "transpose*"\nblock = "32x8"\n'


def said(folder: Path, text: str, name: str = "pyproject.toml") -> Settings:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_an_entry_says_launch_and_budget_and_where_it_stands(tmp_path: Path) -> None:
    found = said(
        tmp_path,
        '[project]\nname = "x"\n\n'
        + ENTRY
        + 'grid = [128, 512]\nargs = { 2 = 4096, "1+8:u32" = 7, scale = 0.5 }\nshared = 1024\n'
        + 'budget = { energy_j = 0.01, energy_growth = "5%" }\n',
    )
    (entry,) = found.kernels
    assert entry.place == "pyproject.toml:4"
    assert (entry.block, entry.grid, entry.shared_bytes) == ((32, 8, 1), (128, 512, 1), 1024)
    assert entry.arguments == (
        ArgumentSetting("2", "4096"),
        ArgumentSetting("1", "7", 8, "u32"),
        ArgumentSetting("scale", "0.5"),
    )
    assert entry.budget == Budget(energy_j=0.01, energy_growth=0.05)
    assert entry.request.shared_bytes == 1024


def test_a_kernel_belongs_to_the_first_entry_that_fits(tmp_path: Path) -> None:
    found = said(
        tmp_path,
        ENTRY
        + "[[tool.ptxenergy.kernel]]\nmatch = '*'\nblock = 64\nbudget = { power_w = 300 }\n"
        + "[tool.ptxenergy.budget]\npower_w = 400\ntime_s = 1e-3\n",
    )
    first = found.entry_for("_Z9transposePfPKfii")
    other = found.entry_for("gemm")
    assert first is found.kernels[0]
    assert other is found.kernels[1]
    assert found.budget_for("_Z9transposePfPKfii") == Budget(power_w=400, time_s=1e-3)
    assert found.budget_for("gemm") == Budget(power_w=300, time_s=1e-3)


@pytest.mark.parametrize("pattern", ["_Z9transposeP*", "transpose", "transpose(float*, *)", "t*e"])
def test_a_pattern_is_over_mangled_demangled_and_short_names(pattern: str) -> None:
    assert KernelEntry(pattern).fits("_Z9transposePfPKfii")
    assert not KernelEntry(pattern).fits("_Z4gemmPf")


def test_the_nearest_file_that_says_something_counts(tmp_path: Path) -> None:
    inner = tmp_path / "member" / "src"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(ENTRY, encoding="utf-8")
    (tmp_path / "member" / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert find_settings(inner).file == tmp_path / "pyproject.toml"
    own = tmp_path / "member" / "ptxenergy.toml"
    own.write_text("", encoding="utf-8")
    assert find_settings(inner) == Settings(own)


def test_a_file_of_its_own_needs_no_prefix(tmp_path: Path) -> None:
    short = said(tmp_path, '[[kernel]]\nmatch = "k"\n[budget]\ntime_s = 1\n', "ptxenergy.toml")
    assert (short.kernels[0].place, short.budget.time_s) == ("ptxenergy.toml:1", 1.0)
    long = said(tmp_path, ENTRY, "release.toml")
    assert long.kernels[0].match == "transpose*"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.ptxenergy]\nkernals = 1\n", "unknown key 'kernals'; there are kernel, budget"),
        (ENTRY + "blok = 3\n", "pyproject.toml:1: .*unknown key 'blok'"),
        (ENTRY + "budget = { energy = 3 }\n", "pyproject.toml:1: .*unknown key 'energy'.*energy_j"),
        (ENTRY + "budget = { energy_j = -1 }\n", "energy_j = -1: a limit is above 0"),
        (ENTRY + "budget = { energy_j = true }\n", "energy_j = True: write a number"),
        (ENTRY + "budget = { energy_growth = 'x' }\n", "energy_growth = 'x'"),
        (ENTRY + "budget = 3\n", "is a table"),
        (ENTRY + "args = 3\n", "write `args` as a table"),
        (ENTRY + "args = { n = true }\n", "args: n is a number or a text"),
        (ENTRY + "shared = -4\n", "`shared` is a number of bytes"),
        (ENTRY + "grid = [0, 1]\n", "pyproject.toml:1: .*an extent below 1"),
        ("[[tool.ptxenergy.kernel]]\nblock = 3\n", "needs a `match` in quotes"),
        ("[tool.ptxenergy]\nkernel = 3\n", r"write each kernel as \[\[tool.ptxenergy.kernel\]\]"),
        ("[tool]\nptxenergy = 3\n", "is no table"),
        ("not toml", "cannot be read"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        said(tmp_path, text)


def test_the_second_of_two_entries_is_named_by_its_own_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pyproject.toml:5: "):
        said(tmp_path, ENTRY + "\n[[tool.ptxenergy.kernel]]\nmatch = 'k'\nnothing = 1\n")


def test_entries_that_are_written_inline_are_named_by_number(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pyproject.toml: kernel 2: .*unknown key 'x'"):
        said(tmp_path, "[tool.ptxenergy]\nkernel = [{match = 'a'}, {match = 'b', x = 1}]\n")


@given(st.floats(0, 1, exclude_max=True))
def test_a_growth_is_the_same_as_number_text_and_percentage(value: float) -> None:
    assert parse_growth(value) == parse_growth(repr(value)) == value
    assert parse_growth(f"{value:.6f} %") == pytest.approx(value / 100, abs=1e-8)


def test_a_bare_number_that_may_be_meant_in_per_cent_is_refused(tmp_path: Path) -> None:
    assert parse_growth("500%") == 5
    for value in (5, 1.0, "5"):
        with pytest.raises(ValueError, match=r"growth of \d+%: write it with its %"):
            parse_growth(value)
    with pytest.raises(InputError, match=r"energy_growth = 5.*growth of 500%"):
        said(tmp_path, ENTRY + "budget = { energy_growth = 5 }\n")


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "", "5%%", "-5%", True, None])
def test_what_is_no_growth_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        parse_growth(value)


@given(st.dictionaries(st.sampled_from(LIMITS), st.floats(0.1, 10)))
def test_a_budget_fills_up_from_another_and_keeps_its_own(own: dict[str, float]) -> None:
    every = Budget(**dict.fromkeys(LIMITS, 99.0))
    filled = Budget(**own).or_else(every)
    assert {name: getattr(filled, name) for name in LIMITS} == dict.fromkeys(LIMITS, 99.0) | own
    assert every.or_else(Budget(**own)) == every
