"""`ptxenergy doctor`: what this machine can measure with."""

from __future__ import annotations

import typer

from ptxenergy.cli.screen import write

EXAMPLES = ("ptxenergy doctor",)


def doctor() -> None:
    """Say which of driver, NVML meters, CuPy, nvcc and ncu answer.

    Exits with 2 where one that a campaign needs does not.
    """
    from ptxenergy.measure.device.doctor import examine

    findings = examine()
    write("".join(f"{finding}\n" for finding in findings))
    missing = [finding.name for finding in findings if finding.is_needed and not finding.is_found]
    write(f"cannot measure: {', '.join(missing)} missing\n" if missing else "ready to measure\n")
    if missing:
        raise typer.Exit(2)
