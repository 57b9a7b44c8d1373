"""Which features there are: names, units, meaning, and the signs that physics gives."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class Feature(Struct, frozen=True):
    """One feature. `signs`: +1 where more of it can only raise measured over bound, -1 lower it.

    Keys of `signs` are `time` and `power`; a quantity without one may go either way.
    """

    name: str
    unit: str
    meaning: str
    signs: Mapping[str, int] = field(default_factory=dict)


class FeatureSet(Struct, frozen=True):
    """Features in order. `version` changes with any name, unit or meaning."""

    version: str
    features: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def units(self) -> tuple[str, ...]:
        """The units, in order."""
        return tuple(feature.unit for feature in self.features)

    def knows(self, version: str) -> bool:
        """Whether features of that version are among these: `1` is of `1+plugin/3`."""
        return set(version.split("+")) <= set(self.version.split("+"))

    def signs(self, quantity: str) -> tuple[int, ...]:
        """For each feature +1, -1 or 0 (unknown): the monotone constraints of `quantity`."""
        return tuple(feature.signs.get(quantity, 0) for feature in self.features)
