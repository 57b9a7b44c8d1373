"""Optional packages stay optional: importing ptxenergy, and every hook of it, imports none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPTIONAL = (
    *("triton", "numba", "numba_cuda", "cupy", "cuda", "kernel_tuner", "torch", "jax", "pynvml"),
    *("matplotlib", "jinja2", "dask", "distributed", "sklearn", "pandas", "pyarrow", "joblib"),
    *("scipy", "threadpoolctl"),
)
# A package that is not installed cannot be imported by mistake: so each is made to fail, too.
SCRIPT = """
import sys
optional = set({optional})

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in optional and path is None:
            asked.add(name)
        return None

asked = set()
sys.meta_path.insert(0, Refused())
from importlib import import_module
for module in {modules}:
    import_module(module)
sys.exit(" ".join(sorted(asked | optional & set(sys.modules))))
"""


def imported(*modules: str) -> str:
    """Which optional packages these modules ask for when they are imported."""
    script = SCRIPT.format(optional=OPTIONAL, modules=modules)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    return done.stderr.strip()


def test_importing_ptxenergy_imports_no_optional_package() -> None:
    commands = (ROOT / "ptxenergy" / "cli").glob("[a-z]*.py")
    names = [f"ptxenergy.cli.{path.stem}" for path in sorted(commands)]
    assert imported("ptxenergy", "ptxenergy.pipeline", *names) == ""


def test_nor_does_importing_a_hook() -> None:
    hooks = sorted((ROOT / "ptxenergy" / "hooks").glob("[a-z]*.py"))
    names = [f"ptxenergy.hooks.{path.stem}" for path in hooks]
    assert "ptxenergy.hooks.triton" in names and "ptxenergy.hooks.kernel_tuner" in names
    assert imported(*names) == ""


def test_the_test_would_see_one() -> None:
    assert imported("threadpoolctl") == "threadpoolctl"
