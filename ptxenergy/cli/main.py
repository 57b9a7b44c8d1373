"""The command `ptxenergy`: the edge where everything that goes wrong becomes one line.

Exit codes: 0 fine; 2 bad input or usage; 3 an error of ptxenergy's own; 130 interrupted. Nothing
is imported outside `run`, so that an interrupt is caught from the first moment on.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

_BAD_INPUT, _OWN_ERROR, _INTERRUPTED = 2, 3, 130
_TRACEBACK_VARIABLE = "PTXENERGY_TRACEBACK"
# A run makes many small values and few cycles: collecting less often took a quarter off the time of
# a kernel of 100,000 instructions.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def main() -> None:
    """Run the command line and exit with its code."""
    # Python has no stream where the caller closed it.
    if sys.stdout is None:
        sys.exit(_refused("standard output is closed"))
    code = run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _closed_pipe()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments (by default the process's own); the exit code."""
    try:
        return _invoke(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        return _unwritable(error)
    except MemoryError:
        return _refused("not enough memory for this file")
    except RecursionError:
        return _refused("the file is nested too deeply")
    except Exception as error:  # noqa: BLE001 - the edge: no traceback ever reaches a user
        return _own_error(error)


def _invoke(arguments: Sequence[str] | None) -> int:
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from ptxenergy.cli.app import invoke
    from ptxenergy.errors import PtxEnergyError

    try:
        return invoke(arguments)
    except PtxEnergyError as error:
        return _refused(str(error))


def _refused(message: str) -> int:
    from ptxenergy.cli.screen import report_error

    report_error(message)
    return _BAD_INPUT


def _own_error(error: Exception) -> int:
    """Name the error and say how to report it. The traceback is shown only when asked for."""
    if os.environ.get(_TRACEBACK_VARIABLE):
        raise error
    from ptxenergy.cli.screen import report_error

    report_error(
        f"this is a fault of ptxenergy, not of the file: {type(error).__name__}: {error}\n"
        f"  Please report it with the PTX file and what {_TRACEBACK_VARIABLE}=1 shows."
    )
    return _OWN_ERROR


def _unwritable(error: OSError) -> int:
    """Standard output cannot be written: a full disk. Files that are opened have a name to tell."""
    if error.filename is not None:
        return _own_error(error)
    from ptxenergy.cli.screen import discard_output

    discard_output()
    return _refused(f"cannot write to standard output: {error.strerror}")


def _closed_pipe() -> int:
    """Whoever read standard output has gone: leave quietly, and keep Python from flushing again."""
    from ptxenergy.cli.screen import discard_output

    discard_output()
    return 0
