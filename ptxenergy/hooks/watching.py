"""Sees what a compiler makes, predicts it, tells it. Nothing that goes wrong in here gets out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from ptxenergy.hooks.compiled import Compiled, capability_of, gpu_for, predict_compiled
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options
from ptxenergy.report.line import tell

_LOG = logging.getLogger("ptxenergy.hooks")

Report: TypeAlias = Callable[[Prediction], None]


class Watcher:
    """Predicts each compilation at the moment it is made.

    `predictions` keeps all of them, oldest first. `report` is called with each; by default it
    writes one line to standard error. `gpu` of None is the described GPU of the PTX's target.
    `options` says the rest: board, model, registers.
    """

    def __init__(
        self,
        gpu: str | None = None,
        report: Report | None = tell,
        options: Options | None = None,
    ) -> None:
        self.gpu, self.report, self.options = gpu, report, options or Options()
        self.predictions: list[Prediction] = []

    def see(self, what: str, compiled: Callable[[], Compiled | None]) -> tuple[Prediction, ...]:
        """Predict what `compiled` gives (None: nothing of ours); a failure is one warning line,
        which names `what`."""
        try:
            made = compiled()
            if made is None:
                return ()
            gpu = self.gpu or gpu_for(capability_of(made.text))
            found = predict_compiled(made, replace(self.options, gpu=gpu))
            self.predictions += found
            if self.report is not None:
                for prediction in found:
                    self.report(prediction)
        except Exception as error:  # noqa: BLE001 - a hook never breaks a build
            warn(f"{what} is not predicted", error)
            return ()
        return found


def warn(what: str, error: Exception) -> None:
    """One line of warning, through `logging`: on standard error unless the program says else."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    _LOG.warning("ptxenergy: warning: %s: %s", what, reason)
