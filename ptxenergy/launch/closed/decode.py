"""Instructions into steps, once for each kernel; what only becomes data is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.closed.access import access
from ptxenergy.launch.closed.calls import call
from ptxenergy.launch.closed.clusters import map_address
from ptxenergy.launch.closed.code import Code, End, Guard, Node, Step, UnsupportedError, find_live
from ptxenergy.launch.closed.compute import compute, forget
from ptxenergy.launch.closed.crosslane import exchange
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import address, destination
from ptxenergy.launch.closed.packing import move_elements
from ptxenergy.launch.closed.parameters import parameter_access
from ptxenergy.launch.closed.usage import note_parameters, note_usage
from ptxenergy.launch.closed.value import BLOCK, Value
from ptxenergy.launch.reference.loops import loop_exit
from ptxenergy.launch.reference.placement import WINDOWS, space_word
from ptxenergy.launch.reference.relevance import Relevance
from ptxenergy.program.flow import branch_labels
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_REFUSED: Final = frozenset({"brx", "alloca", "getctarank", "isspacep"})
_EXCHANGES: Final = frozenset({"shfl", "vote", "activemask", "elect", "match", "redux"})
_FORGETFUL: Final = ("control", "barrier", "memory", "tensor")
_FRAME_ALIGN: Final = 16
_WITHOUT_EFFECT: Final = (
    "fence",
    "membar",
    "griddepcontrol",
    "nanosleep",
    "prefetch",
    "setmaxnreg",
)


def decode(code: Code, codes: Mapping[str, Code], relevance: Relevance) -> None:
    """Make a function's steps. `codes` are the functions that it may call.

    Raises UnsupportedError where it does what is not followed here.
    """
    end = 0
    for parameter in code.function.parameters if code.function.is_entry else ():
        align = max(parameter.align_bytes, 8)
        end = -(-end // align) * align
        code.parameters[parameter.name] = end
        end += parameter.size_bytes
    end = 0
    for variable in code.function.variables:
        if variable.space == "local":
            align = max(variable.align_bytes, 1)
            code.locals[variable.name] = end = -(-end // align) * align
            end += variable.size_bytes
    code.local_bytes = -(-end // _FRAME_ALIGN) * _FRAME_ALIGN
    what = Decoding(code, codes, relevance)
    code.nodes = [_node(what, index) for index in range(len(code.flow.blocks))]
    note_parameters(code)
    find_live(code)


class Decoding(Struct, frozen=True):
    """A function being made ready."""

    code: Code
    codes: Mapping[str, Code]
    relevance: Relevance


def _node(what: Decoding, index: int) -> Node:
    code = what.code
    block = code.flow.blocks[index]
    node = Node()
    for number in range(block.start, block.end):
        instruction, opcode = code.function.instructions[number], code.opcodes[number]
        last = number == block.end - 1
        if last and opcode.root in ("bra", "ret", "exit", "trap"):
            node.end = _end(code, index, number)
            if node.end.guard is not None and node.end.guard.slot not in node.writes:
                node.reads.add(node.end.guard.slot)
            if node.end.exit is not None:
                node.reads.add(node.end.visits)
                node.writes.add(node.end.visits)
            continue
        step = _step(what, number)
        if step is not None:
            node.steps.append(step)
            note_usage(code, node, instruction, opcode)
    if node.end is None:
        following = index + 1 if index + 1 < len(code.flow.blocks) else None
        node.end = End("fall", code.first + block.end - 1, target=following)
    return node


def _end(code: Code, index: int, number: int) -> End:
    instruction, opcode = code.function.instructions[number], code.opcodes[number]
    guard = _guard(code, instruction)
    following = index + 1 if index + 1 < len(code.flow.blocks) else None
    meet = code.flow.post_dominators[index]
    if opcode.root != "bra":
        kind = "leave" if opcode.root != "ret" or code.function.is_entry else "return"
        return End(kind, code.first + number, guard, None, following, meet)
    label = branch_labels(code.function, instruction)[0]
    place_ = code.function.labels[label]
    size = len(code.function.instructions)
    target = code.flow.block_of[place_] if place_ < size else None
    leaving = None if guard is None else loop_exit(code.function, code.flow, number, place_)
    visits = -1 if leaving is None else code.slot(("visits", number))
    return End("branch", code.first + number, guard, target, following, meet, leaving, visits)


def _guard(code: Code, instruction: Instruction) -> Guard | None:
    guard = instruction.guard
    return None if guard is None else Guard(code.slot(guard.register.name), guard.negated)


def _step(what: Decoding, number: int) -> Step | None:
    """The step of an instruction; None where nothing depends on it and nothing is to be counted."""
    code = what.code
    instruction, opcode = code.function.instructions[number], code.opcodes[number]
    guard = _guard(code, instruction)
    is_data = what.relevance.is_data(code.function, instruction)
    if is_data and guard is None and not opcode.accesses:
        return None
    bare = _bare(what, number, is_data=is_data)
    if guard is None:
        return bare
    end = End("guard", code.first + number, guard)

    def step(machine: Machine, lanes: Lanes) -> None:
        chosen = machine.subset(lanes, end)
        if chosen is not None and bare is not None:
            machine.scope.active = chosen.bools
            bare(machine, chosen)
            machine.scope.active = lanes.bools

    return step


def _bare(what: Decoding, number: int, *, is_data: bool) -> Step | None:
    """The step without its guard."""
    code = what.code
    instruction, opcode = code.function.instructions[number], code.opcodes[number]
    root = opcode.root
    if root in _REFUSED:
        raise UnsupportedError(root)
    if root == "call":
        return call(code, what.codes, instruction)
    if opcode.accesses and opcode.accesses[0].space == "param":
        return None if is_data else parameter_access(code, instruction, opcode)
    if opcode.accesses:
        return access(code, code.first + number, instruction, opcode, is_data=is_data)
    if is_data:
        return None
    if root in _EXCHANGES:
        return exchange(code, instruction, opcode)
    if root == "cvta":
        return _convert_address(code, instruction, opcode)
    if root == "mapa":
        return map_address(code, instruction, opcode)
    if root == "mbarrier":
        return _wait(code, instruction, opcode)
    if not opcode.destinations or root in _WITHOUT_EFFECT:
        return None
    if root in ("bar", "barrier"):
        return forget(code, instruction, opcode, lambda _: BLOCK)
    if opcode.category in _FORGETFUL or opcode.tensor is not None:
        return forget(code, instruction, opcode)
    if root == "mov" and any(isinstance(operand, Vector) for operand in instruction.operands):
        return move_elements(code, instruction, opcode)
    return compute(code, instruction, opcode)


def _wait(code: Code, instruction: Instruction, opcode: Opcode) -> Step | None:
    """What a wait waits for has always come."""
    rest = forget(code, instruction, opcode)
    if not {"try_wait", "test_wait"} & set(opcode.modifiers):
        return rest
    target = destination(code, instruction.operands[0])

    def step(machine: Machine, lanes: Lanes) -> None:
        machine.policy.flag("spin-wait")
        if target is not None:
            machine.write(target[0], Value(np.ones(1, np.bool_)), lanes)

    return step


def _convert_address(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """`cvta`: an address moves by the window of its space."""
    tag = WINDOWS.get(space_word(opcode), 0)
    window = tag << code.placement.window_shift
    target = destination(code, instruction.operands[0])
    if target is None:
        raise UnsupportedError("cvta")
    slot, offset = address(code, instruction.operands[1])
    slot_, dtype = target

    def step(machine: Machine, lanes: Lanes) -> None:
        value = machine.read(slot)
        bits = 8 * value.base.dtype.itemsize
        shift = ((-window if "to" in opcode.modifiers else window) + offset) & ((1 << bits) - 1)
        base = value.base + value.base.dtype.type(shift) if shift else value.base
        if base.dtype != dtype:
            if value.strides is not None:
                raise UnsupportedError("cvta of another width")
            base = base.astype(dtype)
        machine.write(
            slot_, Value(base, value.strides, value.taint, value.mixed, value.hints), lanes
        )

    return step
