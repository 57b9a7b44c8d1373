"""Asks NVIDIA's assembler, where it is installed, how many registers a kernel gets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ptxenergy.errors import PtxEnergyError

DEFAULT_FOLDERS = ("/usr/local/cuda/bin",)

_TIMEOUT_S = 120
_SHOWN_LINES = 4
_TARGET = re.compile(r"sm_[0-9]{2,3}[a-z]?")
_ENTRY = re.compile(r"(?:Compiling entry function|Function properties for) '?([^'\s]+)'?")
_USED = re.compile(r"Used ([0-9]+) registers")


class RegistersError(PtxEnergyError):
    """The assembler is missing, refuses the file, or does not know the kernel."""

    code = "registers"


def registers_by_ptxas(text: bytes | str, kernel: str, target: str) -> int:
    """Registers per thread that `ptxas -O3` gives to `kernel` of a PTX text for `sm_90` or so.

    Raises RegistersError where there is no ptxas (it is sought on the PATH and under CUDA_HOME),
    where it refuses the text, or where the text has no such kernel.
    """
    if not _TARGET.fullmatch(target):
        raise RegistersError(f"{target!r} is no target of ptxas, such as sm_90")
    program = _find_ptxas()
    data = text.encode() if isinstance(text, str) else text
    with tempfile.TemporaryDirectory(prefix="ptxenergy-") as folder:
        source = Path(folder, "kernel.ptx")
        source.write_bytes(data)
        command = [program, "-v", "-O3", f"-arch={target}", "-o", str(source.with_suffix(".cubin"))]
        try:
            done = subprocess.run(
                [*command, str(source)], capture_output=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RegistersError(f"ptxas could not be run: {error}") from error
        messages = (done.stderr + done.stdout).decode(errors="replace")
        if done.returncode:
            shown = messages.replace(f"{folder}{os.sep}", "").strip().splitlines()
            raise RegistersError(
                "ptxas refuses the file (use --registers N, or leave the option out):\n"
                + "\n".join(shown[:_SHOWN_LINES])
            )
    used = _used_registers(messages)
    if kernel not in used:
        raise RegistersError(f"ptxas reports nothing of {kernel}; it names {', '.join(used)}")
    return used[kernel]


def _find_ptxas() -> str:
    homes = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH")]
    paths = [str(Path(home, "bin")) for home in homes if home]
    for path in (None, *paths, *DEFAULT_FOLDERS):
        found = shutil.which("ptxas", path=path)
        if found:
            return found
    raise RegistersError(
        "ptxas is not installed: install the CUDA toolkit, set CUDA_HOME, give the number with "
        "--registers N, or leave the option out for an estimate"
    )


def _used_registers(messages: str) -> dict[str, int]:
    """{kernel: registers}, from the assembler's `-v` output."""
    used: dict[str, int] = {}
    entry = ""
    for line in messages.splitlines():
        named = _ENTRY.search(line)
        if named and "entry" in line:
            entry = named[1]
        count = _USED.search(line)
        if count and entry:
            used[entry] = int(count[1])
            entry = ""
    return used
