"""GPU descriptions load fast, by any spelling, and say exactly what is wrong with a bad one."""

from __future__ import annotations

import re
import shutil
import time
import tomllib
from pathlib import Path

import pytest

import ptxenergy.gpu
from ptxenergy.errors import GpuError
from ptxenergy.gpu import available, load, read_gpu
from ptxenergy.gpu.tables import read_toml
from tests.pace import allowed

FOLDER = Path(ptxenergy.gpu.__file__).parent / "gpus"


@pytest.mark.parametrize("name", ["h200", "H200", "H200-SXM", "h200 sxm", " h200"])
def test_finds_a_gpu_by_any_spelling(name: str) -> None:
    assert load(name).id == "h200"
    assert load(name) is load("h200")


@pytest.mark.parametrize(
    ("name", "id"),
    [("RTX 4090", "rtx4090"), ("A100", "a100"), ("H100_PCIe", "h100-pcie"), ("4090", "rtx4090")],
)
def test_finds_others(name: str, id: str) -> None:
    assert load(name).id == id


@pytest.mark.parametrize(("name", "near"), [("h20", "h200"), ("rtx4080", "rtx4090"), ("tt4", "t4")])
def test_an_unknown_name_is_answered_with_near_ones(name: str, near: str) -> None:
    with pytest.raises(GpuError, match=rf"'{name}'.*did you mean .*\b{near}\b"):
        load(name)


@pytest.mark.parametrize("name", ["", "zzzzzzzz", "../../etc/passwd", "sources", "aliases"])
def test_a_name_like_no_other_is_answered_with_all_or_near_ones(name: str) -> None:
    with pytest.raises(GpuError, match=r"known are|did you mean"):
        load(name)


def test_every_alias_leads_to_a_described_gpu_and_hides_none() -> None:
    aliases = read_toml(FOLDER / "aliases.toml")
    assert set(aliases.values()) <= set(available())
    assert not aliases.keys() & set(available())


def test_every_source_is_used_and_is_public() -> None:
    sources = read_toml(FOLDER / "sources.toml")
    used = {
        tag
        for path in (*FOLDER.glob("*.toml"), *FOLDER.glob("capability/*.toml"))
        for tags in re.findall(r'source = "([^"]*)"', path.read_text())
        for tag in tags.split()
    }
    assert used == sources.keys()


def test_loading_one_gpu_takes_under_ten_milliseconds() -> None:
    taken_s = []
    for _ in range(5):
        start = time.process_time()
        read_gpu(FOLDER / "h200.toml")
        taken_s.append(time.process_time() - start)
    assert min(taken_s) < allowed(0.010)


def test_listing_parses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("parsed a file")

    monkeypatch.setattr(tomllib, "loads", refuse)
    assert "h200" in available()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "gpus"))


def test_a_copied_description_reads_the_same(folder: Path) -> None:
    assert read_gpu(folder / "t4.toml") == load("t4")


SM = 'sm_count = { value = 40, unit = "SM", source = "tpu", note = "cores over lanes per SM" }'


@pytest.mark.parametrize(
    ("replacement", "said"),
    [
        ("", "t4.toml: sm_count: is missing here and in capability 7.5"),
        ("sm_count = 40", "t4.toml: sm_count: write"),
        ('sm_count = { value = 40, unit = "SM" }', "sm_count: has no source"),
        ('sm_count = { value = 40, source = "tpu" }', "sm_count: has no unit"),
        ('sm_count = { unit = "SM", source = "tpu" }', "sm_count: has no value"),
        ('sm_count = { value = 40, unit = "SM", source = "" }', "sm_count: has no source"),
        ('sm_count = { value = 40, unit = "SM", source = "x9" }', "'x9' is not in sources.toml"),
        ('sm_count = { value = 40, unit = "MHz", source = "tpu" }', "'MHz', expected SM"),
        ('sm_count = { value = 0, unit = "SM", source = "tpu" }', "not positive"),
        ('sm_count = { value = nan, unit = "SM", source = "tpu" }', "not positive"),
        ('sm_count = { value = inf, unit = "SM", source = "tpu" }', "not positive and finite"),
        ('sm_count = { value = 1.5, unit = "SM", source = "tpu" }', "not a whole number of SM"),
        ('sm_count = { value = "40", unit = "SM", source = "tpu" }', "'40' is not a number"),
        ('sm_count = { value = true, unit = "SM", source = "tpu" }', "True is not a number"),
        ('sm_count = { value = 40, unit = "SM", source = "tpu", by = "me" }', "unknown key by"),
        (
            'sm_count = { value = 40, unit = "SM", source = "tpu", estimated = "no" }',
            "estimated is true or false",
        ),
        (f"{SM}\nsms = 3", "t4.toml: sms: there is no such field"),
        (f"{SM}\n[energy_pj]\nlove = 3", "t4.toml: energy_pj.love: there is no such field"),
        (f"{SM}\nlimits = 3", "t4.toml: limits: there is no such field"),
        ("sm_count = {", "t4.toml: cannot be read"),
    ],
)
def test_a_bad_description_is_refused_by_file_and_field(
    folder: Path, replacement: str, said: str
) -> None:
    path = folder / "t4.toml"
    text = path.read_text()
    assert SM in text
    path.write_text(text.replace(SM, "") + "\n" + replacement + "\n")
    with pytest.raises(GpuError, match=re.escape(said)):
        read_gpu(path)


@pytest.mark.parametrize(
    ("capability", "said"),
    [("9.9", "9.9.toml: cannot be read"), ("../7.5", "is not major.minor"), ("", "expected text")],
)
def test_a_bad_capability_is_refused(folder: Path, capability: str, said: str) -> None:
    path = folder / "t4.toml"
    path.write_text(path.read_text().replace('value = "7.5"', f'value = "{capability}"'))
    with pytest.raises(GpuError, match=re.escape(said)):
        read_gpu(path)


def test_a_missing_capability_or_file_is_refused(folder: Path) -> None:
    path = folder / "t4.toml"
    path.write_text(
        "\n".join(line for line in path.read_text().splitlines() if "capability =" not in line)
    )
    with pytest.raises(GpuError, match=r"t4\.toml: compute_capability: is missing"):
        read_gpu(path)
    with pytest.raises(GpuError, match=r"none\.toml: cannot be read"):
        read_gpu(folder / "none.toml")


def test_a_gpu_overrides_its_capability_and_scales_units(folder: Path) -> None:
    path = folder / "t4.toml"
    path.write_text(
        path.read_text()
        + '\n[limits]\nmax_shared_bytes_per_block = { value = 32, unit = "KiB", source = "pg" }\n'
    )
    assert read_gpu(path).limits.max_shared_bytes_per_block == 32768
    assert load("t4").limits.max_shared_bytes_per_block == 65536
    assert load("t4").dram_bytes_per_s == 320e9
