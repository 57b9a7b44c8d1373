"""NVRTC: CUDA C++ → PTX → predictions, without a GPU and without a CUDA toolkit.

    ptxenergy.hooks.nvrtc.predict(source, gpu="a100", block=256, grid=4096)

The library comes with `pip install 'ptxenergy[nvrtc]'` (cuda-bindings and nvidia-cuda-nvrtc), or
with CuPy; the first of them that is there is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from ptxenergy.errors import PtxEnergyError
from ptxenergy.gpu import load
from ptxenergy.hooks.compiled import Compiled, options_for, predict_compiled, request_of
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options

Compile: TypeAlias = Callable[
    [str, str, Sequence[str], Sequence[str]], tuple[bytes, dict[str, str]]
]
"""(source, its name, options, name expressions) → PTX, and the mangled name of each expression."""
_ARCHITECTURE = re.compile(r"(?:--gpu-architecture|-arch)(?:=.*)?")
_LONGEST_LOG_LINES = 12


class CompilationError(PtxEnergyError):
    """NVRTC refuses a source, or is not installed."""

    code = "compilation"


def predict(
    source: str,
    *arguments: Any,
    kernel: str | None = None,
    grid: int | Iterable[int] | None = None,
    block: int | Iterable[int] | None = None,
    shared_bytes: int = 0,
    gpu: str | None = None,
    options: Options | None = None,
    compiler_options: Sequence[str] = (),
    name: str = "kernel.cu",
) -> tuple[Prediction, ...]:
    """Predict the kernels of a CUDA source, or the one that `kernel` names.

    `kernel` may be an instance of a template: `scale<float>`. `arguments` are a call's values in
    order; numbers are taken, anything else stands for a pointer. Raises CompilationError and
    PtxEnergyError.
    """
    options = options_for(gpu, options)
    wanted = (kernel,) if kernel is not None and "<" in kernel else ()
    capability = load(options.gpu).compute_capability
    text, names = compile_source(source, capability, name, compiler_options, wanted)
    request = request_of(arguments, grid, block, shared_bytes)
    chosen = kernel if kernel is None else names.get(kernel, kernel)
    return predict_compiled(Compiled(text, name, chosen, request), options)


def compile_source(
    source: str,
    capability: tuple[int, int],
    name: str = "kernel.cu",
    options: Sequence[str] = (),
    expressions: Sequence[str] = (),
    compile_: Compile | None = None,
) -> tuple[bytes, dict[str, str]]:
    """The PTX of a source for a compute capability, and the mangled names of the expressions.

    An architecture among the options gives way to the capability; line numbers are asked for.
    Raises CompilationError with NVRTC's own words, or with what to install.
    """
    major, minor = capability
    own = [one for one in options if not _ARCHITECTURE.fullmatch(one)]
    asked = [f"--gpu-architecture=compute_{major}{minor}", "--generate-line-info", *own]
    return (compile_ or _find())(source, name, asked, expressions)


def _find() -> Compile:
    try:
        from cuda.bindings import nvrtc
    except ImportError:
        try:
            from cupy.cuda import nvrtc as cupy_nvrtc
        except ImportError:
            raise CompilationError(
                "NVRTC is not installed: pip install 'ptxenergy[nvrtc]'"
            ) from None
        return by_cupy(cupy_nvrtc)
    compile_ = by_bindings(nvrtc)
    return lambda source, name, options, expressions: compile_(
        source, name, (*options, *_headers()), expressions
    )


def _headers() -> list[str]:
    """Where CUDA's own headers are (`cuda_fp16.h`), if they are: NVRTC does not look for them."""
    try:
        from cuda.pathfinder import find_nvidia_header_directory
    except ImportError:
        return []
    found = (find_nvidia_header_directory(name) for name in ("cudart", "cccl"))
    return [f"-I{folder}" for folder in found if folder]


def by_bindings(nvrtc: Any) -> Compile:
    """Compiles through `cuda.bindings.nvrtc`."""

    def call(function: str, *values: Any) -> Any:
        try:
            status, *results = getattr(nvrtc, function)(*values)
        except RuntimeError as error:  # the library is not where the bindings look
            raise CompilationError(f"NVRTC cannot be loaded: {error}") from error
        if status != nvrtc.nvrtcResult.NVRTC_SUCCESS:
            raise _StatusError(status)
        return results[0] if results else None

    def text_of(kind: str, program: Any) -> bytes:
        text = b" " * call(f"nvrtcGet{kind}Size", program)
        call(f"nvrtcGet{kind}", program, text)
        return bytes(text).rstrip(b"\0")

    def compile_(
        source: str, name: str, options: Sequence[str], expressions: Sequence[str]
    ) -> tuple[bytes, dict[str, str]]:
        program = call("nvrtcCreateProgram", source.encode(), name.encode(), 0, [], [])
        for expression in expressions:
            call("nvrtcAddNameExpression", program, expression.encode())
        try:
            call("nvrtcCompileProgram", program, len(options), [one.encode() for one in options])
        except _StatusError:
            raise _refused(name, text_of("ProgramLog", program).decode(errors="replace")) from None
        names = {
            expression: call("nvrtcGetLoweredName", program, expression.encode()).decode()
            for expression in expressions
        }
        return text_of("PTX", program), names

    return compile_


def by_cupy(nvrtc: Any) -> Compile:
    """Compiles through `cupy.cuda.nvrtc`."""

    def compile_(
        source: str, name: str, options: Sequence[str], expressions: Sequence[str]
    ) -> tuple[bytes, dict[str, str]]:
        program = nvrtc.createProgram(source, name, (), ())
        try:
            for expression in expressions:
                nvrtc.addNameExpression(program, expression)
            try:
                nvrtc.compileProgram(program, tuple(options))
            except nvrtc.NVRTCError:
                raise _refused(name, nvrtc.getProgramLog(program)) from None
            names = {one: nvrtc.getLoweredName(program, one) for one in expressions}
            return bytes(nvrtc.getPTX(program)).rstrip(b"\0"), names
        finally:
            nvrtc.destroyProgram(program)

    return compile_


class _StatusError(CompilationError):
    """A call of NVRTC that did not succeed."""

    def __init__(self, status: Any) -> None:
        super().__init__(f"NVRTC: {getattr(status, 'name', status)}")


def _refused(name: str, log: str) -> CompilationError:
    lines = [line for line in log.splitlines() if line.strip()]
    shown = "\n".join(f"  {line}" for line in lines[:_LONGEST_LOG_LINES])
    return CompilationError(f"NVRTC refuses {name}:\n{shown}")
