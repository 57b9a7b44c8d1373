"""`ptxenergy tune`: the block shape that costs least."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ptxenergy.cli.options import (
    JobsOption,
    JsonOption,
    PredictOptions,
    options_of,
    takes_launch_options,
)
from ptxenergy.cli.screen import is_ascii_only, progress, show, write
from ptxenergy.errors import InputError

if TYPE_CHECKING:
    from ptxenergy.tune.search import Search, Texts

EXAMPLES = (
    "ptxenergy tune kernel.ptx --threads 4096x4096 --arg 2=4096 --arg 3=4096",
    "ptxenergy tune kernel.ptx --block 32x8 --threads 4096x4096 --plot shapes.svg",
    "ptxenergy tune kernel.ptx --arg 3=1000000 --grid-from 'ceil(arg3/(bx*4))'",
    "ptxenergy tune --compile 'nvcc -ptx -DBX={x} -DBY={y} k.cu -o {out}' --block 16x16 "
    "--threads 4096x4096",
)
_SEARCH = "What is searched"
_OWN_HELP = "PTX file; `-` is standard input. Not with --compile."


def _option(metavar: str | None, text: str, *names: str) -> Any:
    return typer.Option(
        *names, metavar=metavar, help=text, rich_help_panel=_SEARCH, show_default=False
    )


_LAUNCH = "The launch"


def _of_launch(metavar: str, text: str) -> Any:
    return typer.Option(metavar=metavar, help=text, rich_help_panel=_LAUNCH, show_default=False)


class TuneOptions(PredictOptions, frozen=True):
    """The options of `predict`, of which some mean something else when they are left out, and what
    is searched and shown."""

    block: Annotated[
        str | None,
        _of_launch(
            "X[xY[xZ]]",
            "The block whose work all shapes must do [default: the file's .reqntid, else the one "
            "of the highest occupancy at which nothing is seen to be wrong].",
        ),
    ] = None
    grid: Annotated[
        str | None,
        _of_launch("X[xY[xZ]]", "Blocks of the given --block, in place of --threads."),
    ] = None
    kernel: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Mangled or demangled name, or a unique part of one; needed where there are "
            "several.",
            show_default=False,
        ),
    ] = None
    grid_from: Annotated[
        str | None,
        _option("FORMULA", "Grid of a block: 'ceil(arg2/(bx*4)), ceil(arg3/by)'; argN is --arg N."),
    ] = None
    shared_from: Annotated[
        str | None, _option("FORMULA", "Dynamic shared bytes of a block: `4*bx*by`.")
    ] = None
    shapes: Annotated[
        str | None,
        _option("SHAPES", "These only: 32x8,16x16; or all: every one of whole warps."),
    ] = None
    compile_by: Annotated[
        str | None,
        _option(
            "COMMAND", "Compile each shape's PTX: {x}, {y}, {z}, {out} are filled in.", "--compile"
        ),
    ] = None
    top: Annotated[int, typer.Option("--top", metavar="N", help="Shapes to show.", min=1)] = 12
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw energy against time: .svg, .png, .pdf."),
    ] = None
    jobs: JobsOption = 0
    as_json: JsonOption = False


@takes_launch_options
def tune(
    options: TuneOptions,
    file: Annotated[str | None, typer.Argument(metavar="FILE", help=_OWN_HELP)] = None,
) -> None:
    """Find the block shape of least energy, of those that do the same work."""
    from ptxenergy.train.parallel import usable_cores
    from ptxenergy.tune.search import tune as search_for

    if options.plot is not None:
        with _drawing(options.plot) as plot:
            plot.check_path(options.plot)
    watched = partial(progress, doing="predicting")
    found = search_for(
        _texts(file, options.compile_by, options.gpu),
        options_of(options),
        _search(options),
        watched,
        options.jobs or usable_cores(),
    )
    if options.plot is not None:
        with _drawing(options.plot) as plot:
            plot.write_plot(found, options.plot)
    if options.as_json:
        from ptxenergy.report.json import dump
        from ptxenergy.report.tuning_json import tuning_json

        write(dump(tuning_json(found)) + "\n")
    else:
        from ptxenergy.report.tuning import show_tuning

        show(show_tuning(found, most=options.top, ascii_only=is_ascii_only()))


def _search(options: TuneOptions) -> Search:
    from ptxenergy.tune.formula import parse_formula
    from ptxenergy.tune.search import Search
    from ptxenergy.tune.shapes import parse_shapes

    shapes, grid, shared = options.shapes, options.grid_from, options.shared_from
    every = shapes == "all"
    return Search(
        shapes=() if shapes is None or every else parse_shapes(shapes),
        every=every,
        grid_from=None if grid is None else parse_formula("--grid-from", grid, 3),
        shared_from=None if shared is None else parse_formula("--shared-from", shared, 1),
    )


def _texts(file: str | None, command: str | None, gpu: str) -> Texts:
    from ptxenergy.ptx import read_input
    from ptxenergy.tune.compiled import Compiler
    from ptxenergy.tune.search import OneText

    if (file is None) == (command is None):
        raise InputError("give a PTX file, or --compile a command that makes one for each shape")
    if command is not None:
        return Compiler(command)
    return OneText(*read_input(file or "-", gpu))


@contextmanager
def _drawing(path: Path) -> Iterator[ModuleType]:
    """What draws; whatever keeps it from writing the picture is an error that says what to do."""
    try:
        from ptxenergy.report import tuning_plot

        yield tuning_plot
    except ImportError:
        raise InputError("--plot needs matplotlib: pip install 'ptxenergy[plots]'") from None
    except OSError as error:
        raise InputError(f"--plot {path} cannot be written: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"--plot {path}: {error}") from None
