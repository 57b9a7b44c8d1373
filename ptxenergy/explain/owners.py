"""Which argument each access reaches, where only one pointer flows into its address."""

from __future__ import annotations

from ptxenergy.launch.pointers import terms_of_nodes
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.program.dataflow import value_graph
from ptxenergy.program.shared import body_of
from ptxenergy.ptx.syntax import Location, Module


def owners_of(module: Module, profile: LaunchProfile) -> dict[Location, str]:
    """The argument's name, as `Footprint.by_argument` has it, by the place of the instruction.

    Accesses whose address may come from several pointers, or from none, are left out.
    """
    graph = value_graph(module, body_of(module, profile.kernel))
    terms = terms_of_nodes(graph)
    arguments = profile.launch.arguments
    pointers = {
        (index, offset): argument.parameter.name
        for index, argument in enumerate(arguments)
        for offset in argument.pointer_offsets
    }
    found: dict[Location, str] = {}
    for use in graph.address_uses:
        names = {pointers[place] for place in terms.get(use.node, ()) if place in pointers}
        if len(names) == 1:
            found[use.instruction.location] = names.pop()
    return found
