"""Kernels explained for tests: real PTX with line numbers by three compilers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ptxenergy.explain import Explanation, explain_text
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.model.board import Board
from ptxenergy.pipeline import Options
from tests.corpus import PTX as CORPUS_PTX
from tests.corpus import corpus_launches

PTX = Path(__file__).parent / "ptx"
STRIDED = PTX / "strided.ptx"
STRIDED_CU = "tests/explain/ptx/strided.cu"
N = 1 << 18
STRIDED_REQUEST = LaunchRequest(
    block=Dim3(256), threads=Dim3(N), arguments=(ArgumentSetting("3", str(N)),)
)
# (owner, owner's parent, items, bytes of one, data, extent, stride) of each array.
_NUMBA_ARRAYS = {0: N, 7: N, 14: 32 * N}
NUMBA_REQUEST = LaunchRequest(
    block=Dim3(256),
    threads=Dim3(N),
    arguments=tuple(
        ArgumentSetting(str(first + at), str(value))
        for first, items in _NUMBA_ARRAYS.items()
        for at, value in ((2, items), (3, 4), (5, items), (6, 4))
    ),
)


def explained(
    path: Path, request: LaunchRequest, cache_state: str = "warm", at_call: bool = False
) -> Explanation:
    """The one kernel of a file."""
    board = Board(cache="cold" if cache_state == "cold" else "warm")
    options = Options(request=request, board=board)
    (found,) = explain_text(path.read_bytes(), path.name, options, at_call=at_call).results
    return found


@cache
def strided(cache_state: str = "warm", at_call: bool = False) -> Explanation:
    """A coalesced load, a strided load and an inlined function, by nvcc."""
    return explained(STRIDED, STRIDED_REQUEST, cache_state, at_call)


@cache
def corpus_explained(name: str) -> Explanation:
    """A kernel of the corpus by its file, such as `triton-3.9.0/cc_80/tl_softmax.ptx`."""
    launch = next(one for one in corpus_launches() if one.path == CORPUS_PTX / name)
    options = Options(request=launch.request, kernel=launch.kernel)
    (found,) = explain_text(launch.path.read_bytes(), name, options).results
    return found
