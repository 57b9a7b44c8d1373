"""Numba-CUDA: predict a kernel from its dispatcher and a signature, or from the values of a call.

    ptxenergy.hooks.numba.predict(saxpy[128, 256], 2.0, x, y, gpu="a100")

Numba compiles it for the GPU's capability; no GPU and no driver is needed. Arrays are passed as
numbers too (shape and strides), so that with values a kernel's guards are decided.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from ptxenergy.errors import InputError
from ptxenergy.gpu import load
from ptxenergy.hooks.compiled import Compiled, options_for, predict_compiled, request_of
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options

# What a dispatcher was decorated with that its PTX depends on.
_OPTIONS = ("debug", "lineinfo", "fastmath", "opt", "forceinline", "launch_bounds")


def predict(
    kernel: Any,
    *arguments: Any,
    grid: int | Iterable[int] | None = None,
    block: int | Iterable[int] | None = None,
    shared_bytes: int = 0,
    gpu: str | None = None,
    options: Options | None = None,
) -> Prediction:
    """Predict a kernel of `@cuda.jit`, or of `kernel[grid, block]`, for these arguments.

    `arguments` are values, Numba types, or one signature (also in quotes, or a tuple of types);
    what has no value is assumed. `options` says the rest and, without `gpu`, the GPU. Raises
    PtxEnergyError, and what Numba raises.
    """
    if hasattr(kernel, "dispatcher"):
        grid = kernel.griddim if grid is None else grid
        block = kernel.blockdim if block is None else block
        shared_bytes = shared_bytes or kernel.sharedmem
        kernel = kernel.dispatcher
    options = options_for(gpu, options)
    types, values = _types_and_values(arguments)
    text = compile_ptx(kernel, types, load(options.gpu).compute_capability)
    request = request_of(list(_flat(types, values)), grid, block, shared_bytes)
    return predict_compiled(Compiled(text, "numba", request=request), options)[0]


def compile_ptx(kernel: Any, types: Sequence[Any], capability: tuple[int, int]) -> bytes:
    """The PTX of a dispatcher (or a plain function) for Numba types and a compute capability."""
    from numba import cuda

    said = getattr(kernel, "targetoptions", {})
    with _called_functions_for(capability):
        text, _ = cuda.compile(
            getattr(kernel, "py_func", kernel),
            tuple(types),
            device=False,
            abi="numba",
            cc=capability,
            **{name: said[name] for name in _OPTIONS if said.get(name) is not None},
        )
    return bytes(text.encode())


@contextmanager
def _called_functions_for(capability: tuple[int, int]) -> Iterator[None]:
    """In this thread, for a while: functions that a kernel calls are compiled for that capability.

    Numba compiles them for the GPU that is there, and keeps what it made: it would need one, and
    would use ours when the program itself calls them.
    """
    from numba.cuda import dispatcher

    kind, ours = dispatcher.CUDADispatcher, threading.get_ident()
    compile_device, current_device = kind.compile_device, dispatcher.get_current_device
    made: list[tuple[Any, Any]] = []

    def compiled(self: Any, args: Any, return_type: Any = None) -> Any:
        if threading.get_ident() == ours and args not in self.overloads:
            made.append((self, args))
        return compile_device(self, args, return_type)

    def device() -> Any:
        if threading.get_ident() == ours:
            return SimpleNamespace(compute_capability=capability)
        return current_device()

    kind.compile_device, dispatcher.get_current_device = compiled, device
    try:
        yield
    finally:
        kind.compile_device, dispatcher.get_current_device = compile_device, current_device
        for function, args in made:
            function.overloads.pop(args, None)


def _types_and_values(arguments: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Of each argument its Numba type and its value, None where only a type was given."""
    from numba import typeof, types
    from numba.core.typing import Signature

    if len(arguments) == 1 and isinstance(arguments[0], Signature):
        arguments = arguments[0].args
    if len(arguments) == 1 and isinstance(arguments[0], str):
        arguments = _quoted(arguments[0])
    elif len(arguments) == 1 and _are_types(arguments[0]):
        arguments = arguments[0]
    pairs = [
        (one, None) if isinstance(one, types.Type) else (typeof(one), one) for one in arguments
    ]
    return [type_ for type_, _ in pairs], [value for _, value in pairs]


def _are_types(value: Any) -> bool:
    from numba.types import Type

    return isinstance(value, tuple) and all(isinstance(one, Type) for one in value)


def _quoted(signature: str) -> tuple[Any, ...]:
    """The types of `void(float32, float32[:])`. Raises InputError."""
    from numba.core.sigutils import normalize_signature

    try:
        return tuple(normalize_signature(signature)[0])
    except Exception as error:
        raise InputError(f"{signature!r} is no signature of Numba types: {error}") from error


def _flat(types: Iterable[Any], values: Iterable[Any]) -> Iterator[Any]:
    """The values of the PTX's parameters; None for pointers and for what is not known.

    It ends where a type may take any number of parameters, since no index is known after it. An
    array is seven or more: two of Numba's bookkeeping, items, bytes of an item, the data, then
    shape and strides (`numba.core.datamodel`, ArrayModel).
    """
    from numba import types as kinds

    for type_, value in _unpacked(types, values):
        if isinstance(type_, kinds.Array):
            yield from (None, None)
            yield from _array(type_, value)
        elif isinstance(type_, kinds.Complex):
            yield from (None, None) if value is None else (value.real, value.imag)
        elif isinstance(type_, kinds.Integer | kinds.Float | kinds.Boolean):
            yield value
        else:
            return


def _unpacked(types: Iterable[Any], values: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Types with values, the members of tuples in place of the tuples."""
    from numba.types import BaseTuple

    for type_, value in zip(types, values, strict=True):
        if isinstance(type_, BaseTuple):
            yield from _unpacked(type_, [None] * len(type_) if value is None else value)
        else:
            yield type_, value


def _array(type_: Any, value: Any) -> Iterator[Any]:
    if value is None:
        yield from [None] * (3 + 2 * type_.ndim)
        return
    yield from (value.size, value.dtype.itemsize, None)
    yield from value.shape
    yield from value.strides
