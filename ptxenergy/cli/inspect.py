"""`ptxenergy inspect`: what each kernel's launch executes."""

from __future__ import annotations

from functools import partial

from ptxenergy.cli.options import (
    FileArgument,
    JsonOption,
    LaunchOptions,
    options_of,
    takes_launch_options,
)
from ptxenergy.cli.screen import progress, show, write

EXAMPLES = (
    "ptxenergy inspect kernel.ptx --block 32x8",
    "ptxenergy inspect kernel.ptx --block 256 --grid 512 --arg 3=131072 --json",
)


@takes_launch_options
def inspect(file: FileArgument, options: LaunchOptions, as_json: JsonOption = False) -> None:
    """Count what each kernel's launch executes: instructions, memory traffic, divergence."""
    from ptxenergy import pipeline

    inspections = pipeline.inspect(file, options_of(options), partial(progress, doing="evaluating"))
    if as_json:
        from ptxenergy.report.json import dump, inspections_json

        write(dump(inspections_json(inspections)) + "\n")
    else:
        from ptxenergy.report.inspection import show_inspections

        show(show_inspections(inspections))
