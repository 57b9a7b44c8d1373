"""`ptxenergy diff`: what a change of the kernels costs."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ptxenergy.cli.limits import growth_of
from ptxenergy.cli.options import JsonOption, PredictOptions, options_of, takes_launch_options
from ptxenergy.cli.screen import is_ascii_only, show, write
from ptxenergy.errors import InputError

if TYPE_CHECKING:
    from ptxenergy.compare.difference import Comparison, Threshold

EXAMPLES = (
    "ptxenergy diff old.ptx new.ptx --block 32x8",
    "ptxenergy diff old.ptx new.ptx --block 256 --grid 4096 --arg 3=1048576 --fail-above 5%",
    "ptxenergy diff old.ptx new.ptx --fail-above 5% --markdown --sarif energy.sarif",
    "ptxenergy diff old.ptx new.ptx --pair transpose_naive=transpose_tiled --block 32x8",
)
_BROKEN = 1

_NEW = "The new version alone"
_LIMIT = "What fails"
_FORMS = "Other forms of the report"


class MeasureChoice(Enum):
    """What `--fail-above` is of."""

    ENERGY = "energy"
    TIME = "time"
    POWER = "power"


def _option(panel: str, metavar: str | None, text: str, *names: str) -> Any:
    return typer.Option(
        *names, metavar=metavar, help=text, rich_help_panel=panel, show_default=False
    )


@takes_launch_options
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="PTX file; `-` is standard input.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="PTX file; `-` is standard input.")],
    options: PredictOptions,
    pair: Annotated[
        list[str] | None, _option(_NEW, "OLD=NEW", "Kernels that were renamed. Repeatable.")
    ] = None,
    new_arg: Annotated[
        list[str] | None,
        _option(_NEW, "PARAM=VALUE", "An argument that the new version alone has. Repeatable."),
    ] = None,
    new_trip: Annotated[
        list[str] | None, _option(_NEW, "LINE=N", "As --trip, by lines of the new file.")
    ] = None,
    new_branch: Annotated[
        list[str] | None, _option(_NEW, "LINE=P", "As --branch, by lines of the new file.")
    ] = None,
    new_access: Annotated[
        list[str] | None, _option(_NEW, "LINE=HOW", "As --access, by lines of the new file.")
    ] = None,
    fail_above: Annotated[
        str | None, _option(_LIMIT, "X%", "Exit code 1 where a kernel grows by more: 5% or 0.05.")
    ] = None,
    measure: Annotated[
        MeasureChoice, _option(_LIMIT, None, "What --fail-above is of [default: energy].")
    ] = MeasureChoice.ENERGY,
    hold_assumed: Annotated[
        bool, _option(_LIMIT, None, "Fail on an assumed launch, too.", "--hold-assumed")
    ] = False,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Launches of the project, where no option says any [default: the nearest "
            "ptxenergy.toml, or pyproject.toml with [tool.ptxenergy], upwards from here].",
        ),
    ] = None,
    markdown: Annotated[
        bool, _option(_FORMS, None, "Print Markdown, for a pull request.", "--markdown")
    ] = False,
    sarif: Annotated[
        Path | None, _option(_FORMS, "FILE", "Write SARIF 2.1.0, for code scanning.")
    ] = None,
    junit: Annotated[
        Path | None, _option(_FORMS, "FILE", "Write JUnit XML, one test a kernel.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two versions of kernels at one launch: what the change costs, and why."""
    from ptxenergy.compare.compare import NewVersion, compare
    from ptxenergy.launch.parse import parse_argument, parse_pins
    from ptxenergy.ptx import read_input
    from ptxenergy.settings import find_settings, read_settings

    if as_json and markdown:
        raise InputError("--json and --markdown both go to standard output: give one of them")
    if old == new == "-":
        raise InputError("standard input is one file: only one of them can be -")
    asked = options_of(options)
    comparison = compare(
        (read_input(old, asked.gpu), read_input(new, asked.gpu)),
        asked,
        _threshold(fail_above, measure, hold_assumed),
        find_settings(Path.cwd()) if settings is None else read_settings(settings),
        NewVersion(
            tuple(parse_argument(text) for text in new_arg or ()),
            parse_pins(new_trip or (), new_branch or (), new_access or ()),
            tuple(pair or ()),
        ),
    )
    _write_files(comparison, sarif, junit)
    _show(comparison, as_json=as_json, markdown=markdown)
    if comparison.is_broken:
        raise typer.Exit(_BROKEN)


def _threshold(fail_above: str | None, measure: MeasureChoice, hold_assumed: bool) -> Threshold:
    from ptxenergy.compare.difference import Threshold

    return Threshold(growth_of("--fail-above", fail_above), measure.value, hold_assumed)


def _write_files(comparison: Comparison, sarif: Path | None, junit: Path | None) -> None:
    from ptxenergy.cli.files import write_file

    if sarif is not None:
        from ptxenergy.report.json import dump
        from ptxenergy.report.sarif import comparison_sarif

        write_file(sarif, dump(comparison_sarif(comparison, Path.cwd())) + "\n")
    if junit is not None:
        from ptxenergy.report.junit import difference_junit

        write_file(junit, difference_junit(comparison))


def _show(comparison: Comparison, *, as_json: bool, markdown: bool) -> None:
    if as_json:
        from ptxenergy.report.difference_json import comparison_json
        from ptxenergy.report.json import dump

        write(dump(comparison_json(comparison)) + "\n")
    elif markdown:
        from ptxenergy.report.markdown import comparison_markdown

        write(comparison_markdown(comparison, Path.cwd()))
    else:
        from ptxenergy.report.difference import show_comparison

        show(show_comparison(comparison, Path.cwd(), ascii_only=is_ascii_only()))
