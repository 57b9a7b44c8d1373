"""A fitted HistGradientBoostingRegressor as the arrays that predict without scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ptxenergy.model.forest import Forest


def flatten(fitted: Any) -> Forest:
    """The forest of a fitted HistGradientBoostingRegressor on numbers; predictions are bit-equal.

    Reads `_predictors` and `_baseline_prediction`, which scikit-learn does not promise to keep: a
    test compares with the installed version. Raises ValueError where a feature is categorical.
    """
    trees = [iteration[0].nodes for iteration in fitted._predictors]
    if any(nodes["is_categorical"].any() for nodes in trees):
        raise ValueError("categorical features are not supported")
    counts = [len(nodes) for nodes in trees]
    starts = np.cumsum([0, *counts], dtype=np.int64)[:-1]
    nodes = np.concatenate(trees)
    offset = np.repeat(starts, counts)
    is_leaf = nodes["is_leaf"].astype(bool)
    return Forest(
        baseline=float(np.asarray(fitted._baseline_prediction).reshape(-1)[0]),
        roots=np.asarray(starts, dtype=np.int32),
        feature=np.where(is_leaf, -1, nodes["feature_idx"]).astype(np.int32),
        threshold=np.where(is_leaf, 0.0, nodes["num_threshold"]),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        left=np.where(is_leaf, 0, nodes["left"] + offset).astype(np.int32),
        right=np.where(is_leaf, 0, nodes["right"] + offset).astype(np.int32),
        value=np.where(is_leaf, nodes["value"], 0.0),
    )
