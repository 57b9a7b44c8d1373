"""The features that a model sees, by name, unit and meaning: for a terminal, and as a document."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from ptxenergy.features import bound_terms, execution, traffic
from ptxenergy.features.feature_set import Feature, FeatureSet
from ptxenergy.report.blocks import grid, joined, section

COMMAND = "ptxenergy features --list --out docs/features.md"
_PARTS = (
    ("The bound", bound_terms.FEATURES),
    ("Memory", traffic.FEATURES),
    ("Execution", execution.FEATURES),
)
_UNITS = """\
Unit `1` is a bare number, `ln s` the natural logarithm of a time in seconds. A feature that has no
meaning for a launch (sectors of a load where there is none) is missing, and trees have a way for
that. Where physics says that more of a feature can only raise (+) or lower (−) the measured value
over the bound's, trees are held to it: column *sign*."""
_HEADER = f"""\
# What a model sees of a launch

Made by `{COMMAND}`; a test holds it to the code.
`ptxenergy features kernel.ptx --block 32x8 --out features.csv` writes the values of a launch.
[training.md](training.md) says what is learnt from them.

{_UNITS}
"""


def show_features(features: FeatureSet) -> RenderableType:
    """Every feature with its unit and its meaning."""
    heading = Text(f"{len(features.features)} features, version {features.version}", style="bold")
    return joined(heading, *(section(title, _table(part)) for title, part in _parts(features)))


def features_markdown(features: FeatureSet) -> str:
    """The same as a Markdown document, with the signs that trees are held to."""
    lines = [_HEADER, f"Version {features.version}, {len(features.features)} features."]
    for title, part in _parts(features):
        lines += ["", f"## {title}", "", "| feature | unit | meaning | sign |"]
        lines.append("| --- | --- | --- | --- |")
        lines += [f"| `{f.name}` | {f.unit} | {f.meaning} | {_sign(f)} |" for f in part]
    return "\n".join(lines) + "\n"


def _parts(features: FeatureSet) -> list[tuple[str, Sequence[Feature]]]:
    """The features by where they come from; those that are none of ours are of plugins."""
    ours = {feature.name for _, part in _PARTS for feature in part}
    more = [feature for feature in features.features if feature.name not in ours]
    return [*_PARTS, *([("Plugins", more)] if more else [])]


def _table(features: Sequence[Feature]) -> RenderableType:
    table = grid("left", "left", "left")
    for feature in features:
        table.add_row(feature.name, Text(feature.unit, style="dim"), feature.meaning)
    return table


def _sign(feature: Feature) -> str:
    return ", ".join(f"{q} {'+' if sign > 0 else '−'}" for q, sign in feature.signs.items())
