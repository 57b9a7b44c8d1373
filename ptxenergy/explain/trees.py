"""What each feature did to a forest's prediction: along each row's path, from mean to mean.

A node stands for the training rows that reach it, and for the mean of what the tree gives them.
At each split a row passes from one mean to another; the difference belongs to the split's feature.
From the root's mean to the leaf's value these differences add up exactly, so that the root means of
all trees and the effects of all features are the prediction.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ptxenergy.model.forest import Column, Forest, Matrix


class Effects(Struct, frozen=True):
    """`base`: the forest's mean over its training rows. `by_feature`: what each column of the row
    added to it; both together are the prediction."""

    base: float
    by_feature: Column


def effects_of(forest: Forest, row: Column, training: Matrix) -> Effects:
    """What each column of a row does; `training` are rows that say how often nodes are reached.

    Both have the forest's features as columns. The sum is exact whatever the training rows are.
    """
    means = node_means(forest, training)
    by_feature = np.zeros(len(row))
    base = forest.baseline
    for root in forest.roots.tolist():
        base += float(means[root])
        node = root
        while (feature := int(forest.feature[node])) >= 0:
            child = _child(forest, node, float(row[feature]))
            by_feature[feature] += means[child] - means[node]
            node = child
    return Effects(base, by_feature)


def node_means(forest: Forest, training: Matrix) -> Column:
    """By node, the mean of the leaves that training rows end in; the children's plain mean where
    none comes by."""
    reached = _reached(forest, training).tolist()
    means = forest.value.tolist()
    feature, left, right = (x.tolist() for x in (forest.feature, forest.left, forest.right))
    # Children stand after their parents.
    for node in range(len(means) - 1, -1, -1):
        if feature[node] >= 0:
            one, other = left[node], right[node]
            rows = reached[one] + reached[other]
            share = reached[one] / rows if rows else 0.5
            means[node] = share * means[one] + (1 - share) * means[other]
    return np.array(means)


def _reached(forest: Forest, rows: Matrix) -> Column:
    """How many rows pass each node."""
    found = np.zeros(len(forest.value))
    for root in forest.roots.tolist():
        nodes, at = np.full(len(rows), root), np.arange(len(rows))
        while len(at):
            np.add.at(found, nodes, 1)
            inner = forest.feature[nodes] >= 0
            nodes, at = nodes[inner], at[inner]
            values = rows[at, forest.feature[nodes]]
            goes_left = np.where(
                np.isnan(values), forest.missing_left[nodes], values <= forest.threshold[nodes]
            )
            nodes = np.where(goes_left, forest.left[nodes], forest.right[nodes])
    return found


def _child(forest: Forest, node: int, value: float) -> int:
    goes_left = forest.missing_left[node] if value != value else value <= forest.threshold[node]
    return int(forest.left[node] if goes_left else forest.right[node])
