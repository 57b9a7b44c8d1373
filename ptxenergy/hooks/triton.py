"""Triton: a prediction of every kernel that it compiles in this process, or takes from its cache.

    import ptxenergy.hooks.triton
    ptxenergy.hooks.triton.install()

At that moment Triton knows the block (32 · num_warps) and the shared memory of a kernel, but
neither its grid nor its arguments: those are assumed, and the line says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ptxenergy.errors import PtxEnergyError
from ptxenergy.hooks.compiled import Compiled
from ptxenergy.hooks.watching import Report, Watcher
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.pipeline import Options
from ptxenergy.report.line import tell

_WARP_LANES = 32
_NUMBERS = ("i1", "i8", "i16", "i32", "i64", "u1", "u8", "u16", "u32", "u64", "fp32", "fp64")


class Listener(Watcher):
    """Hangs on `triton.knobs.compilation.listener`; one that was there before is still called.

    `predictions` keeps what was predicted; `uninstall` takes it off again.
    """

    earlier: Callable[..., None] | None = None
    is_on = False

    def __call__(self, **event: Any) -> None:
        """What Triton calls after a compilation, and where its cache had the kernel."""
        if self.earlier is not None:
            self.earlier(**event)
        if self.is_on:
            name = getattr(event.get("src"), "name", "a Triton kernel")
            self.see(str(name), lambda: compiled(event["metadata"], event["metadata_group"]))

    def uninstall(self) -> None:
        """Take it off; where another listener was put on top, that one stays and this is silent."""
        from triton import knobs

        self.is_on = False
        if knobs.compilation.listener is self:
            knobs.compilation.listener = self.earlier


def install(
    gpu: str | None = None, report: Report | None = tell, options: Options | None = None
) -> Listener:
    """Predict every kernel from now on; a second call takes the place of the first.

    `gpu`, `report` and `options` as in `watching.Watcher`. Triton must be installed.
    """
    from triton import knobs

    before = knobs.compilation.listener
    if isinstance(before, Listener):
        before.uninstall()
    listener = Listener(gpu, report, options)
    listener.earlier = knobs.compilation.listener
    listener.is_on = True
    knobs.compilation.listener = listener
    return listener


def compiled(metadata: Mapping[str, Any], files: Mapping[str, str]) -> Compiled | None:
    """The PTX of a compilation, and its launch as far as Triton knows it; None for other GPUs.

    `files` are the paths of what the compilation wrote, by name. Raises PtxEnergyError where Triton
    was told to keep the binary only.
    """
    if metadata["target"].backend != "cuda":
        return None
    path = next((path for name, path in files.items() if name.endswith(".ptx")), None)
    if path is None:
        raise PtxEnergyError("its PTX was not kept: unset TRITON_STORE_BINARY_ONLY")
    text = Path(path).read_bytes()
    # Where the PTX says the block itself, that stands.
    block = None if b".reqntid" in text else Dim3(_WARP_LANES * metadata["num_warps"])
    request = LaunchRequest(block=block, shared_bytes=metadata["shared"])
    return Compiled(text, "triton", metadata["name"], request)


def scalars(signature: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[ArgumentSetting, ...]:
    """The numbers of a call, by the index that they have among the parameters of the PTX.

    `signature` maps names to Triton's types in order; constants are no parameters. What comes after
    a tuple or a tensor descriptor has no known index, and is left to be assumed.
    """
    return tuple(_scalars(signature, values))


def _scalars(signature: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[ArgumentSetting]:
    index = 0
    for name, type_ in signature.items():
        if type_ == "constexpr":
            continue
        if not isinstance(type_, str) or not (type_ in _NUMBERS or type_.startswith("*")):
            return
        value = values.get(name)
        if type_ in _NUMBERS and isinstance(value, int | float):
            number = int(value) if isinstance(value, bool) else value
            yield ArgumentSetting(str(index), str(number))
        index += 1
