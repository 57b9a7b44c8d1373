"""Arrays of which only shape and type exist, to ask a kernel for its arguments without memory.

`SHADOW` stands for `numpy` where a definition makes its arguments. Whatever would need values
raises NeedsValuesError, and the caller makes real arrays instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class NeedsValuesError(TypeError):
    """The shape of something depends on values that a shadow does not have."""


_REDUCTIONS = frozenset(("sum", "prod", "mean", "min", "max", "std", "var", "any", "all", "argmax"))


class Shadow(NDArrayOperatorsMixin):
    """An array's shape and type. Arithmetic gives shadows by NumPy's own rules."""

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = tuple(int(extent) for extent in shape)
        self.dtype = np.dtype(dtype)

    @property
    def size(self) -> int:
        """Elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes."""
        return self.size * int(self.dtype.itemsize)

    @property
    def ndim(self) -> int:
        """Dimensions."""
        return len(self.shape)

    @property
    def T(self) -> Shadow:  # noqa: N802 - NumPy's name
        """With axes reversed."""
        return Shadow(self.shape[::-1], self.dtype)

    def astype(self, dtype: Any, **_: Any) -> Shadow:
        """With another type."""
        return Shadow(self.shape, dtype)

    def reshape(self, *shape: Any) -> Shadow:
        """With another shape; one extent may be -1."""
        wanted = tuple(shape[0]) if isinstance(shape[0], (tuple, list)) else shape
        known = math.prod(extent for extent in wanted if extent != -1)
        return Shadow(tuple(self.size // known if n == -1 else n for n in wanted), self.dtype)

    def view(self, dtype: Any) -> Shadow:
        """With the same bytes seen as another type."""
        wanted = np.dtype(dtype)
        last = self.shape[-1] * self.dtype.itemsize // wanted.itemsize
        return Shadow((*self.shape[:-1], last), wanted)

    def ravel(self) -> Shadow:
        """In one dimension."""
        return Shadow((self.size,), self.dtype)

    def copy(self) -> Shadow:
        """Another of the same."""
        return Shadow(self.shape, self.dtype)

    flatten = ravel

    def _reduced(self, name: str, axis: Any = None, keepdims: bool = False, **_: Any) -> Shadow:
        dtype = getattr(np.ones(1, self.dtype), name)().dtype
        whole = range(self.ndim) if axis is None else np.atleast_1d(axis).tolist()
        gone = {number % self.ndim for number in whole}
        sizes = [(1 if n in gone else size, n in gone) for n, size in enumerate(self.shape)]
        return Shadow(tuple(size for size, is_gone in sizes if keepdims or not is_gone), dtype)

    def __getattr__(self, name: str) -> Any:
        if name in _REDUCTIONS:
            return partial(self._reduced, name)
        if name.startswith("__"):
            raise AttributeError(name)
        raise NeedsValuesError(name)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Shadow:
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, Shadow) and part.dtype == np.bool_ for part in parts):
            raise NeedsValuesError("a selection by a mask")
        if any(isinstance(part, Shadow) for part in parts):
            if len(parts) != 1:
                raise NeedsValuesError("a selection by several arrays")
            return Shadow((*parts[0].shape, *self.shape[1:]), self.dtype)
        # A view of one element seen as many: slicing it costs nothing.
        seen = np.broadcast_to(np.zeros((), self.dtype), self.shape)[key]
        return Shadow(seen.shape, self.dtype)

    def __setitem__(self, key: Any, value: Any) -> None:
        return

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method not in ("__call__", "reduce"):
            raise NeedsValuesError(f"{ufunc.__name__}.{method}")
        ones = [np.ones(1, i.dtype) if isinstance(i, Shadow) else i for i in inputs]
        with np.errstate(all="ignore"):
            found = np.asarray(ufunc(*(o if np.ndim(o) == 0 else np.ravel(o)[:1] for o in ones)))
        return Shadow(_broadcast(inputs), found.dtype)

    def __array_function__(self, function: Any, _: Any, args: Any, options: Any) -> Any:
        return _by_shape(function.__name__, args, options)

    def __bool__(self) -> bool:
        raise NeedsValuesError("a truth value")

    def _no_number(self) -> Any:
        raise NeedsValuesError("a number")

    __int__ = __float__ = __index__ = item = tolist = _no_number


class _Module:
    """`numpy` with arrays that are shadows; its types and constants are NumPy's own."""

    def __getattr__(self, name: str) -> Any:
        if name in _CREATED:
            return _CREATED[name]
        known = getattr(np, name)
        if isinstance(known, type) or not callable(known):
            return known
        return _traced(name, known)


def _traced(name: str, known: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        if isinstance(known, np.ufunc):
            return known(*args, **options)
        return _by_shape(name, args, options)

    return call


def _by_shape(name: str, args: Any, options: Any) -> Any:
    """A function of arrays whose result's shape and type follow from its arguments'."""
    if name in ("where", "clip"):
        inputs = args[1:] if name == "where" else args
        types = [i.dtype if isinstance(i, (Shadow, np.generic, np.ndarray)) else i for i in inputs]
        return Shadow(_broadcast(args), np.result_type(*types))
    if name in ("concatenate", "stack", "hstack", "vstack"):
        parts = [_shadowed(part) for part in args[0]]
        seen = [np.broadcast_to(np.zeros((), p.dtype), (*p.shape[:1], *p.shape[1:])) for p in parts]
        return _joined(name, parts, seen, options)
    if name in ("cumsum", "sort", "roll", "flip", "ascontiguousarray", "copy", "abs", "asarray"):
        return _shadowed(args[0]).astype(options.get("dtype", _shadowed(args[0]).dtype))
    if name in _REDUCTIONS:
        return getattr(_shadowed(args[0]), name)(*args[1:], **options)
    if name == "argsort":
        return _shadowed(args[0]).astype(np.int64)
    if name == "searchsorted":
        return _shadowed(args[1]).astype(np.int64)
    if name in ("reshape", "ravel", "transpose"):
        first = _shadowed(args[0])
        return first.T if name == "transpose" else getattr(first, name)(*args[1:])
    if name in ("zeros_like", "empty_like", "ones_like", "full_like"):
        return _shadowed(args[0]).astype(options.get("dtype", _shadowed(args[0]).dtype))
    if name == "repeat" and isinstance(args[1], int):
        return Shadow((args[0].size * args[1],), args[0].dtype)
    if name == "tile" and isinstance(args[1], int):
        return Shadow((*args[0].shape[:-1], args[0].shape[-1] * args[1]), args[0].dtype)
    raise NeedsValuesError(name)


def _joined(name: str, parts: list[Shadow], seen: list[Any], options: Any) -> Shadow:
    dtype = np.result_type(*(part.dtype for part in parts))
    axis = options.get("axis", 0)
    first = list(parts[0].shape)
    if name == "stack":
        first.insert(axis, len(parts))
        return Shadow(tuple(first), dtype)
    if name == "vstack" and parts[0].ndim == 1:
        return Shadow((len(parts), *first), dtype)
    axis = parts[0].ndim - 1 if name == "hstack" else axis
    first[axis] = sum(part.shape[axis] for part in parts)
    return Shadow(tuple(first), dtype)


def _shadowed(value: Any) -> Shadow:
    if isinstance(value, Shadow):
        return value
    real = np.asarray(value)
    return Shadow(real.shape, real.dtype)


def _broadcast(inputs: Iterable[Any]) -> tuple[int, ...]:
    return np.broadcast_shapes(*(_shadowed(value).shape for value in inputs))


def _arange(*bounds: Any, dtype: Any = None) -> Shadow:
    if any(isinstance(bound, Shadow) for bound in bounds):
        raise NeedsValuesError("arange")
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    return Shadow((max(0, math.ceil((stop - start) / step)),), dtype or np.asarray(stop).dtype)


def _filled(shape: Any, *_: Any, dtype: Any = np.float64) -> Shadow:
    return Shadow(tuple(shape) if isinstance(shape, (tuple, list)) else (shape,), dtype)


def _zeros(shape: Any, dtype: Any = np.float64) -> Shadow:
    return _filled(shape, dtype=dtype)


def _full(shape: Any, value: Any, dtype: Any = None) -> Shadow:
    return _filled(shape, dtype=dtype or np.asarray(value).dtype)


def _eye(rows: int, columns: int | None = None, dtype: Any = np.float64) -> Shadow:
    return Shadow((rows, rows if columns is None else columns), dtype)


_CREATED: dict[str, Callable[..., Shadow]] = {
    "arange": _arange,
    "zeros": _zeros,
    "ones": _zeros,
    "empty": _zeros,
    "full": _full,
    "eye": _eye,
}

SHADOW: Any = _Module()
"""Give this as `xp`."""
