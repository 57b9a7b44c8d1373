"""Control flow of one PTX function: basic blocks, dominators, reconvergence points, loops.

Sources: PTX ISA 9.7.12 (control flow: bra, brx.idx, call, ret, exit) and 9.7.19 (trap). Post-
dominance is by the plain definition: B post-dominates A when every path from A to the exit passes
through B. A `trap` ends the launch, so it is no way to the exit and forces no reconvergence point.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from ptxenergy.errors import EvaluationError
from ptxenergy.program.dominance import immediate_dominators
from ptxenergy.program.graph import components, reached, reversed_edges
from ptxenergy.program.loops import Loop, LoopForest, find_loops
from ptxenergy.ptx.syntax import Function, Group, Instruction, Symbol

_LEAVING = frozenset({"ret", "exit"})
_ENDING = frozenset({"bra", "brx", "ret", "exit", "trap"})


class Block(Struct, frozen=True):
    """Instructions `start` up to, not including, `end`, always run together.

    `leaves` is true where the block can end the function itself: `ret`, `exit`, a branch to the
    end of the body, or running off it. A `trap` or a call that never returns gives neither a
    successor nor a leave.
    """

    index: int
    start: int
    end: int
    successors: tuple[int, ...]
    predecessors: tuple[int, ...]
    leaves: bool


class ControlFlow(Struct, frozen=True):
    """The control-flow graph of a function; block 0 is the entry, blocks are in text order.

    `block_of` maps an instruction's index to its block. `dominators[b]` is the immediate
    dominator (None: the entry, or unreachable). `post_dominators[b]` is the immediate
    post-dominator (None: only the end of the function). Blocks that cannot reach the end are
    given post-dominators as if the last block of their endless loop could leave.
    """

    blocks: tuple[Block, ...]
    block_of: tuple[int, ...]
    dominators: tuple[int | None, ...]
    post_dominators: tuple[int | None, ...]
    loops: tuple[Loop, ...]
    innermost_loop: tuple[int | None, ...]
    irreducible_edges: tuple[tuple[int, int], ...]

    @property
    def is_reducible(self) -> bool:
        """Whether every cycle is a natural loop."""
        return not self.irreducible_edges

    def reconvergence(self, instruction: int) -> int:
        """Index of the instruction where lanes that split at `instruction` meet again.

        The number of instructions where that is only the end of the function.
        """
        block = self.post_dominators[self.block_of[instruction]]
        return len(self.block_of) if block is None else self.blocks[block].start

    def loop_of(self, instruction: int) -> Loop | None:
        """The innermost loop around an instruction."""
        loop = self.innermost_loop[self.block_of[instruction]]
        return None if loop is None else self.loops[loop]

    def exit_branches(self, loop: Loop) -> tuple[int, ...]:
        """Indices of the instructions that decide whether the loop is left."""
        return tuple(self.blocks[block].end - 1 for block in loop.exits)


def control_flow(function: Function, noreturn: Collection[str] = ()) -> ControlFlow:
    """The control-flow graph of `function`. `noreturn` names functions that never return.

    Raises EvaluationError where a branch names a label or a table that does not exist.
    """
    starts = _block_starts(function, noreturn)
    if not starts:
        return ControlFlow((), (), (), (), (), (), ())
    ends = [*starts[1:], len(function.instructions)]
    block_of = [0] * len(function.instructions)
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        block_of[start:end] = [index] * (end - start)
    successors, leaving = _edges(function, ends, block_of, noreturn)
    dominators = immediate_dominators(successors, 0)
    forest = find_loops(successors, dominators, leaving)
    return _assembled(starts, ends, block_of, (successors, leaving, dominators, forest))


def _assembled(
    starts: list[int],
    ends: list[int],
    block_of: list[int],
    graph: tuple[list[tuple[int, ...]], set[int], list[int], LoopForest],
) -> ControlFlow:
    successors, leaving, dominators, forest = graph
    predecessors = reversed_edges(successors)
    blocks = tuple(
        Block(i, starts[i], ends[i], successors[i], tuple(predecessors[i]), i in leaving)
        for i in range(len(starts))
    )
    return ControlFlow(
        blocks,
        tuple(block_of),
        tuple(None if block < 0 else block for block in dominators),
        _post_dominators(successors, leaving),
        forest.loops,
        forest.innermost,
        forest.irreducible_edges,
    )


def branch_labels(function: Function, instruction: Instruction) -> tuple[str, ...]:
    """The labels that a `bra` or `brx.idx` can go to; raises EvaluationError where unknown."""
    symbols = [operand.name for operand in instruction.operands if isinstance(operand, Symbol)]
    if not symbols:
        raise _malformed(instruction, "names no target")
    name = symbols[-1]
    if _root(instruction) != "brx":
        return (name,)
    if name not in function.branch_targets:
        raise _malformed(instruction, f"has no table of targets named {name}")
    return function.branch_targets[name]


def called_name(instruction: Instruction) -> str | None:
    """The function that a direct call names; None where the callee is a register."""
    for operand in instruction.operands:
        if isinstance(operand, Symbol):
            return operand.name
        if not isinstance(operand, Group):
            return None
    return None


def _root(instruction: Instruction) -> str:
    return instruction.opcode.split(".", 1)[0]


def _malformed(instruction: Instruction, problem: str) -> EvaluationError:
    at = instruction.location
    return EvaluationError(f"{at.file}:{at.line}:{at.column}: {instruction.opcode} {problem}")


def _targets(function: Function, instruction: Instruction) -> list[int]:
    """Instruction indices that a branch can go to."""
    labels: Mapping[str, int] = function.labels
    targets = []
    for label in branch_labels(function, instruction):
        if label not in labels:
            raise _malformed(instruction, f"goes to {label}, which is no label of {function.name}")
        targets.append(labels[label])
    return targets


def _never_returns(instruction: Instruction, noreturn: Collection[str]) -> bool:
    return bool(noreturn) and _root(instruction) == "call" and called_name(instruction) in noreturn


def _block_starts(function: Function, noreturn: Collection[str]) -> list[int]:
    instructions = function.instructions
    starts = {0, *function.labels.values()}
    ends_block = {opcode for opcode in {i.opcode for i in instructions} if _ends_block(opcode)}
    for index, instruction in enumerate(instructions):
        if instruction.opcode in ends_block or _never_returns(instruction, noreturn):
            starts.add(index + 1)
    return sorted(start for start in starts if start < len(instructions))


def _ends_block(opcode: str) -> bool:
    return opcode.split(".", 1)[0] in _ENDING


def _edges(
    function: Function, ends: list[int], block_of: list[int], noreturn: Collection[str]
) -> tuple[list[tuple[int, ...]], set[int]]:
    """Successors of each block, the branch target first, and the blocks that can leave."""
    size = len(function.instructions)
    successors: list[tuple[int, ...]] = []
    leaving: set[int] = set()
    for index, end in enumerate(ends):
        last = function.instructions[end - 1]
        root = _root(last)
        targets = _targets(function, last) if root in ("bra", "brx") else []
        if root in _LEAVING:
            leaving.add(index)
        if last.guard is not None or not (root in _ENDING or _never_returns(last, noreturn)):
            targets.append(end)
        if size in targets:
            leaving.add(index)
        successors.append(tuple(dict.fromkeys(block_of[t] for t in targets if t < size)))
    return successors, leaving


def _post_dominators(
    successors: list[tuple[int, ...]], leaving: set[int]
) -> tuple[int | None, ...]:
    exit_node = len(successors)
    reaching = reached(reversed_edges(successors), leaving)
    stuck = [block for block in range(exit_node) if block not in reaching]
    ways_out = leaving | _last_of_endless(successors, stuck)
    backward: list[list[int]] = [[] for _ in range(exit_node)] + [sorted(ways_out)]
    for block, following in enumerate(successors):
        for other in following:
            if (block in reaching) == (other in reaching):
                backward[other].append(block)
    found = immediate_dominators(backward, exit_node)
    return tuple(None if block == exit_node else block for block in found[:exit_node])


def _last_of_endless(successors: list[tuple[int, ...]], stuck: list[int]) -> set[int]:
    """The last block, in text order, of each endless loop or dead end that nothing leaves."""
    return {
        max(component)
        for component in components(successors, stuck)
        if all(other in component for block in component for other in successors[block])
    }
