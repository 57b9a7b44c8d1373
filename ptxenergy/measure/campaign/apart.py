"""Work in a process of its own, so that a GPU that hangs or fails takes only that process along.

After an illegal access no call of CUDA succeeds any more in a process, and a kernel that never
ends holds its process for ever; in a new process the GPU is as good as before.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, TypeAlias, TypeVar

from ptxenergy.errors import PtxEnergyError

Message = TypeVar("Message")
Tell: TypeAlias = Callable[[Message], None]
_ENDING_S = 3.0


class LostError(PtxEnergyError):
    """A process that worked for this one ended by itself, or said nothing for too long."""

    code = "lost"


@dataclass(frozen=True, slots=True)
class _Ended:
    error: PtxEnergyError | None = None


def told_by(
    work: Callable[[Tell[Message]], None], patience_s: Callable[[], float]
) -> Iterator[Message]:
    """What `work` tells from a new process, as it is told; both must be picklable.

    Raises what `work` raises of this project's errors, and LostError where its process ends
    otherwise or tells nothing for as long as `patience_s` says then, in seconds. The process never
    outlives the iteration.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(work, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            message = _next(ours, process, patience_s())
            if isinstance(message, _Ended):
                if message.error is not None:
                    raise message.error
                return
            yield message
    finally:
        _end(process)
        ours.close()


def _next(ours: Connection, process: BaseProcess, patience_s: float) -> Any:
    if not ours.poll(patience_s):
        raise LostError(f"it had not ended after {patience_s:.0f} s")
    try:
        return ours.recv()
    except EOFError:
        process.join(_ENDING_S)
        raise LostError(f"its process ended with exit code {process.exitcode}") from None


def _end(process: BaseProcess) -> None:
    """Ask the process to stop, and kill it if it does not."""
    process.terminate()
    process.join(_ENDING_S)
    if process.is_alive():
        process.kill()
        process.join()


def _work(work: Callable[[Tell[Any]], None], theirs: Connection) -> None:
    # Ctrl-C reaches every process of a terminal; when this one stops is the other's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    ended = _Ended()
    try:
        work(theirs.send)
    except PtxEnergyError as error:
        ended = _Ended(error)
    except (KeyboardInterrupt, BrokenPipeError):
        return
    # Once the other knows, it asks this one to stop; but there is nothing left to be stopped.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    theirs.send(ended)


def _stop(number: int, frame: FrameType | None) -> None:
    # A second request must not cut off what the first one lets finish.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
