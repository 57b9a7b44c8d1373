"""The model that is written: learnt from all rows, with what the evaluation says of it."""

from __future__ import annotations

import platform
from importlib.metadata import version

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy._version import __version__
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.artifact import SIMULATED, Header, Model, identified
from ptxenergy.model.scores import Evaluation, Score
from ptxenergy.train.evaluation import Protocol, evaluate
from ptxenergy.train.fitting import SEED
from ptxenergy.train.learning import Learnt, learn
from ptxenergy.train.material import Material
from ptxenergy.train.parallel import Workers

_LIBRARIES = ("numpy", "scikit-learn", "scipy")


class Trained(Struct, frozen=True):
    """A model with the evaluation that its card is made from."""

    model: Model
    evaluation: Evaluation


def train(
    material: Material, gpu: Gpu, workers: Workers, protocol: Protocol | None = None
) -> Trained:
    """Evaluate on left-out families, then learn from all rows. Raises TrainingError.

    The same rows give the same model, whatever `workers`. A model of simulated rows says so, and is
    of no described GPU.
    """
    protocol = protocol or Protocol()
    evaluation = evaluate(material, workers, protocol)
    learnt = learn(material.table, material.rows.cards_told_apart, protocol.candidates)
    header = _header(material, gpu, learnt)
    model = Model(
        replace(header, held_out=held_out(evaluation.model)), learnt.forests, learnt.neighbours
    )
    return Trained(identified(model), evaluation)


def held_out(score: Score) -> dict[str, float]:
    """The errors and coverage that a header keeps, keyed `energy.median_ape`."""
    found = {}
    for quantity, errors in score.errors.items():
        found[f"{quantity}.median_ape"] = errors.median_ape
        found[f"{quantity}.mean_ape"] = errors.mean_ape
        found[f"{quantity}.p90_ape"] = errors.p90_ape
    for quantity, coverage in score.coverage.items():
        found[f"{quantity}.coverage"] = coverage.share
        found[f"{quantity}.median_width"] = coverage.median_width
    return found


def _header(material: Material, gpu: Gpu, learnt: Learnt) -> Header:
    table, rows = material.table, material.rows
    is_simulated = rows.gpu == SIMULATED
    return Header(
        gpu=SIMULATED if is_simulated else gpu.id,
        features_gpu=gpu.id,
        feature_version=table.feature_set.version,
        feature_names=table.feature_set.names,
        feature_units=table.feature_set.units,
        dataset_sha256=rows.sha256,
        rows=len(table),
        families=len(set(table.groups.tolist())),
        cards=rows.cards,
        seed=SEED,
        parameters=learnt.settings.as_dict(),
        trained_with=versions(),
        calibration=learnt.calibration,
    )


def versions() -> dict[str, str]:
    """What trained: this tool, Python, and the libraries that decide the numbers."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"ptxenergy": __version__, "python": platform.python_version(), **libraries}
