"""Instructions into steps, once for each kernel; what only becomes data is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.closed.access import access
from ptxenergy.launch.closed.code import Code, End, Guard, Node, Step, UnsupportedError, find_live
from ptxenergy.launch.closed.compute import compute, forget
from ptxenergy.launch.closed.crosslane import exchange
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import address, destination
from ptxenergy.launch.closed.value import Value
from ptxenergy.launch.reference.loops import loop_exit
from ptxenergy.launch.reference.movement import space_word
from ptxenergy.launch.reference.placement import WINDOWS, place
from ptxenergy.launch.reference.relevance import Relevance, relevance_of
from ptxenergy.program.flow import branch_labels, control_flow
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import (
    Address,
    Function,
    Instruction,
    Module,
    Negation,
    Operand,
    Pair,
    Register,
    Vector,
)

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_REFUSED: Final = frozenset({"call", "brx", "alloca", "mapa", "getctarank", "isspacep", "wmma"})
_EXCHANGES: Final = frozenset({"shfl", "vote", "activemask", "elect", "match", "redux"})
_FORGETFUL: Final = ("control", "barrier", "memory", "tensor")
_WITHOUT_EFFECT: Final = (
    "fence",
    "membar",
    "griddepcontrol",
    "nanosleep",
    "prefetch",
    "setmaxnreg",
)


def ready(module: Module, kernel: Function) -> Code:
    """A kernel's code. Raises UnsupportedError where it does what is not followed here."""
    flow = control_flow(kernel)
    if not flow.is_reducible:
        raise UnsupportedError("irreducible control flow")
    if any(extent > 1 for extent in kernel.directives.get("reqnctapercluster", ())):
        raise UnsupportedError("cluster")
    opcodes = tuple(describe(instruction.opcode) for instruction in kernel.instructions)
    code = Code(kernel, flow, place(module, kernel), opcodes)
    end = 0
    for parameter in kernel.parameters:
        align = max(parameter.align_bytes, 8)
        end = -(-end // align) * align
        code.parameters[parameter.name] = end
        end += parameter.size_bytes
    end = 0
    for variable in kernel.variables:
        if variable.space == "local":
            align = max(variable.align_bytes, 1)
            code.locals[variable.name] = end = -(-end // align) * align
            end += variable.size_bytes
    code.sizes = {v.name: v.size_bytes for v in module.variables if v.space == "global"}
    relevance = relevance_of((kernel,))
    code.nodes = [_node(code, index, relevance) for index in range(len(flow.blocks))]
    find_live(code)
    loaded = relevance.loaded(module)
    code.loaded = frozenset(
        slot for name, slot in code.slots.items() if (kernel.name, name) in loaded
    )
    return code


def _node(code: Code, index: int, relevance: Relevance) -> Node:
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
        step = _step(code, number, relevance)
        if step is not None:
            node.steps.append(step)
            _note(code, node, instruction, opcode)
    if node.end is None:
        following = index + 1 if index + 1 < len(code.flow.blocks) else None
        node.end = End("fall", block.end - 1, target=following)
    return node


def _end(code: Code, index: int, number: int) -> End:
    instruction, opcode = code.function.instructions[number], code.opcodes[number]
    guard = _guard(code, instruction)
    following = index + 1 if index + 1 < len(code.flow.blocks) else None
    meet = code.flow.post_dominators[index]
    if opcode.root != "bra":
        return End("leave", number, guard, None, following, meet)
    label = branch_labels(code.function, instruction)[0]
    place_ = code.function.labels[label]
    size = len(code.function.instructions)
    target = code.flow.block_of[place_] if place_ < size else None
    leaving = None if guard is None else loop_exit(code.function, code.flow, number, place_)
    visits = -1 if leaving is None else code.slot(("visits", number))
    return End("branch", number, guard, target, following, meet, leaving, visits)


def _guard(code: Code, instruction: Instruction) -> Guard | None:
    guard = instruction.guard
    return None if guard is None else Guard(code.slot(guard.register.name), guard.negated)


def _step(code: Code, number: int, relevance: Relevance) -> Step | None:
    """The step of an instruction; None where nothing depends on it and nothing is to be counted."""
    instruction, opcode = code.function.instructions[number], code.opcodes[number]
    guard = _guard(code, instruction)
    is_data = relevance.is_data(code.function, instruction)
    if is_data and guard is None and not opcode.accesses:
        return None
    bare = _bare(code, number, is_data=is_data)
    if guard is None:
        return bare
    end = End("guard", number, guard)

    def step(machine: Machine, lanes: Lanes) -> None:
        chosen = machine.subset(lanes, end)
        if chosen is not None and bare is not None:
            machine.scope.active = chosen.bools
            bare(machine, chosen)
            machine.scope.active = lanes.bools

    return step


def _bare(code: Code, number: int, *, is_data: bool) -> Step | None:
    """The step without its guard."""
    instruction, opcode = code.function.instructions[number], code.opcodes[number]
    root = opcode.root
    if root in _REFUSED or (root in ("bar", "barrier") and opcode.destinations and not is_data):
        raise UnsupportedError(root)
    if opcode.accesses:
        return access(code, number, instruction, opcode)
    if is_data:
        return None
    if root in _EXCHANGES:
        return exchange(code, instruction, opcode)
    if root == "cvta":
        return _convert_address(code, instruction, opcode)
    if root == "mbarrier":
        return _wait(code, instruction, opcode)
    if not opcode.destinations or root in _WITHOUT_EFFECT:
        return None
    if opcode.category in _FORGETFUL or opcode.tensor is not None:
        return forget(code, instruction, opcode)
    return compute(code, instruction, opcode)


def _wait(code: Code, instruction: Instruction, opcode: Opcode) -> Step | None:
    """What a wait waits for has always come."""
    if "expect_tx" in opcode.modifiers:
        raise UnsupportedError("mbarrier with bytes to come")
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


def _note(code: Code, node: Node, instruction: Instruction, opcode: Opcode) -> None:
    """Enter what a step reads and writes. A guarded write does not end a register's life."""
    reads = _registers(code, instruction.operands[opcode.destinations :])
    if instruction.guard is not None:
        reads.append(code.slot(instruction.guard.register.name))
    writes = _registers(code, instruction.operands[: opcode.destinations])
    node.reads.update(slot for slot in reads if slot not in node.writes)
    if instruction.guard is None:
        node.writes.update(writes)
    else:
        node.reads.update(slot for slot in writes if slot not in node.writes)
        node.writes.update(writes)
        node.merged.update(writes)


def _registers(code: Code, operands: tuple[Operand, ...]) -> list[int]:
    found: list[int] = []
    for operand in operands:
        if isinstance(operand, Register):
            found.append(code.slot(operand.name))
        elif isinstance(operand, Address):
            found += _registers(code, (operand.base,))
        elif isinstance(operand, Negation):
            found += _registers(code, (operand.operand,))
        elif isinstance(operand, Pair):
            found += _registers(code, (operand.first, operand.second))
        elif isinstance(operand, Vector):
            found += _registers(code, operand.elements)
    return found
