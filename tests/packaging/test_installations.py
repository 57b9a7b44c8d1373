"""A wheel, an editable install and a bare checkout all find the grammar and the models."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "transpose.ptx"
WHERE = """
import json, pathlib, ptxenergy
from ptxenergy.shipped import shipped
print(json.dumps([str(pathlib.Path(ptxenergy.__file__).parent),
                  str(shipped("grammar", "ptx.lark")), str(shipped("models", "README.md"))]))
"""


def _call(*command: str | Path, cwd: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _environment(folder: Path) -> Path:
    """A fresh environment that borrows this one's dependencies, but not its ptxenergy: paths that
    a .pth file adds are not searched for .pth files."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    purelib = Path(
        _call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    own = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (purelib / "borrowed.pth").write_text("\n".join(own) + "\n")
    return python


def _install(python: Path, *what: str | Path) -> None:
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    _call(*pip, "--no-deps", "--no-index", "--no-build-isolation", *what)


def _predicts(python: Path, cwd: Path) -> None:
    told = _call(
        python, "-m", "ptxenergy", "predict", EXAMPLE, "--block", "32x8", "--json", cwd=cwd
    )
    assert json.loads(told)["results"][0]["kernel"] == "_Z9transposePfPKfii"


def _places(python: Path, cwd: Path) -> list[Path]:
    return [Path(place) for place in json.loads(_call(python, "-c", WHERE, cwd=cwd))]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_a_wheel_brings_its_data(wheel: Path, tmp_path: Path) -> None:
    python = _environment(tmp_path / "env")
    _install(python, wheel)
    package, grammar, models = _places(python, tmp_path)
    assert tmp_path in package.parents
    assert grammar == package / "_shipped" / "grammar" / "ptx.lark"
    assert models == package / "_shipped" / "models" / "README.md"
    _predicts(python, tmp_path)
    script = python.parent / "ptxenergy"
    assert _call(script, "--version", cwd=tmp_path).startswith("ptxenergy ")


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ptxenergy"}
    for needed in (
        *("py.typed", "report/schemas/prediction.json", "gpu/gpus/h200.toml"),
        *("report/templates/card.md.j2", "report/templates/evaluation.html.j2"),
        *(f"report/templates/explanation.{kind}" for kind in ("html.j2", "css", "js")),
    ):
        assert f"ptxenergy/{needed}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_an_editable_install_reads_the_checkout(tmp_path: Path) -> None:
    python = _environment(tmp_path / "env")
    _install(python, "--editable", ROOT)
    package, grammar, models = _places(python, tmp_path)
    assert package == ROOT / "ptxenergy"
    assert grammar == ROOT / "grammar" / "ptx.lark"
    assert models == ROOT / "models" / "README.md"
    _predicts(python, tmp_path)


def test_a_bare_checkout_needs_no_installation(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    skip = shutil.ignore_patterns("__pycache__")
    for folder in ("ptxenergy", "grammar", "models"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=skip)
    python = _environment(tmp_path / "env")
    package, grammar, _ = _places(python, checkout)
    assert package == checkout / "ptxenergy"
    assert grammar == checkout / "grammar" / "ptx.lark"
    _predicts(python, checkout)


def test_ci_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert lines.index("make demo") < lines.index("make test") < 30
