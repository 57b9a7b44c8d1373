"""A PTX file that is read once and asked again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any, Literal, TypeAlias, Unpack, cast

from msgspec.structs import replace

from ptxenergy.api.asking import Asked, Extents, extents_of, merged, options_of
from ptxenergy.api.results import (
    BlockTuning,
    LaunchExplanation,
    LaunchPrediction,
    LaunchPredictions,
)
from ptxenergy.compare.corrected import Version
from ptxenergy.errors import KernelSelectionError, PtxEnergyError
from ptxenergy.explain.explain import explain
from ptxenergy.launch.request import LaunchRequest
from ptxenergy.model.board import Board
from ptxenergy.pipeline import Options
from ptxenergy.plugins import tell_observers
from ptxenergy.ptx import read_input
from ptxenergy.ptx.names import select, short_name
from ptxenergy.tune.formula import parse_formula
from ptxenergy.tune.search import OneText, Search, tune

_Settings: TypeAlias = tuple[str, int | str | None, bool, Board, str | None, bool]
_LISTED_KERNELS = 6


@dataclass(frozen=True, slots=True)
class Program:
    """A PTX file and what is the same for all launches of it (`defaults`).

    Every method takes what `Asked` names, by keyword; it comes on top of the defaults. A file of
    several kernels needs `kernel`. All raise PtxEnergyError: each says what is wrong and what to
    do.
    """

    text: bytes = field(repr=False)
    file: str
    defaults: Asked = field(default_factory=Asked)
    _versions: dict[_Settings, Version] = field(default_factory=dict, repr=False, compare=False)

    @property
    def kernels(self) -> tuple[str, ...]:
        """The mangled names of its kernels, in the order of the file."""
        return tuple(self._version(options_of(self.defaults)).module.kernel_names)

    def predict(self, **asked: Unpack[Asked]) -> LaunchPrediction:
        """Energy, time and power of one launch."""
        found, _ = self._predict(options_of(merged(self.defaults, asked)))
        tell_observers((found.prediction,))
        return found

    def predict_many(
        self,
        launches: Iterable[Mapping[str, Any] | Asked],
        *,
        errors: Literal["raise", "keep"] = "raise",
        **common: Unpack[Asked],
    ) -> LaunchPredictions:
        """Predict many launches, each a mapping of what `predict` takes, `common` to all.

        Equal launches are evaluated once. With `keep`, one that cannot be done leaves its error in
        its place instead of raising it.
        """
        base = merged(self.defaults, common)
        found: list[LaunchPrediction | PtxEnergyError] = []
        known: dict[str, LaunchPrediction | PtxEnergyError] = {}
        for launch in launches:
            asked = merged(base, cast("Asked", dict(launch)))
            key = repr(sorted(asked.items()))
            if key not in known:
                known[key] = self._outcome(asked)
            outcome = known[key]
            if isinstance(outcome, PtxEnergyError) and errors == "raise":
                raise outcome
            found.append(outcome)
        done = (one for one in known.values() if isinstance(one, LaunchPrediction))
        tell_observers(tuple(one.prediction for one in done))
        return LaunchPredictions(tuple(found))

    def explain(self, *, by_call: bool = False, **asked: Unpack[Asked]) -> LaunchExplanation:
        """Where the energy of one launch goes: by cost, by resource, by source line.

        `by_call` gives inlined code to the line that it was inlined into.
        """
        found, version = self._predict(options_of(merged(self.defaults, asked)))
        tell_observers((found.prediction,))
        taken_apart = explain(
            found.prediction, version.gpu, version.model, version.module, at_call=by_call
        )
        return LaunchExplanation(taken_apart, self.text)

    def tune(
        self,
        *,
        shapes: Iterable[Extents] | Literal["all"] | None = None,
        grid_from: str | None = None,
        shared_from: str | None = None,
        jobs: int = 1,
        **asked: Unpack[Asked],
    ) -> BlockTuning:
        """The block shapes that do the same work, and what each costs (docs/tune.md).

        The problem is `threads`, or `grid` with `block`, or `grid_from`, a formula such as
        `"ceil(arg2/(bx*4)), ceil(arg3/by)"`. `shapes`: these only, or all of whole warps. `jobs`
        processes try shapes at once, on Linux.
        """
        options = options_of(merged(self.defaults, asked))
        chosen = () if shapes is None or shapes == "all" else tuple(map(extents_of, shapes))
        search = Search(
            shapes=chosen,
            every=shapes == "all",
            grid_from=None if grid_from is None else parse_formula("grid_from", grid_from, 3),
            shared_from=None
            if shared_from is None
            else parse_formula("shared_from", shared_from, 1),
        )
        return BlockTuning(tune(OneText(self.text, self.file), options, search, processes=jobs))

    def __repr__(self) -> str:
        names = [short_name(name) for name in self.kernels]
        more = ", …" if len(names) > _LISTED_KERNELS else ""
        return f"<{self.file}: {', '.join(names[:_LISTED_KERNELS])}{more}>"

    def _outcome(self, asked: Asked) -> LaunchPrediction | PtxEnergyError:
        try:
            return self._predict(options_of(asked))[0]
        except PtxEnergyError as error:
            return error

    def _predict(self, options: Options) -> tuple[LaunchPrediction, Version]:
        version = self._version(options)
        name = self._kernel(version.module.kernel_names, options.kernel)
        return LaunchPrediction(version.predict(name, options.request)), version

    def _kernel(self, names: Sequence[str], wanted: str | None) -> str:
        if not names:
            raise KernelSelectionError(f"{self.file} has no kernel (.entry)")
        if wanted is None and len(names) > 1:
            listed = ", ".join(names[:_LISTED_KERNELS])
            raise KernelSelectionError(
                f"{self.file} has {len(names)} kernels, say which by kernel=…: {listed}"
            )
        return select(names, wanted or names[0])

    def _version(self, options: Options) -> Version:
        """The text, parsed, as it is predicted with these settings."""
        key = (
            *(options.gpu, options.registers, options.strict),
            *(options.board, options.model, options.any_model),
        )
        if key not in self._versions:
            settings = replace(options, kernel=None, request=LaunchRequest())
            self._versions[key] = Version(self.text, self.file, settings)
        return self._versions[key]


def load(path: str | PathLike[str], **defaults: Unpack[Asked]) -> Program:
    """Read a PTX file (`-` is standard input), or what a plugin makes PTX of; `defaults` hold for
    all of its launches. Raises InputError, PtxSyntaxError and what the defaults cannot be."""
    asked = merged(Asked(), defaults)
    text, file = read_input(fspath(path), options_of(asked).gpu)
    return load_text(text, file, **asked)


def load_text(text: str | bytes, file: str = "<text>", **defaults: Unpack[Asked]) -> Program:
    """The same of a text at hand; `file` is what errors and results call it."""
    content = text.encode() if isinstance(text, str) else text
    program = Program(content, file, merged(Asked(), defaults))
    program._version(options_of(program.defaults))
    return program
