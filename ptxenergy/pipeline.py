"""The whole way from a PTX file and a launch request to results; everything else is a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar, cast

from msgspec import Struct, field
from msgspec.structs import replace

from ptxenergy.errors import KernelSelectionError, PtxEnergyError, StrictError
from ptxenergy.gpu import load
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.closed.evaluate import Run
from ptxenergy.launch.evaluate import evaluate
from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.limits import WorkLimits
from ptxenergy.launch.pins import check_pins
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.request import LaunchRequest
from ptxenergy.launch.residency import Residency
from ptxenergy.launch.resolve import KernelFacts, resolve
from ptxenergy.model.board import Board, check_board
from ptxenergy.model.calibrated import predict_calibrated
from ptxenergy.model.finding import model_for
from ptxenergy.model.latency import kernel_chains
from ptxenergy.model.prediction import Prediction
from ptxenergy.model.traffic import estimate_traffic
from ptxenergy.model.uncalibrated import predict_uncalibrated
from ptxenergy.plugins import tell_observers
from ptxenergy.program.opcodes import check_operands
from ptxenergy.program.registers import registers_by_ptxas, registers_per_thread
from ptxenergy.program.shared import body_of, reachable, static_shared_bytes
from ptxenergy.ptx import parse_text, read_input
from ptxenergy.ptx.names import select
from ptxenergy.ptx.syntax import Function, Module

Result = TypeVar("Result")
Track: TypeAlias = Callable[[Sequence[str]], Iterable[str]]
Note: TypeAlias = Callable[[Run | None], None]
# A file of up to six kernels gives each the whole budget of an evaluation; more must share it.
_FULL_SHARES, _LEAST_SHARE = 6.0, 0.1


class Options(Struct, frozen=True):
    """What is asked of every chosen kernel of a file.

    `kernel`: a mangled or demangled name or a unique part of one; `None` means every entry.
    `registers`: a number, `"ptxas"`, or `None` for the estimate by liveness. `strict`: any
    assumption is an error. `board`: how the GPU is run. `model`: a model's file, else the
    one shipped for the GPU; `any_model`: take it even where it was made for something else.
    """

    gpu: str = "h200"
    kernel: str | None = None
    request: LaunchRequest = field(default_factory=LaunchRequest)
    registers: int | str | None = None
    strict: bool = False
    board: Board = field(default_factory=Board)
    model: str | None = None
    any_model: bool = False


class Skipped(Struct, frozen=True):
    """A kernel of the file that could not be done, and why."""

    kernel: str
    code: str
    message: str


class Inspections(Struct, frozen=True):
    """What `inspect` gives: one Inspection a kernel, and the kernels that could not be done."""

    results: tuple[Inspection, ...]
    skipped: tuple[Skipped, ...] = ()


class Predictions(Struct, frozen=True):
    """What `predict` gives: one Prediction a kernel, and the kernels that could not be done."""

    results: tuple[Prediction, ...]
    skipped: tuple[Skipped, ...] = ()


def inspect(path: str, options: Options, track: Track = iter) -> Inspections:
    """Count the launch of each chosen kernel of a PTX file (`-` reads standard input).

    `track` hands on the kernels' names one by one, and may show how far it is. Raises
    PtxEnergyError where the file, the request or every chosen kernel is at fault.
    """
    gpu = load(options.gpu)
    results, skipped = _each_kernel(
        read_input(path, options.gpu), options, track, lambda source: _inspect(source, options, gpu)
    )
    return Inspections(results, skipped)


def predict(path: str, options: Options, track: Track = iter) -> Predictions:
    """Predict energy, time and power of each chosen kernel of a file; the rest is as in inspect.

    A model of the GPU corrects the bound where there is one. Raises ModelError where it cannot be
    read or does not fit.
    """
    return predict_text(*read_input(path, options.gpu), options, track)


def predict_text(text: bytes, file: str, options: Options, track: Track = iter) -> Predictions:
    """The same of a text at hand; `file` is what errors and results call it."""
    gpu = load(options.gpu)
    check_board(options.board, gpu)
    model = model_for(gpu, options.model, any_model=options.any_model)

    def run(source: _Source) -> Prediction:
        bound = predict_uncalibrated(_inspect(source, options, gpu), gpu, options.board)
        return bound if model is None else predict_calibrated(bound, model, gpu, options.board)

    predictions = Predictions(*_each_kernel((text, file), options, track, run))
    tell_observers(predictions.results)
    return predictions


def bounds_of(
    text: bytes,
    file: str,
    launches: Iterable[Options],
    note: Note | None = None,
) -> Iterator[Prediction | PtxEnergyError]:
    """The bound of many launches of one text, which is read once; no model is asked.

    A launch that cannot be done gives its error in place of a prediction. `note` is given the run
    of the exact evaluation of each, None where there is none.
    Raises PtxSyntaxError.
    """
    module = parse_text(text, file)
    sources: dict[str, _Source] = {}
    for options in launches:
        gpu = load(options.gpu)
        try:
            check_pins(module, options.request.pins)
            name = select(module.kernel_names, options.kernel or module.kernel_names[0])
            if name not in sources:
                sources[name] = _Source(text, module, body_of(module, name), WorkLimits())
            source = sources[name]
            inspection = _inspect(source, options, gpu, note)
            yield predict_uncalibrated(inspection, gpu, options.board)
        except PtxEnergyError as error:
            yield error


class _Source(Struct, frozen=True):
    """A kernel; `kept` is what was found of it whatever the launch, by what it depends on."""

    text: bytes
    module: Module
    kernel: Function
    limits: WorkLimits
    kept: dict[object, object] = field(default_factory=dict)

    def once(self, key: object, find: Callable[[], Result]) -> Result:
        """What `find` gives, asked for once."""
        if key not in self.kept:
            self.kept[key] = find()
        return cast("Result", self.kept[key])


def _each_kernel(
    read: tuple[bytes, str], options: Options, track: Track, run: Callable[[_Source], Result]
) -> tuple[tuple[Result, ...], tuple[Skipped, ...]]:
    """Run every chosen kernel of a text, given with its file's name; one that fails is skipped
    only if another one succeeds."""
    text, file = read
    module = parse_text(text, file)
    check_pins(module, options.request.pins)
    results: list[Result] = []
    failures: list[tuple[str, PtxEnergyError]] = []
    names = _chosen_kernels(module, options)
    limits = _limits_for(len(names))
    for name in track(names):
        try:
            results.append(run(_Source(text, module, body_of(module, name), limits)))
        except PtxEnergyError as error:
            failures.append((name, error))
    if failures and not results:
        raise failures[0][1]
    return tuple(results), tuple(Skipped(name, e.code, str(e)) for name, e in failures)


def _limits_for(kernels: int) -> WorkLimits:
    """What may be spent on each kernel of a file, so that a file of many still ends in seconds."""
    return WorkLimits().share(min(1.0, max(_LEAST_SHARE, _FULL_SHARES / kernels)))


def _chosen_kernels(module: Module, options: Options) -> tuple[str, ...]:
    names = module.kernel_names
    if not names:
        raise KernelSelectionError(f"{module.file} has no kernel (.entry) to evaluate")
    return names if options.kernel is None else (select(names, options.kernel),)


def _inspect(source: _Source, options: Options, gpu: Gpu, note: Note | None = None) -> Inspection:
    static_bytes = source.once("static", lambda: _checked(source))
    registers, registers_source = source.once(
        ("registers", options.registers), lambda: _registers(source, options)
    )
    shared_bytes = static_bytes + options.request.shared_bytes
    residency = Residency(gpu, registers, shared_bytes)
    facts = source.once("facts", lambda: KernelFacts(source.module, source.kernel))
    launch = resolve(source.module, source.kernel, options.request, residency.wave_blocks, facts)
    residency.check(launch.block, launch.grid)
    fit = residency.occupancy(launch.block)
    pins = options.request.pins
    wave_blocks = fit.blocks_per_sm * gpu.sm_count
    profile = evaluate(
        source.module,
        source.kernel,
        launch,
        pins,
        source.limits,
        wave_blocks=wave_blocks,
        note=note,
    )
    waves = launch.grid.volume / wave_blocks
    unknown = _unknown_opcodes(profile)
    uncounted = _uncounted(profile)
    if unknown or uncounted:
        profile = replace(profile, exact=replace(profile.exact, control=False))
    if options.strict and profile.assumptions:
        raise StrictError(_assumed(source.kernel.name, profile))
    return Inspection(
        file=source.module.file,
        gpu=gpu.id,
        profile=profile,
        registers_per_thread=registers,
        registers_source=registers_source,
        occupancy=fit,
        waves=waves,
        unknown_opcodes=unknown,
        flags=(*profile.flags, *uncounted),
        memory=estimate_traffic(profile, fit, waves, gpu, options.board.cache),
        chains=source.once(
            ("chains", gpu.id), lambda: kernel_chains(source.module, source.kernel, gpu)
        ),
    )


def _checked(source: _Source) -> int:
    """Bytes of shared memory that the kernel declares, once its operands are what they must be."""
    for function in reachable(source.module, source.kernel):
        for instruction in function.instructions:
            check_operands(instruction)
    return static_shared_bytes(source.module, source.kernel)


def _registers(source: _Source, options: Options) -> tuple[int, str]:
    if options.registers == "ptxas":
        return registers_by_ptxas(source.text, source.kernel.name, source.module.target[0]), "ptxas"
    if isinstance(options.registers, int):
        return options.registers, "user"
    return registers_per_thread(source.kernel, source.module), "liveness"


def _unknown_opcodes(profile: LaunchProfile) -> dict[str, tuple[int, ...]]:
    lines: dict[str, list[int]] = {}
    for item in profile.instructions:
        if not item.opcode.known:
            lines.setdefault(item.opcode.text, []).append(item.instruction.location.line)
    return {opcode: tuple(found) for opcode, found in lines.items()}


def _uncounted(profile: LaunchProfile) -> tuple[str, ...]:
    """The flag of work that was executed and could not be counted: matrix products whose shape is
    in a descriptor in memory (tcgen05)."""
    shapes = (item.opcode.tensor for item in profile.instructions if item.warp)
    missing = any(shape is not None and not shape.macs for shape in shapes)
    return ("tensor-work-unknown",) if missing else ()


def _assumed(kernel: str, profile: LaunchProfile) -> str:
    listed = "\n".join(
        f"  {a.message}  ({f'pin it with {a.option}' if a.option else 'no option pins it'})"
        for a in profile.assumptions
    )
    return f"{kernel}: {len(profile.assumptions)} assumptions under --strict:\n{listed}"
