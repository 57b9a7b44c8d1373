"""Calls of the launcher, with the real nvcc or a stand-in, and what they leave."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ptxenergy.hooks.store import Store, read_log

LAUNCHER = (sys.executable, "-m", "ptxenergy.hooks")
KERNEL = 'extern "C" __global__ void %s(float *x) { x[threadIdx.x] *= %d.5f; }\n'
COMPILES = ("-c", "scale.cu", "-o", "scale.o")
# A stand-in's first lines: where the launcher asks it to leave its files.
FINDS_KEEP = "d=$(echo $NVCC_APPEND_FLAGS | sed 's/.*--keep-dir //')\n"


def call(
    where: Path,
    *words: str,
    front: tuple[str, ...] = LAUNCHER,
    without: tuple[str, ...] = (),
    first: Callable[[], None] | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run a command; `without`: variables it does not see; `first`: done in its process."""
    return subprocess.run(
        [*front, *words],
        cwd=where,
        env=_environment(without, environment),
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=first,
    )


def start(where: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a command behind the launcher. No signal is ignored, though these tests may run where
    some are (behind `nohup`, say)."""
    return subprocess.Popen(
        [*LAUNCHER, *words], cwd=where, env=_environment((), environment), preexec_fn=_heeds_signals
    )


def _heeds_signals() -> None:
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _environment(without: tuple[str, ...], more: Mapping[str, str]) -> dict[str, str]:
    hidden = {"PTXENERGY_DIR", *without}
    seen = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**seen, **more}


def records(project: Path) -> list[dict[str, Any]]:
    log = project / ".ptxenergy" / "log.jsonl"
    return list(read_log(log)) if log.exists() else []


def texts(project: Path) -> Iterator[list[str]]:
    """Of each record, the PTX that it names."""
    store = Store(project / ".ptxenergy")
    for record in records(project):
        paths = (Path(store.path(one["digest"])) for one in record["ptx"])
        yield [path.read_text(encoding="utf-8") for path in paths]


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here")


def fake_nvcc(project: Path, body: str) -> str:
    """A stand-in for nvcc where the real one is not needed to see what the launcher does."""
    program = project / "bin" / "nvcc"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
    program.chmod(0o755)
    return str(program)
