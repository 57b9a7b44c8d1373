"""The front end that ships: CUDA C++ → PTX, by nvcc where there is one, else by NVRTC."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ptxenergy.gpu import load
from ptxenergy.hooks.nvrtc import CompilationError, compile_source
from ptxenergy.plugins import SPEC_VERSION, hookimpl
from ptxenergy.program.ptxas import DEFAULT_FOLDERS

ptxenergy_spec = SPEC_VERSION
_DEFAULT_GPU = "h200"
_SUFFIXES = (".cu", ".cuh")
_SHOWN_LINES = 12


@hookimpl
def ptxenergy_compile(path: Path, gpu: str | None) -> bytes | None:
    """The PTX of a CUDA source, with line numbers; None for others. Raises CompilationError."""
    if path.suffix not in _SUFFIXES:
        return None
    capability = load(gpu or _DEFAULT_GPU).compute_capability
    nvcc = _find_nvcc()
    if nvcc is not None:
        return _by_nvcc(nvcc, path, capability)
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CompilationError(f"{path} cannot be read: {error}") from error
    folder = path.parent.absolute()
    try:
        return compile_source(source, capability, str(path), (f"-I{folder}",))[0]
    except CompilationError as error:
        raise CompilationError(
            f"{error}\n  (there is no nvcc on the PATH, which takes more)"
        ) from None


def _find_nvcc() -> str | None:
    homes = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH")]
    paths = [str(Path(home, "bin")) for home in homes if home]
    found = (shutil.which("nvcc", path=path) for path in (None, *paths, *DEFAULT_FOLDERS))
    return next((one for one in found if one), None)


def _by_nvcc(nvcc: str, path: Path, capability: tuple[int, int]) -> bytes:
    major, minor = capability
    command = [nvcc, "-ptx", "-lineinfo", f"-arch=compute_{major}{minor}", "-o", "-", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise CompilationError(f"{nvcc} cannot be run: {error}") from error
    if done.returncode:
        lines = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines()
        shown = "\n".join(f"  {line}" for line in lines[:_SHOWN_LINES])
        raise CompilationError(f"nvcc refuses {path}:\n{shown}")
    return done.stdout
