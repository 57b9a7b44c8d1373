"""Plugins: broken ones are named and left out; the example is installed by pip and used."""

from __future__ import annotations

import gzip
import json
import logging
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import invalidate_caches
from importlib.metadata import EntryPoint
from pathlib import Path

import jsonschema
import pytest

from ptxenergy.errors import GpuError
from ptxenergy.features.vector import FEATURE_SET, feature_set, features_of
from ptxenergy.gpu import available, load
from ptxenergy.model.artifact import ModelError
from ptxenergy.model.board import Board
from ptxenergy.model.calibrated import check_model, feature_row, predict_calibrated
from ptxenergy.pipeline import Options, predict
from ptxenergy.plugins import GROUP, Host, using
from tests.cli.commands import EXAMPLE, ROOT, outcome
from tests.model.handmade_model import model

Install = Callable[..., Host]
START = "from ptxenergy.plugins import hookimpl\nptxenergy_spec = 1\n@hookimpl\n"
OBSERVER = "def ptxenergy_predicted(prediction):\n    seen.append(prediction)\nseen = []\n"
BROKEN = "def ptxenergy_predicted(prediction):\n    raise KeyError('no\\nkey')\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Makes plugins of some sources, for the time of a test."""
    monkeypatch.syspath_prepend(tmp_path)
    with ExitStack() as stack:

        def install(**sources: str) -> Host:
            for name, source in sources.items():
                (tmp_path / f"{tmp_path.name}_{name}.py").write_text(source, encoding="utf-8")
            invalidate_caches()
            entries = [EntryPoint(name, f"{tmp_path.name}_{name}", GROUP) for name in sources]
            return stack.enter_context(using(Host(entries)))

        yield install


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


def predict_example() -> float:
    (found,) = predict(EXAMPLE, Options(gpu="a100")).results
    return found.energy_j.value


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named"),
        ("x = 1 / 0", "ZeroDivisionError: division by zero"),
        (START.replace("ptxenergy_spec = 1", "") + OBSERVER, "it lacks ptxenergy_spec = 1"),
        (START.replace("= 1", "= 2") + OBSERVER, "written for version 2 of the specification"),
        (START + "def ptxenergy_predicted(forecast):\n    pass\n", "PluginValidationError"),
        (START + "def ptxenergy_prophesied():\n    pass\n", "PluginValidationError"),
        (START + BROKEN, "KeyError: 'no\\nkey'"),
    ],
)
def test_a_broken_plugin_is_named_once_and_left_out(
    install: Install, caplog: pytest.LogCaptureFixture, source: str, fault: str
) -> None:
    alone = predict_example()
    host = install(broken=source, whole=START + OBSERVER)
    assert (predict_example(), predict_example()) == (alone, alone)
    (line,) = warned(caplog)
    assert line.startswith("ptxenergy: warning: plugin broken is skipped: ") and fault in line
    assert "\n" not in line
    broken, whole, shipped = host.plugins
    assert broken.fault and fault in line
    assert (whole.fault, whole.answers) == ("", ("ptxenergy_predicted",))
    assert shipped.answers == ("ptxenergy_compile",)
    seen = sys.modules[f"{Path(sys.path[0]).name}_whole"].seen
    assert [one.energy_j.value for one in seen] == [alone, alone]


def test_without_plugins_pluggy_is_not_loaded() -> None:
    script = (
        "import sys\n"
        "from ptxenergy.cli.main import run\n"
        "code = run(['predict', 'examples/transpose.ptx', '--block', '32x8', '--json'])\n"
        "sys.exit(code or 'pluggy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


GPUS = "from pathlib import Path\n" + START + "def ptxenergy_gpus():\n    return [Path({path!r})]\n"


def test_a_gpu_of_a_plugin_is_like_any_other(install: Install, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    own = (ROOT / "ptxenergy" / "gpu" / "gpus" / "a100.toml").read_text(encoding="utf-8")
    mine.write_text(own.replace("value = 108", "value = 54"), encoding="utf-8")
    install(more=GPUS.format(path=str(mine)))
    assert "mine" in available() and "a100" in available()
    assert load("MINE").sm_count == 54
    assert load("mine").limits == load("a100").limits
    with pytest.raises(GpuError, match="did you mean mine"):
        load("minee")


def test_a_gpu_that_is_broken_or_taken_skips_its_plugin(
    install: Install, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mine.toml").write_text("sm_count = 3", encoding="ascii")
    install(
        one=GPUS.format(path=str(tmp_path / "mine.toml")),
        two=GPUS.format(path=str(tmp_path / "h200.toml")),
    )
    assert "mine" not in available() and load("h200").sm_count == 132
    first, second = warned(caplog)
    assert "plugin one is skipped: GpuError: mine.toml: sm_count" in first
    assert "plugin two is skipped: GpuError: h200.toml: a GPU h200 is there already" in second
    with pytest.raises(GpuError, match="no GPU is called 'mine'"):
        load("mine")


FRONT_END = (
    """
from ptxenergy.errors import InputError
def _unpack(path):
    text = path.read_text()
    if text == "wrong":
        raise InputError(f"{path.name}: line 1: wrong")
    return open(text, "rb").read()
"""
    + START
    + "def ptxenergy_compile(path, gpu):\n"
    "    return _unpack(path) if path.suffix == '.my' else None\n"
)


def test_a_front_end_makes_ptx_of_a_source(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(mine=FRONT_END)
    source = tmp_path / "kernel.my"
    source.write_text(EXAMPLE, encoding="ascii")
    for command in ("predict", "inspect", "explain", "parse"):
        told = outcome(capsys, command, str(source))
        assert (told.code, told.err) == (0, "") and "transpose" in told.out
    source.write_text("wrong", encoding="ascii")
    told = outcome(capsys, "predict", str(source))
    assert (told.code, told.err) == (2, "error: kernel.my: line 1: wrong\n")


def test_a_cuda_source_is_compiled_by_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cuda.bindings.nvrtc", reason="NVIDIA's bindings are missing")
    monkeypatch.setattr("ptxenergy.hooks.cuda_source._find_nvcc", lambda: None)
    (tmp_path / "half.h").write_text("#define HALF 0.5f\n", encoding="ascii")
    source = tmp_path / "kernel.cu"
    body = '#include "half.h"\nextern "C" __global__ void k(float *x) { x[threadIdx.x] *= HALF; }\n'
    source.write_text(body, encoding="ascii")
    told = outcome(capsys, "predict", str(source), "--block", "64", "--json", "--gpu", "a100")
    (found,) = json.loads(told.out)["results"]
    assert (found["kernel"], found["file"], found["gpu"]) == ("k", str(source), "a100")
    source.write_text("nonsense;", encoding="ascii")
    told = outcome(capsys, "predict", str(source))
    assert told.code == 2 and "NVRTC refuses" in told.err and "no nvcc on the PATH" in told.err


@pytest.mark.nvcc
def test_nvcc_compiles_a_cuda_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ptxenergy.hooks.cuda_source import _find_nvcc

    if _find_nvcc() is None:
        pytest.skip("no nvcc here")
    told = outcome(capsys, "predict", str(ROOT / "examples" / "transpose.cu"), "--json")
    assert json.loads(told.out)["results"][0]["kernel"] == "_Z9transposePfPKfii"
    source = tmp_path / "kernel.cu"
    source.write_text("nonsense;", encoding="ascii")
    told = outcome(capsys, "predict", str(source))
    assert told.code == 2 and "nvcc refuses" in told.err and "nonsense" in told.err


FEATURES = (
    "from ptxenergy.features.extractor import Extractor\n"
    "from ptxenergy.features.feature_set import Feature\n" + START + "def ptxenergy_features():\n"
    "    names = (Feature('waves', '1', 'waves'), Feature('none', '1', '-'))\n"
    "    return Extractor('3', names, values)\n"
)


def test_features_of_a_plugin_stand_behind_ours(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    values = "def values(inspection, bound, gpu):\n    return {'waves': inspection.waves}\n"
    install(mine=FEATURES + values)
    known = feature_set()
    assert known.version == f"{FEATURE_SET.version}+mine/3"
    assert known.names == (*FEATURE_SET.names, "mine.waves", "mine.none")
    assert known.knows(FEATURE_SET.version) and not FEATURE_SET.knows(known.version)
    (found,) = predict(EXAMPLE, Options(gpu="a100")).results
    row = features_of(found.inspection, found.bound, load("a100"))
    assert len(row) == len(known.names)
    assert row[-2] == found.inspection.waves and math.isnan(row[-1])
    assert warned(caplog) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (FEATURES + "def values(inspection, bound, gpu):\n    return 5\n", "AttributeError"),
        (START + "def ptxenergy_features():\n    return 5\n", "gave int, not an Extractor"),
        (FEATURES.replace("'3'", "'3+4'") + "values = None\n", "is empty or has a + or /"),
    ],
)
def test_a_broken_extractor_is_named_once(
    install: Install, caplog: pytest.LogCaptureFixture, source: str, fault: str
) -> None:
    install(mine=source)
    (found,) = predict(EXAMPLE, Options(gpu="a100")).results
    for _ in range(2):
        row = features_of(found.inspection, found.bound, load("a100"))
        assert all(math.isnan(value) for value in row[len(FEATURE_SET.names) :])
    (line,) = warned(caplog)
    assert "plugin mine is skipped" in line and fault in line


def test_a_model_of_a_plugin_s_features_needs_the_plugin(install: Install) -> None:
    values = "def values(inspection, bound, gpu):\n    return {'waves': inspection.waves}\n"
    made = model(("mine.waves",), gpu="a100", feature_version=f"{FEATURE_SET.version}+mine/3")
    own = model((FEATURE_SET.names[0],), gpu="a100", feature_version=FEATURE_SET.version)
    with pytest.raises(ModelError, match=r"\+mine/3 .* install the plugins"):
        check_model(made, load("a100"))
    with pytest.raises(ModelError, match=r"unknown features: mine\.waves"):
        check_model(made, load("a100"), any_model=True)
    install(mine=FEATURES + values)
    for one in (made, own):
        check_model(one, load("a100"))
    (bound,) = predict(EXAMPLE, Options(gpu="a100")).results
    assert feature_row(bound, made, load("a100")).tolist() == [[bound.inspection.waves]]
    corrected = predict_calibrated(bound, made, load("a100"), Board())
    assert corrected.feature_version == made.header.feature_version


REPORTERS = (
    START + "def ptxenergy_reporters():\n"
    "    return {'count': lambda p: f'{len(p.results)} kernels', 'bad': lambda p: 1 / 0}\n"
)


def test_a_reporter_prints_what_it_makes(
    install: Install, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    install(mine=REPORTERS)
    told = outcome(capsys, "predict", EXAMPLE, "--reporter", "count")
    assert (told.code, told.out, told.err) == (0, "1 kernels\n", "")
    told = outcome(capsys, "predict", EXAMPLE, "--reporter", "table")
    assert told.code == 2 and "no such reporter; there are bad, count" in told.err
    told = outcome(capsys, "predict", EXAMPLE, "--reporter", "count", "--json")
    assert told.code == 2 and "give one of them" in told.err
    told = outcome(capsys, "predict", EXAMPLE, "--reporter", "bad")
    assert (told.code, told.out) == (2, "") and "plugin mine failed" in told.err
    assert ["ZeroDivisionError" in line for line in warned(caplog)] == [True]


def test_plugins_are_listed(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(broken="import no_such_module_at_all", mine=REPORTERS)
    told = outcome(capsys, "plugins")
    assert told.code == 0
    for word in ("broken", "skipped: ModuleNotFoundError", "mine", "reporters", "front end"):
        assert word in told.out
    document = json.loads(outcome(capsys, "plugins", "--json").out)
    schema = ROOT / "ptxenergy" / "report" / "schemas" / "plugins.json"
    jsonschema.validate(document, json.loads(schema.read_text(encoding="utf-8")))
    assert [one["name"] for one in document["plugins"]] == ["broken", "mine", "cuda"]


SCRIPT = """
import sys
from ptxenergy.cli.main import run
packed, table, *rest = sys.argv[1:]
launch = [packed, "--block", "32x8", "--gpu", "half-a100"]
code = run(["plugins", "--json"]) or run(["predict", *launch, "--reporter", "csv"])
sys.exit(code or run(["features", *launch, "--out", table]) or run(["gpus", "half-a100"]))
"""


def test_the_example_is_installed_and_used(tmp_path: Path) -> None:
    place = tmp_path / "installed"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    alone = ("--no-deps", "--no-build-isolation", "--no-index", "--target", str(place))
    # A copy, so that what building leaves lies there.
    copy = tmp_path / "plugin"
    subprocess.run(["cp", "-r", str(ROOT / "examples" / "plugin"), str(copy)], check=True)
    subprocess.run([*pip, *alone, str(copy)], check=True, timeout=600)
    packed, table, log = tmp_path / "k.ptx.gz", tmp_path / "t.csv", tmp_path / "log.jsonl"
    packed.write_bytes(gzip.compress(Path(EXAMPLE).read_bytes()))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(packed), str(table)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(place), "EXAMPLE_LOG": str(log), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (done.returncode, done.stderr) == (0, "")
    document, end = json.JSONDecoder().raw_decode(done.stdout)
    example, _ = document["plugins"]
    assert example["package"] == "ptxenergy-example 0.1.0" and len(example["answers"]) == 5
    rest = done.stdout[end:].strip().splitlines()
    assert rest[0] == "kernel,gpu,energy_j,time_s,power_w,calibrated"
    kernel, gpu, energy, *_, calibrated = rest[1].split(",")
    assert (kernel, gpu, calibrated) == ("_Z9transposePfPKfii", "half-a100", "False")
    told = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert told[0] == {"kernel": kernel, "energy_j": float(energy)}
    header, row = table.read_text(encoding="utf-8").splitlines()
    columns = dict(zip(header.split(","), row.split(","), strict=True))
    assert columns["feature_version"] == f"{FEATURE_SET.version}+example/1"
    assert float(columns["example.bytes_per_instruction"]) > 0
    assert "half of what is published" in done.stdout
