"""The recipe for JAX, on a dump that XLA wrote for an H100 (JAX 0.10.2, no GPU there)."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from ptxenergy.launch.request import Dim3, LaunchRequest
from tests.cli.commands import ROOT

DUMP = Path(__file__).resolve().parent / "xla_dump"


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    path = ROOT / "examples" / "jax" / "energy.py"
    spec = importlib.util.spec_from_file_location("jax_energy", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_dump_is_predicted_at_xla_s_own_launches(recipe: ModuleType) -> None:
    (found,) = recipe.predictions(DUMP, "h100")
    launch = found.inspection.profile.launch
    assert (launch.grid, launch.block) == (Dim3(1024), Dim3(128))
    assert launch.assumptions == () and found.inspection.profile.exact.all


def test_without_xla_s_launches_they_are_assumed(recipe: ModuleType, tmp_path: Path) -> None:
    for path in DUMP.glob("*.ptx"):
        shutil.copy(path, tmp_path)
    (found,) = recipe.predictions(tmp_path, "h100")
    codes = {assumption.code for assumption in found.inspection.profile.launch.assumptions}
    assert codes == {"grid"}


def test_launches_are_read_by_module_and_kernel(recipe: ModuleType, tmp_path: Path) -> None:
    line = (
        "%s: kKernel wrapped_add grid: [%d, 2, 1] threads: [64, 1, 1]  shared_memory: 512 bytes\n"
    )
    for module, blocks in (("module_0001", 7), ("module_0002", 9)):
        path = tmp_path / f"{module}.jit_g.thunk_sequence.txt"
        path.write_text(line % ("001", blocks) + "002: kCopy\n", encoding="ascii")
    found = recipe.launches(tmp_path)
    assert found["module_0002", "wrapped_add"] == LaunchRequest(
        block=Dim3(64), grid=Dim3(9, 2), shared_bytes=512
    )
    assert len(found) == 2
