"""An earlier run's JSON as what later runs are held against.

Anything with predictions in it will do: what `budget`, `predict` or `build-report` print with
`--json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from ptxenergy.errors import InputError
from ptxenergy.model.prediction import Prediction

_QUANTITIES = ("energy_j", "time_s", "power_w")


class Recorded(Struct, frozen=True):
    """One kernel of an earlier run: its values by quantity, in units as named, and under what
    conditions they hold."""

    file: str
    kernel: str
    values: Mapping[str, float]
    conditions: Mapping[str, Any]


class Baseline(Struct, frozen=True):
    """All kernels of an earlier run."""

    kernels: tuple[Recorded, ...]

    def comparable(self, prediction: Prediction, file: str = "") -> Recorded | str:
        """What was recorded of this kernel under the same conditions, or why there is nothing.

        Of several of one name, the one of that file counts.
        """
        name = prediction.inspection.profile.kernel
        named = [one for one in self.kernels if one.kernel == name]
        if len(named) > 1:
            named = [one for one in named if one.file == file]
        if len(named) != 1:
            return "the baseline has it several times" if named else "the baseline does not have it"
        differing = _differing(named[0].conditions, _conditions(prediction))
        return f"the baseline has another {differing}" if differing else named[0]


def read_baseline(path: Path) -> Baseline:
    """The kernels of a JSON file; raises InputError where it is none with predictions."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Baseline(tuple(map(_recorded, _results(document))))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is no baseline ({type(error).__name__}: {error}): write one with "
            "`ptxenergy budget --json`"
        ) from error


def baseline_of(predictions: Iterable[tuple[str, Prediction]]) -> Baseline:
    """The same of (file, prediction) pairs at hand."""
    return Baseline(
        tuple(
            Recorded(
                file,
                one.inspection.profile.kernel,
                {quantity: getattr(one, quantity).value for quantity in _QUANTITIES},
                _conditions(one),
            )
            for file, one in predictions
        )
    )


def _results(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "results" in document:
        for result in document["results"]:
            yield result["file"], result
        return
    for one in document["kernels"]:
        yield one.get("file") or one["source"], one["prediction"]


def _recorded(item: tuple[str, Mapping[str, Any]]) -> Recorded:
    file, result = item
    values = {quantity: float(result[quantity]["value"]) for quantity in _QUANTITIES}
    if min(values.values()) <= 0:
        raise ValueError(f"{result['kernel']} has a value that is not above 0")
    launch, conditions = result["launch"], result["conditions"]
    found = {
        "GPU": result["gpu"],
        "grid": launch["grid"],
        "block": launch["block"],
        "dynamic shared memory": launch["shared_bytes"],
        "argument": sorted((k, v) for k, v in launch["args"].items() if v != "unread"),
        "locked clock": conditions["locked_clock_mhz"],
        "power limit": conditions["power_limit_w"],
        "state of the cache": conditions["cache"],
        "model": (result["model"] or {}).get("id"),
    }
    return Recorded(file, result["kernel"], values, _as_json(found))


def _conditions(prediction: Prediction) -> dict[str, Any]:
    inspection = prediction.inspection
    launch, conditions = inspection.profile.launch, prediction.conditions
    arguments = {one.parameter.name: one.shown for one in launch.arguments}
    found = {
        "GPU": inspection.gpu,
        "grid": list(launch.grid),
        "block": list(launch.block),
        "dynamic shared memory": launch.shared_bytes,
        "argument": sorted((k, _plain(v)) for k, v in arguments.items() if v != "unread"),
        "locked clock": conditions.locked_clock_mhz,
        "power limit": conditions.power_limit_w,
        "state of the cache": conditions.cache,
        "model": prediction.model_id,
    }
    return _as_json(found)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """The first condition that is not the same."""
    return next((name for name, value in now.items() if before.get(name) != value), None)


def _as_json(conditions: dict[str, Any]) -> dict[str, Any]:
    """With lists for tuples, so that what was read equals what is at hand."""
    found: dict[str, Any] = json.loads(json.dumps(conditions))
    return found
