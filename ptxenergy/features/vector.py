"""All features of one launch on one GPU, in a fixed order and under one version."""

from __future__ import annotations

from ptxenergy.features import bound_terms, execution, traffic
from ptxenergy.features.extractor import values_of_plugins, with_plugins
from ptxenergy.features.feature_set import FeatureSet
from ptxenergy.features.terms import BoundTerms
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection

FEATURE_SET = FeatureSet("1", (*bound_terms.FEATURES, *traffic.FEATURES, *execution.FEATURES))
"""A model knows only the version that it was trained on: raise it with any change of meaning."""


def feature_set() -> FeatureSet:
    """Our features, and those of plugins behind them."""
    return with_plugins(FEATURE_SET)


def features_of(inspection: Inspection, bound: BoundTerms, gpu: Gpu) -> tuple[float, ...]:
    """The features of a launch in the order of `feature_set()`; NaN where one has no meaning.

    Only counts, pins, the GPU and the bound of them come in: no name, no id, nothing measured.
    """
    found = {
        **bound_terms.values(bound, gpu),
        **traffic.values(inspection, gpu),
        **execution.values(inspection, bound),
        **values_of_plugins(inspection, bound, gpu),
    }
    return tuple(float(found[name]) for name in feature_set().names)
