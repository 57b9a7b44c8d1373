"""CuPy: predict a RawKernel, or a kernel of a RawModule, by compiling its source once more.

    ptxenergy.hooks.cupy.predict(kernel, x, y, 1000, grid=4, block=256, gpu="a100")

CuPy keeps no PTX: the source is given to CuPy's own NVRTC with the options that CuPy gives it. The
kernel itself is not touched, and no GPU is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ptxenergy.errors import InputError
from ptxenergy.gpu import load
from ptxenergy.hooks.compiled import Compiled, options_for, predict_compiled, request_of
from ptxenergy.hooks.nvrtc import by_cupy, compile_source
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options

# CuPy adds this to what the user asks for (cupy.cuda.compiler).
_CUPY_OPTIONS = ("-ftz=true",)


def predict(
    kernel: Any,
    *arguments: Any,
    name: str | None = None,
    grid: int | Iterable[int] | None = None,
    block: int | Iterable[int] | None = None,
    shared_bytes: int = 0,
    gpu: str | None = None,
    options: Options | None = None,
) -> tuple[Prediction, ...]:
    """Predict a `cupy.RawKernel`, or of a `cupy.RawModule` the kernel `name`, else all of them.

    `arguments` are a call's values in order; numbers are taken, anything else is a pointer. A
    module that was loaded from a file must be one of PTX. Raises CompilationError, PtxEnergyError.
    """
    options = options_for(gpu, options)
    text, names = _ptx(kernel, load(options.gpu).compute_capability)
    wanted = name if name is not None else getattr(kernel, "name", None)
    request = request_of(arguments, grid, block, shared_bytes)
    chosen = wanted if wanted is None else names.get(wanted, wanted)
    return predict_compiled(Compiled(text, "cupy", chosen, request), options)


def _ptx(kernel: Any, capability: tuple[int, int]) -> tuple[bytes, dict[str, str]]:
    """The PTX of a kernel or module, and the mangled names of its name expressions."""
    from cupy._core.core import assemble_cupy_compiler_options
    from cupy.cuda import nvrtc

    if not hasattr(kernel, "code"):
        raise InputError(f"{type(kernel).__name__} has no source: give a RawKernel or a RawModule")
    if kernel.code is None:
        path = Path(kernel.file_path)
        if path.suffix != ".ptx":
            raise InputError(f"{path}: a module that was loaded from a file must be one of PTX")
        return path.read_bytes(), {}
    asked = (*assemble_cupy_compiler_options(tuple(kernel.options)), *_CUPY_OPTIONS)
    expressions = tuple(getattr(kernel, "name_expressions", None) or ())
    return compile_source(kernel.code, capability, "cupy.cu", asked, expressions, by_cupy(nvrtc))
