"""`ptxenergy explain`: which cost, which source line and which feature a kernel's energy is of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from ptxenergy.cli.options import (
    FileArgument,
    JsonOption,
    PredictOptions,
    options_of,
    takes_launch_options,
)
from ptxenergy.cli.screen import is_ascii_only, progress, show, write
from ptxenergy.errors import PtxEnergyError

if TYPE_CHECKING:
    from ptxenergy.explain.explanation import Explanations
    from ptxenergy.explain.listing import Texts
    from ptxenergy.pipeline import Options
    from ptxenergy.tune.result import Tuning

EXAMPLES = (
    "ptxenergy explain kernel.ptx --block 32x8",
    "ptxenergy explain kernel.ptx --block 32x8 --listing --source src",
    "ptxenergy explain kernel.ptx --kernel gemm --block 16x16 --html gemm.html --shapes",
    "ptxenergy explain kernel.ptx --block 256 --by-call --json",
)


class PageError(PtxEnergyError):
    """What a page needs is not installed, or its file cannot be written."""

    code = "page"


class ExplainOptions(PredictOptions, frozen=True):
    """The options of `predict`, and what is shown and where."""

    as_json: JsonOption = False
    listing: Annotated[
        bool,
        typer.Option(
            "--listing", help="Every line with its cost: of the source where found, else of PTX."
        ),
    ] = False
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write one self-contained page, too."),
    ] = None
    source: Annotated[
        list[Path] | None,
        typer.Option(
            "--source",
            metavar="DIR",
            help="Where to look for source files, before the PTX file's folder and this one. "
            "Repeatable.",
        ),
    ] = None
    shapes: Annotated[
        bool,
        typer.Option(
            "--shapes", help="With --html: draw the block shapes that do the same work, too."
        ),
    ] = False
    by_call: Annotated[
        bool,
        typer.Option("--by-call", help="Give inlined code to the line that it was inlined into."),
    ] = False


@takes_launch_options
def explain(file: FileArgument, options: ExplainOptions) -> None:
    """Explain where each kernel's energy goes: by cost, by resource, by source line."""
    from ptxenergy.explain.explain import explain_text
    from ptxenergy.explain.listing import folders_of, texts_of
    from ptxenergy.ptx import read_input

    asked = options_of(options)
    if options.shapes and options.html is None:
        raise PageError("--shapes draws on the page: give --html FILE, too, or `ptxenergy tune`")
    text, name = read_input(file, asked.gpu)
    track = partial(progress, doing="evaluating")
    found = explain_text(text, name, asked, track, at_call=options.by_call)
    folders = folders_of(name, options.source or ())
    texts = [texts_of(one, text, folders) for one in found.results]
    if options.html is not None:
        tuned = tuple(_tuned(found, text, asked)) if options.shapes else ()
        _write_page(options.html, found, texts, tuned)
    _show(found, texts, options)


def _write_page(
    page: Path, found: Explanations, texts: Sequence[Texts], tunings: Sequence[Tuning]
) -> None:
    """Write the page; a missing library and an unwritable file are errors that say what to do."""
    try:
        from ptxenergy.report.explanation_page import TunedShapes, explanations_html
        from ptxenergy.report.tuning import verdict

        tuned = [TunedShapes(one.verified, verdict(one).plain) for one in tunings]
        page.write_text(explanations_html(found, texts, tuned), encoding="utf-8")
    except ImportError as error:
        raise PageError(
            f"{error.name or error} is needed for --html and not installed: "
            "pip install 'ptxenergy[pages]'"
        ) from error
    except OSError as error:
        raise PageError(f"{error.filename or page}: {error.strerror or error}") from error


def _show(found: Explanations, texts: Sequence[Texts], options: ExplainOptions) -> None:
    if options.as_json:
        from ptxenergy.report.explanation_json import explanations_json
        from ptxenergy.report.json import dump

        write(dump(explanations_json(found)) + "\n")
    else:
        from ptxenergy.report.explanation import show_explanations

        show(show_explanations(found, texts, is_listed=options.listing, ascii_only=is_ascii_only()))


def _tuned(found: Explanations, text: bytes, asked: Options) -> Iterator[Tuning]:
    """Of each kernel the block shapes that do its launch's work."""
    from ptxenergy.tune.search import OneText, Search, tune

    for one in found.results:
        inspection = one.prediction.inspection
        launch = inspection.profile.launch
        request = replace(asked.request, block=launch.block, grid=launch.grid, threads=None)
        options = replace(asked, kernel=inspection.profile.kernel, request=request)
        track = partial(progress, doing="trying shapes")
        yield tune(OneText(text, inspection.file), options, Search(), track)
