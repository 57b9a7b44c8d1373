"""The options that `predict` and `inspect` share, and what they mean to the pipeline.

Commands take them as one value: `takes_launch_options` spreads the fields of LaunchOptions over
the command's signature, where typer reads them. Nothing heavy is imported until a command runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from msgspec import Struct

if TYPE_CHECKING:
    from ptxenergy.model.board import Board
    from ptxenergy.pipeline import Options

_LAUNCH = "The launch"
_BOARD = "How the board is run"
_MODEL = "What corrects the bound"
_DATA = "What only the data decides (LINE of the PTX file)"

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="PTX file; `-` reads standard input.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
JobsOption = Annotated[
    int, typer.Option("--jobs", min=0, help="Processes at once; 0 for as many as there are cores.")
]


class CacheState(Enum):
    """The states of L2 that `--cache` names."""

    WARM = "warm"
    COLD = "cold"


def complete_gpu(incomplete: str) -> list[str]:
    """The GPU ids that start with what was typed, for shell completion."""
    from ptxenergy.gpu import available

    return [gpu for gpu in available() if gpu.startswith(incomplete)]


def _option(*names: str, **settings: Any) -> Any:
    settings.setdefault("show_default", False)
    return typer.Option(*names, **settings)


class LaunchOptions(Struct, frozen=True):
    """The shared options as typed on the command line; `options_of` gives them meaning."""

    block: Annotated[
        str | None,
        _option(
            metavar="X[xY[xZ]]",
            help="Threads per block [default: the file's .reqntid, else 256 assumed].",
            rich_help_panel=_LAUNCH,
        ),
    ] = None
    grid: Annotated[
        str | None,
        _option(
            metavar="X[xY[xZ]]",
            help="Blocks [default: one full wave, assumed].",
            rich_help_panel=_LAUNCH,
        ),
    ] = None
    threads: Annotated[
        str | None,
        _option(
            metavar="X[xY[xZ]]",
            help="Extents of the problem; the grid that covers it is used.",
            rich_help_panel=_LAUNCH,
        ),
    ] = None
    arg: Annotated[
        list[str] | None,
        _option(
            metavar="PARAM=VALUE",
            help="A scalar argument. PARAM is a 0-based index over all parameters or a name; "
            "PARAM+OFFSET:u32=VALUE sets a field of a struct. Repeatable.",
            rich_help_panel=_LAUNCH,
        ),
    ] = None
    shared: Annotated[
        int,
        _option(metavar="BYTES", help="Dynamic shared memory.", rich_help_panel=_LAUNCH),
    ] = 0
    kernel: Annotated[
        str | None,
        _option(
            metavar="NAME",
            help="Mangled or demangled name, or a unique part of one [default: every kernel].",
        ),
    ] = None
    gpu: Annotated[
        str,
        typer.Option(
            metavar="ID", help="`ptxenergy gpus` lists them.", autocompletion=complete_gpu
        ),
    ] = "h200"
    registers: Annotated[
        str | None,
        _option(
            metavar="N|ptxas",
            help="Registers per thread: a number, or ask ptxas [default: estimated].",
        ),
    ] = None
    trip: Annotated[
        list[str] | None,
        _option(
            metavar="LINE=N[/W]",
            help="Iterations of the loop that line decides: the mean of lanes, and of the most in "
            "a warp. Repeatable.",
            rich_help_panel=_DATA,
        ),
    ] = None
    branch: Annotated[
        list[str] | None,
        _option(
            metavar="LINE=P",
            help="Probability that the branch is taken. Repeatable.",
            rich_help_panel=_DATA,
        ),
    ] = None
    access: Annotated[
        list[str] | None,
        _option(
            metavar="LINE=HOW",
            help="coalesced, random, or sectors per request. Repeatable.",
            rich_help_panel=_DATA,
        ),
    ] = None
    tensor_map: Annotated[
        list[str] | None,
        _option(
            metavar="PARAM=BOX:BYTES",
            help="What a tensor map copies at once: its box, and bytes per element, "
            "as in 2=64x64:2. Repeatable.",
            rich_help_panel=_DATA,
        ),
    ] = None
    strict: Annotated[bool, _option("--strict", help="Any assumption is an error.")] = False


class BoardOptions(LaunchOptions, frozen=True):
    """The options of the launch, and how the board is run."""

    clock_mhz: Annotated[
        float | None,
        _option(
            "--clock-mhz",
            metavar="MHZ",
            help="Lock the clock [default: up to the boost clock].",
            rich_help_panel=_BOARD,
        ),
    ] = None
    power_limit_w: Annotated[
        float | None,
        _option(
            "--power-limit-w",
            metavar="W",
            help="Limit the power [default: the board's own limit].",
            rich_help_panel=_BOARD,
        ),
    ] = None
    cache: Annotated[
        CacheState,
        _option(
            help="What L2 holds at the start of each launch: what the one before left, or nothing "
            "[default: warm].",
            rich_help_panel=_BOARD,
        ),
    ] = CacheState.WARM


class PredictOptions(BoardOptions, frozen=True):
    """The options of `predict`: launch, board, and the model that corrects the bound."""

    model: Annotated[
        str | None,
        _option(
            metavar="FILE",
            help="A model by `ptxenergy train` [default: the one shipped for the GPU].",
            rich_help_panel=_MODEL,
        ),
    ] = None
    any_model: Annotated[
        bool,
        _option(
            "--any-model",
            help="Take a model of another GPU or version all the same; never calibrated.",
            rich_help_panel=_MODEL,
        ),
    ] = False


def options_of(typed: LaunchOptions) -> Options:
    """The options as the pipeline wants them. Raises LaunchError where one cannot be read."""
    from ptxenergy.errors import LaunchError
    from ptxenergy.launch.parse import parse_argument, parse_dim3, parse_pins
    from ptxenergy.launch.request import LaunchRequest
    from ptxenergy.pipeline import Options

    if typed.grid is not None and typed.threads is not None:
        raise LaunchError("--grid and --threads both set the grid: give one of them")
    if typed.shared < 0:
        raise LaunchError(f"--shared must not be negative, got {typed.shared}")
    request = LaunchRequest(
        block=None if typed.block is None else parse_dim3(typed.block),
        grid=None if typed.grid is None else parse_dim3(typed.grid),
        threads=None if typed.threads is None else parse_dim3(typed.threads),
        arguments=tuple(parse_argument(text) for text in typed.arg or ()),
        shared_bytes=typed.shared,
        pins=parse_pins(
            typed.trip or (), typed.branch or (), typed.access or (), typed.tensor_map or ()
        ),
    )
    return Options(
        gpu=typed.gpu,
        kernel=typed.kernel,
        request=request,
        registers=_registers(typed.registers),
        strict=typed.strict,
        board=_board(typed),
        model=typed.model if isinstance(typed, PredictOptions) else None,
        any_model=typed.any_model if isinstance(typed, PredictOptions) else False,
    )


def _board(typed: LaunchOptions) -> Board:
    from ptxenergy.model.board import Board

    if not isinstance(typed, BoardOptions):
        return Board()
    return Board(
        typed.clock_mhz, typed.power_limit_w, "cold" if typed.cache is CacheState.COLD else "warm"
    )


def takes_launch_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the fields of its parameter `options` (LaunchOptions or a kind of it) in
    that parameter's place, as typer needs them."""
    hints = get_type_hints(command, include_extras=True)
    kind: type[LaunchOptions] = hints["options"]
    names = kind.__struct_fields__

    def spread(**typed: Any) -> None:
        options = kind(**{name: typed.pop(name) for name in names})
        command(options=options, **typed)

    parameters = list(_spread_out(command, kind))
    spread.__name__ = command.__name__
    spread.__doc__ = command.__doc__
    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    spread.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return spread


def _spread_out(
    command: Callable[..., None], kind: type[LaunchOptions]
) -> Iterator[inspect.Parameter]:
    """The parameters of a command, all by keyword, `options` replaced by its fields."""
    own, of_kind = (get_type_hints(one, include_extras=True) for one in (command, kind))
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name == "options":
            defaults = zip(kind.__struct_fields__, kind.__struct_defaults__, strict=True)
            for name, default in defaults:
                yield inspect.Parameter(name, _KEYWORD, default=default, annotation=of_kind[name])
        else:
            yield parameter.replace(kind=_KEYWORD, annotation=own[parameter.name])


_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def _registers(text: str | None) -> int | str | None:
    from ptxenergy.errors import LaunchError

    if text is None or text == "ptxas":
        return text
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 255:
        return int(text)
    raise LaunchError(f"--registers takes 1 to 255 or `ptxas`, got {text!r}")
