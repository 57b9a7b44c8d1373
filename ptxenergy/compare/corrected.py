"""A PTX text, read once, whose kernels are predicted at one launch after another."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ptxenergy.errors import PtxEnergyError
from ptxenergy.gpu import load
from ptxenergy.launch.request import LaunchRequest
from ptxenergy.model.board import check_board
from ptxenergy.model.calibrated import predict_calibrated
from ptxenergy.model.finding import model_for
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Note, Options, bounds_of
from ptxenergy.ptx import parse_text


class Version:
    """A text and how all of its kernels are predicted: `options` without kernel and request.

    A model corrects each bound where the options name one or one is shipped for the GPU. `note` is
    as in `bounds_of`. Raises PtxSyntaxError, GpuError, LaunchError for a board that the GPU cannot
    be, and ModelError where the model cannot be read or does not fit.
    """

    def __init__(self, text: bytes, file: str, options: Options, note: Note | None = None) -> None:
        self.file = file
        self.gpu = load(options.gpu)
        check_board(options.board, self.gpu)
        self.model = model_for(self.gpu, options.model, any_model=options.any_model)
        self.module = parse_text(text, file)
        self._options = options
        self._bounds = bounds_of(text, file, self._asked(), note)

    def predict(self, kernel: str, request: LaunchRequest) -> Prediction:
        """Predict one kernel, by its mangled name, at one launch. Raises PtxEnergyError."""
        self._options = replace(self._options, kernel=kernel, request=request)
        found = next(self._bounds)
        if isinstance(found, PtxEnergyError):
            raise found
        if self.model is None:
            return found
        return predict_calibrated(found, self.model, self.gpu, self._options.board)

    def _asked(self) -> Iterator[Options]:
        """The launches, as `predict` is asked for them."""
        while True:
            yield self._options
