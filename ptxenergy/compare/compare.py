"""Compares two PTX texts, kernel by kernel, each pair at one launch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from ptxenergy.compare.causes import causes_of
from ptxenergy.compare.corrected import Version
from ptxenergy.compare.difference import (
    Comparison,
    Difference,
    Threshold,
)
from ptxenergy.compare.frozen import frozen
from ptxenergy.compare.pairs import pair
from ptxenergy.compare.parts import side_of
from ptxenergy.compare.project import BlockSource, LaunchSource, request_for, source_of
from ptxenergy.compare.ratios import ratios_of
from ptxenergy.errors import KernelSelectionError, PtxEnergyError
from ptxenergy.launch.request import ArgumentSetting, LaunchRequest, Pins
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options, Skipped
from ptxenergy.program.shared import body_of
from ptxenergy.ptx.names import demangle, select
from ptxenergy.ptx.syntax import Function
from ptxenergy.settings import KernelEntry, Settings

_LAUNCH_CODES = ("block", "grid", "argument")
_SHOWN_OPTIONS = 6


Text: TypeAlias = tuple[bytes, str]


class NewVersion(Struct, frozen=True):
    """What is asked of the new version alone: arguments that only it has, and pins by its lines.
    `pairs`: `OLD=NEW` names of kernels that were renamed."""

    arguments: tuple[ArgumentSetting, ...] = ()
    pins: Pins = field(default_factory=Pins)
    pairs: tuple[str, ...] = ()


def compare(
    texts: tuple[Text, Text],
    options: Options,
    threshold: Threshold,
    settings: Settings | None = None,
    own: NewVersion | None = None,
) -> Comparison:
    """Compare two texts, the old one first, each given with its file's name.

    The launch is that of `options`; where they say nothing of it, that of the project's entry for
    the kernel, or of the file. The new version gets the launch that came out for the old one, with
    the same assumed values. Raises what predicting does, and KernelSelectionError where no kernel
    is in both.
    """
    own = own or NewVersion()
    (_, old), (_, new) = texts
    versions = Version(*texts[0], options), Version(*texts[1], options)
    before, after = (one.module.kernel_names for one in versions)
    pairs = pair(before, after, own.pairs)
    both = pairs.both
    if options.kernel is not None and both:
        wanted = select([name for _, name in both], options.kernel)
        both = tuple(names for names in both if names[1] == wanted)
    if not both:
        raise KernelSelectionError(
            f"no kernel is in both {old} and {new}: say which belong together with --pair OLD=NEW"
        )
    found = [_tried(names, versions, options, threshold, (settings, own)) for names in both]
    differences = tuple(one for one in found if isinstance(one, Difference))
    skipped = tuple(one for one in found if isinstance(one, Skipped))
    if not differences:
        raise KernelSelectionError(f"{skipped[0].kernel}: {skipped[0].message}")
    is_whole = options.kernel is None
    added, removed = (pairs.added, pairs.removed) if is_whole else ((), ())
    return Comparison(old, new, differences, added, removed, skipped)


_Said = tuple[Settings | None, NewVersion]


def _tried(
    names: tuple[str, str],
    versions: tuple[Version, Version],
    options: Options,
    threshold: Threshold,
    said: _Said,
) -> Difference | Skipped:
    """Compare one pair; what one version cannot do skips both."""
    try:
        return _difference(names, versions, options, threshold, said)
    except PtxEnergyError as error:
        return Skipped(names[1], error.code, str(error))


def _difference(
    names: tuple[str, str],
    versions: tuple[Version, Version],
    options: Options,
    threshold: Threshold,
    said: _Said,
) -> Difference:
    old, new = versions
    settings, own = said
    kernels = body_of(old.module, names[0]), body_of(new.module, names[1])
    request, entry, block = _asked(kernels[0], options, settings)
    was = old.predict(names[0], request)
    launch = was.inspection.profile.launch
    again, lost = frozen(request, launch, kernels, own.arguments, own.pins)
    now = new.predict(names[1], again)
    before, after = (side_of(one, old.gpu) for one in (was, now))
    source = None if block is None else source_of(was, block, entry)
    return Difference(
        old=was,
        new=now,
        ratios=ratios_of(now, was, old.model, "versions"),
        causes=causes_of(before, after, old.gpu, options.board),
        threshold=threshold,
        assumed=tuple(_assumed(was, now, source)),
        notes=(
            *_notes(names, lost, request, own),
            *_data_assumed(was, now, control=False),
        ),
        source=source,
    )


def _asked(
    kernel: Function, options: Options, settings: Settings | None
) -> tuple[LaunchRequest, KernelEntry | None, BlockSource | None]:
    """The old version's launch: what options say, else what the project or the file does."""
    request = options.request
    if settings is None or any((request.block, request.grid, request.threads, request.arguments)):
        return request, None, None
    entry = settings.entry_for(kernel.name)
    found, block = request_for(kernel, entry)
    shared_bytes = request.shared_bytes or found.shared_bytes
    return replace(found, pins=request.pins, shared_bytes=shared_bytes), entry, block


def _assumed(old: Prediction, new: Prediction, source: LaunchSource | None) -> Iterator[str]:
    """Why the comparison rests on what nobody said."""
    if source is not None and source.block == ".maxntid":
        yield "the block is the most that the file allows (.maxntid)"
    launches = [one.inspection.profile.launch.assumptions for one in (old, new)]
    made = {one.option: None for some in launches for one in some if one.code in _LAUNCH_CODES}
    # Block and grid of the new version are given: they are the old one's.
    if made:
        yield "the launch is assumed: " + " ".join(option for option in made if option)
    yield from _data_assumed(old, new, control=True)


def _data_assumed(old: Prediction, new: Prediction, *, control: bool) -> Iterator[str]:
    """Where data decides more in one version: of branches and loops (`control`), which may then
    not do the same work, or of how accesses reach memory. With the options that pin both."""
    made = [
        [
            one
            for one in prediction.inspection.profile.assumptions
            if one.code not in _LAUNCH_CODES and (one.code != "access") == control
        ]
        for prediction in (old, new)
    ]
    counts = [Counter(one.code for one in some) for some in made]
    for code in sorted({*counts[0], *counts[1]}):
        was, now = (count[code] for count in counts)
        if was != now:
            options = [
                one.option.replace("--", front, 1)
                for some, front in zip(made, ("--", "--new-"), strict=True)
                for one in some
                if one.code == code and one.option
            ]
            more = " …" if len(options) > _SHOWN_OPTIONS else ""
            pinned = f": {' '.join(options[:_SHOWN_OPTIONS])}{more}" if options else ""
            yield f"data decides more in one version, {code} assumed {was} → {now} times{pinned}"


def _notes(
    names: tuple[str, str], lost: Sequence[str], request: LaunchRequest, own: NewVersion
) -> Iterator[str]:
    if demangle(names[0]) != demangle(names[1]):
        yield f"was {demangle(names[0])}: arguments are matched by index and type"
    if lost:
        yield f"the new version has no place for argument {', '.join(lost)} of the old one"
    for what in ("trips", "branches", "accesses"):
        if getattr(request.pins, what) and not getattr(own.pins, what):
            option = {"trips": "trip", "branches": "branch", "accesses": "access"}[what]
            yield f"--{option} pins lines of the old file; --new-{option} pins those of the new one"
