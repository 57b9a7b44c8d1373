"""Gathers all evidence on the arguments that a kernel's code holds."""

from __future__ import annotations

from ptxenergy.launch.comparisons import of_operation
from ptxenergy.launch.evidence import Evidence, Scene
from ptxenergy.launch.extents import axes_read
from ptxenergy.launch.pitches import of_address
from ptxenergy.launch.request import Dim3
from ptxenergy.launch.shapes import Geometry, shapes
from ptxenergy.program.dataflow import ValueGraph


def gather(graph: ValueGraph, geometry: Geometry, threads: Dim3 | None) -> list[Evidence]:
    """All evidence, once some arguments are known. `threads` are the problem's extents, if given.

    What the known arguments make constant is no evidence any more.
    """
    scene = Scene(shapes(graph, geometry), geometry, threads, axes_read(graph, ("ctaid",)))
    found = [item for operation in graph.operations for item in of_operation(operation, scene)]
    return found + [item for use in graph.address_uses for item in of_address(use, scene)]
