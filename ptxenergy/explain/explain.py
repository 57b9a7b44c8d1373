"""From a prediction to its explanation, and from a PTX text to the explanations of its kernels."""

from __future__ import annotations

from ptxenergy.explain.corrections import correction_of
from ptxenergy.explain.costs import costs_of
from ptxenergy.explain.explanation import Explanation, Explanations
from ptxenergy.explain.lines import lines_of
from ptxenergy.explain.owners import owners_of
from ptxenergy.explain.roofline import roofline_of
from ptxenergy.gpu import load
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.artifact import Model
from ptxenergy.model.finding import model_for
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options, Track, predict_text
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Module


def explain(
    prediction: Prediction,
    gpu: Gpu | None = None,
    model: Model | None = None,
    module: Module | None = None,
    *,
    at_call: bool = False,
) -> Explanation:
    """Where the energy of a prediction goes.

    `gpu` is the one that it was made for, by default the description of that id. `model` is what
    corrected it: without it, what the trees added is not taken apart. `module` is the PTX that it
    is of: without it nobody knows which argument an access reaches, and what L2 and DRAM move goes
    by sectors alone. `at_call` gives inlined code to the line that it was inlined into.
    """
    gpu = gpu or load(prediction.inspection.gpu)
    owners = {} if module is None else owners_of(module, prediction.inspection.profile)
    costs = costs_of(prediction, gpu, owners)
    is_used = model is not None and model.header.model_id == prediction.model_id
    return Explanation(
        prediction=prediction,
        contributions=prediction.contributions,
        instructions=costs,
        lines=lines_of(costs, prediction.contributions, at_call=at_call),
        roofline=roofline_of(prediction, gpu),
        correction=correction_of(prediction, model, gpu) if model is not None and is_used else None,
        at_call=at_call,
    )


def explain_text(
    text: bytes, file: str, options: Options, track: Track = iter, *, at_call: bool = False
) -> Explanations:
    """Predict and explain each chosen kernel of a PTX text; raises what `pipeline.predict` does."""
    predictions = predict_text(text, file, options, track)
    gpu = load(options.gpu)
    model = model_for(gpu, options.model, any_model=options.any_model)
    module = parse_text(text, file)
    results = (explain(one, gpu, model, module, at_call=at_call) for one in predictions.results)
    return Explanations(tuple(results), predictions.skipped)
