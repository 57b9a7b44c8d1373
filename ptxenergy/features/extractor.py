"""Features that plugins add to our own, and the set of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TypeAlias

from msgspec import Struct

from ptxenergy.features.feature_set import Feature, FeatureSet
from ptxenergy.features.terms import BoundTerms
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection
from ptxenergy.plugins import Host, host

Values: TypeAlias = Callable[[Inspection, BoundTerms, Gpu], Mapping[str, float]]


class Extractor(Struct, frozen=True):
    """More features of a launch.

    `version` changes with any name, unit or meaning; no `+` and no `/` in it. `values` gives each
    feature by name; one that it leaves out is NaN, which says that it has no meaning here.
    """

    version: str
    features: tuple[Feature, ...]
    values: Values


def extractors() -> Mapping[str, Extractor]:
    """The extractors of plugins by the plugins' names; one whose answer is none is named in a
    warning and left out."""
    return _extractors(host())


@cache
def _extractors(plugins: Host) -> Mapping[str, Extractor]:
    found: dict[str, Extractor] = {}
    for plugin, answer in plugins.ask("ptxenergy_features"):
        fault = _fault(answer)
        if fault:
            plugins.skip(plugin, fault)
        else:
            found[plugin] = answer
    return found


def with_plugins(own: FeatureSet) -> FeatureSet:
    """Our own features and those of plugins: `gap.length` is `length` of the plugin `gap`. The
    version is then ours and theirs: `1+gap/3`."""
    more = extractors()
    if not more:
        return own
    features = [
        Feature(f"{plugin}.{one.name}", one.unit, one.meaning, one.signs)
        for plugin, extractor in more.items()
        for one in extractor.features
    ]
    versions = [f"{plugin}/{extractor.version}" for plugin, extractor in more.items()]
    return FeatureSet("+".join((own.version, *versions)), (*own.features, *features))


def values_of_plugins(inspection: Inspection, bound: BoundTerms, gpu: Gpu) -> Mapping[str, float]:
    """The values of all features of plugins. Those of a plugin that fails are NaN, and one line
    of warning names it."""
    found: dict[str, float] = {}
    for plugin, extractor in extractors().items():
        given = partial(_numbers, extractor, inspection, bound, gpu)
        values = host().guarded(plugin, given) or {}
        for feature in extractor.features:
            found[f"{plugin}.{feature.name}"] = values.get(feature.name, math.nan)
    return found


def _numbers(
    extractor: Extractor, inspection: Inspection, bound: BoundTerms, gpu: Gpu
) -> dict[str, float]:
    found = extractor.values(inspection, bound, gpu)
    return {name: float(value) for name, value in found.items()}


def _fault(answer: object) -> str:
    if not isinstance(answer, Extractor):
        return f"ptxenergy_features gave {type(answer).__name__}, not an Extractor"
    if not answer.version or set("+/") & set(answer.version):
        return f"the version of its features, {answer.version!r}, is empty or has a + or /"
    return ""
