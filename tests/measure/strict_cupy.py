"""NumPy that refuses what CuPy refuses, so that definitions can be tried for a GPU without one.

Only names that CuPy has; no arrays of the host among those of the device; no values that a cast
would change in another way than on the host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cupy
import numpy as np


class DeviceArray(np.ndarray[Any, Any]):
    """An array that stands for one on the device."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and not hasattr(cupy.ndarray, name):
            raise AttributeError(f"a CuPy array has no {name!r}")
        return super().__getattribute__(name)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if not hasattr(cupy, ufunc.__name__):
            raise AttributeError(f"CuPy has no {ufunc.__name__!r}")
        plain = [as_plain(value) for value in inputs]
        if "out" in options:
            options["out"] = tuple(as_plain(value) for value in options["out"])
        return on_device(getattr(ufunc, method)(*plain, **options))

    def __getitem__(self, key: Any) -> Any:
        return on_device(as_plain(self)[as_plain(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        as_plain(self)[as_plain(key)] = as_plain(value)

    def astype(self, dtype: Any, *args: Any, **options: Any) -> Any:
        """Refuses what is undefined: a float that an integer type cannot hold."""
        plain, wanted = as_plain(self), np.dtype(dtype)
        if plain.dtype.kind == "f" and wanted.kind in "iu" and plain.size:
            known = np.iinfo(wanted)
            assert float(known.min) - 1 < plain.min() <= plain.max() < float(known.max) + 1
        return on_device(plain.astype(dtype, *args, **options))


def as_plain(value: Any) -> Any:
    """The same for NumPy; refuses arrays of the host."""
    if isinstance(value, DeviceArray):
        return value.view(np.ndarray)
    if isinstance(value, np.ndarray):
        raise TypeError("CuPy takes no NumPy array here")
    if isinstance(value, (tuple, list)):
        return type(value)(as_plain(one) for one in value)
    return value


def on_device(value: Any) -> Any:
    """An array on the device for one of NumPy; what is 0-dimensional stays an array, too."""
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value).view(DeviceArray)
    return value


def moved(value: Any, *args: Any, **options: Any) -> Any:
    """A copy on the device of an array of either."""
    plain = value.view(np.ndarray) if isinstance(value, DeviceArray) else value
    return on_device(np.array(plain, *args, **options))


class StrictCupy:
    """Stands for the module: `numpy` as far as CuPy goes."""

    def __getattr__(self, name: str) -> Any:
        theirs = getattr(cupy, name)
        ours = getattr(np, name)
        if isinstance(ours, type) or not callable(ours):
            return ours
        if name in ("asarray", "array"):
            return moved
        return _checked(ours, theirs)


def _checked(ours: Callable[..., Any], theirs: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        import inspect

        if not isinstance(theirs, cupy.ufunc):
            inspect.signature(theirs).bind(*args, **options)
        plain = [as_plain(value) for value in args]
        return on_device(ours(*plain, **{key: as_plain(v) for key, v in options.items()}))

    return call
