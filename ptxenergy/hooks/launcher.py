"""`ptxenergy-launcher nvcc …`: runs the command as it is and keeps the PTX that it makes.

The command's words, output and exit code are untouched: nvcc is asked for its PTX through
NVCC_APPEND_FLAGS. Whatever fails in here is one line of warning on standard error. Only the
standard library is imported, and of that only what starts fast: no subprocess, dataclasses, shutil,
pathlib or typing, since Python's start is most of what the launcher takes
(`benchmarks/launcher.py`).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ptxenergy.hooks.compilation import Compilation

_NOT_FOUND, _NOT_EXECUTABLE, _SIGNALLED = 127, 126, 128
# Python ignores these from its start on; a command of its own has them as they were.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_USAGE = (
    "ptxenergy-launcher COMMAND...: put it in front of nvcc, or set\n"
    "CMAKE_CUDA_COMPILER_LAUNCHER=ptxenergy-launcher before the first configure, then\n"
    "`ptxenergy build-report` tells what the kernels cost. Examples:\n"
    "  ptxenergy-launcher nvcc -arch=sm_90 -c kernel.cu -o kernel.o\n"
    "  make NVCC='ptxenergy-launcher nvcc'\n"
)


def main() -> None:
    """Run the rest of the command line and end as it does."""
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        os.write(1 if words else 2, _USAGE.encode())
        sys.exit(0 if words else 2)
    code = launch(words)
    if code < 0:
        _end_by(-code)
    sys.exit(code if code >= 0 else _SIGNALLED - code)


def _end_by(number: int) -> None:
    """End by a signal, as the command did: Make removes what it had half written only then."""
    from resource import RLIMIT_CORE, setrlimit

    with suppress(OSError, ValueError):
        setrlimit(RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        signal.signal(number, signal.SIG_DFL)  # those that nobody can catch refuse it
    os.kill(os.getpid(), number)


def launch(words: Sequence[str]) -> int:
    """Run a command; keep the PTX if it is a compilation by nvcc. The command's exit code, or less
    than 0 where a signal ended it."""
    # Held back until there is somebody to pass them on to.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    try:
        compilation = _prepare(words)
    except Exception as error:  # noqa: BLE001 - a hook never breaks a build
        _warn(error)
        compilation = None
    code = _run(words, compilation.environment() if compilation else dict(os.environ), mask)
    if compilation is not None:
        try:
            compilation.finish(code)
        except Exception as error:  # noqa: BLE001 - a hook never breaks a build
            _warn(error)
    return code


def _prepare(words: Sequence[str]) -> Compilation | None:
    """What to catch of this command; None if it is no compilation of CUDA, or CMake's own."""
    from ptxenergy.hooks.command import read_command

    command = read_command(words, os.environ)
    if command is None or not command.makes_ptx or command.is_probe:
        return None
    from ptxenergy.hooks.compilation import Compilation

    return Compilation(words, command)


def _run(words: Sequence[str], environment: dict[str, str], mask: set[int]) -> int:
    """Run the command on our own streams; its exit code, or the signal that ended it, negative."""
    # Whoever started us may not wait for its processes, and so ignore that they end; we do.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        child = os.posix_spawnp(
            words[0], [*words], environment, setsigmask=mask, setsigdef=_IGNORED_BY_PYTHON
        )
    except OSError as error:
        _tell(f"ptxenergy-launcher: {words[0]}: {error.strerror}")
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE

    def pass_on(number: int, _: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _warn(error: Exception) -> None:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    _tell(f"ptxenergy-launcher: warning: the build goes on as it is, its PTX is not kept: {text}")


def _tell(line: str) -> None:
    with suppress(OSError):  # whoever started us may have closed it
        os.write(2, f"{line}\n".encode("utf-8", "backslashreplace"))
