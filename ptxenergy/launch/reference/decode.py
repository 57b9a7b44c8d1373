"""Instructions into steps, once for each function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from ptxenergy.launch.reference import asynchronous, bulk, crosslane, matrices, movement
from ptxenergy.launch.reference.atomics import atomic
from ptxenergy.launch.reference.barriers import barrier, meeting
from ptxenergy.launch.reference.calls import call, taken_apart
from ptxenergy.launch.reference.code import Code, Execute, Step, Transfer
from ptxenergy.launch.reference.compute import compute
from ptxenergy.launch.reference.control import Way, branch, indirect_branch, leave
from ptxenergy.launch.reference.guards import Test, guarded
from ptxenergy.launch.reference.lanes import Mask
from ptxenergy.launch.reference.loads import load, store
from ptxenergy.launch.reference.loops import loop_exit
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.placement import Placement
from ptxenergy.launch.reference.products import product
from ptxenergy.launch.reference.progress import comparison_before
from ptxenergy.launch.reference.relevance import Relevance
from ptxenergy.launch.reference.waits import wait
from ptxenergy.program.flow import branch_labels
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Instruction, Parameter, Register, Variable

_Builder: TypeAlias = Callable[[Operands, Instruction, Opcode], Execute]
_Accessor: TypeAlias = Callable[[Operands, Instruction, Opcode, Step], Execute]

_BUILDERS: Final[Mapping[str, _Builder]] = {
    "mov": movement.mov, "cvta": movement.cvta, "isspacep": movement.isspacep,
    "mapa": movement.mapa, "getctarank": movement.getctarank, "alloca": movement.alloca,
    "shfl": crosslane.shfl, "vote": crosslane.vote, "activemask": crosslane.activemask,
    "elect": crosslane.elect, "match": crosslane.match, "redux": crosslane.redux,
}  # fmt: skip
_TRANSFERS: Final = frozenset({"bra", "brx", "call", "ret", "exit", "trap"})


def decode(code: Code, placement: Placement, relevance: Relevance) -> None:
    """Fill in the steps of `code`.

    Raises EvaluationError where an instruction's operands are not what its opcode takes.
    """
    _lay_out(code)
    operands = Operands(code, placement)
    for index, instruction in enumerate(code.function.instructions):
        is_data = relevance.is_data(code.function, instruction)
        code.steps.append(_step(operands, instruction, index, is_data=is_data))
    code.stretch_end = _stretches(code)


def _stretches(code: Code) -> list[int]:
    """For each instruction, where those that always run with it end."""
    size = len(code.steps)
    starts = {block.start for block in code.flow.blocks}
    ends = [size] * size
    for index in range(size - 1, -1, -1):
        following = index + 1
        cut = (
            following >= size
            or following in starts
            or code.steps[index].transfer is not None
            or code.steps[following].transfer is not None
        )
        ends[index] = following if cut else ends[following]
    return ends


def _lay_out(code: Code) -> None:
    """Offsets of parameters, `.param` variables and local variables of a function."""
    function = code.function
    end = 0
    variables = [v for v in function.variables if v.space == "param"]
    places: list[Parameter | Variable] = [*function.parameters, *function.returns, *variables]
    for place in places:
        end = _aligned(end, max(place.align_bytes, 8))
        code.parameter_offsets[place.name] = end
        end += place.size_bytes
    code.parameter_bytes = end
    code.has_parameter_variables = bool(variables)
    end = 0
    for variable in function.variables:
        if variable.space == "local":
            end = _aligned(end, max(variable.align_bytes, 1))
            code.local_offsets[variable.name] = end
            end += variable.size_bytes
    code.local_bytes = _aligned(end, 16)


def _aligned(offset: int, align: int) -> int:
    return -(-offset // align) * align


def _step(operands: Operands, instruction: Instruction, index: int, *, is_data: bool) -> Step:
    opcode = describe(instruction.opcode)
    number = operands.code.first + index
    guard = instruction.guard
    test = None
    if guard is not None:
        slot = operands.code.register(guard.register.name, "pred")
        test = Test(slot, guard.negated, instruction, number)
    transfer = _transfer(operands, instruction, opcode, (index, test))
    if transfer is not None:
        return Step(instruction, opcode, number, transfer=transfer)
    bare = Step(instruction, opcode, number, is_data=is_data)
    execute = _execute(operands, instruction, opcode, bare)
    if test is not None:
        execute = guarded(execute, test)
    # What is guarded or touches memory is counted by its own step, data or not.
    can_skip = is_data and test is None and not opcode.accesses
    compares = _compares(operands, instruction, opcode)
    return Step(instruction, opcode, number, execute=execute, is_data=can_skip, compares=compares)


def _compares(
    operands: Operands, instruction: Instruction, opcode: Opcode
) -> tuple[int, int, int, str] | None:
    """The slots of a `setp`'s predicate and operands, and their type."""
    places = instruction.operands
    if opcode.root != "setp" or len(places) < 3 or not isinstance(places[0], Register):
        return None
    kind = opcode.types[-1]
    slots = (operands.source(places[1], kind), operands.source(places[2], kind))
    return operands.code.register(places[0].name, "pred"), *slots, kind


def _transfer(
    operands: Operands, instruction: Instruction, opcode: Opcode, at: tuple[int, Test | None]
) -> Transfer | None:
    """The step of an instruction that moves lanes; None for all others."""
    index, test = at
    code, root = operands.code, opcode.root
    number = code.first + index
    if root in ("bar", "barrier") and not {"warp", "cluster"} & set(opcode.modifiers):
        return barrier(meeting(operands, instruction, opcode, test), number)
    if root not in _TRANSFERS:
        return None
    if root == "call":
        return call(operands, taken_apart(operands, instruction, number, test))
    if root in ("ret", "exit", "trap"):
        return leave(test, number, everything=root != "ret")
    labels = code.function.labels
    targets = tuple(labels[name] for name in branch_labels(code.function, instruction))
    meet = code.flow.reconvergence(index)
    if root == "brx":
        slot = operands.source(instruction.operands[0], "u32")
        return indirect_branch(code, (slot, targets, meet, test), instruction)
    leaving = loop_exit(code.function, code.flow, index, targets[0]) if test else None
    compared = comparison_before(code, index, test.slot) if test and leaving else None
    return branch(Way(targets[0], meet, leaving, compared), test, number)


def _execute(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    builder = _BUILDERS.get(opcode.root)
    if builder is not None:
        return builder(operands, instruction, opcode)
    accessor = _accessor(opcode)
    if accessor is not None:
        return accessor(operands, instruction, opcode, step)
    if opcode.root == "mbarrier":
        return wait(operands, instruction, opcode)
    if opcode.category in ("control", "barrier", "memory") and not opcode.destinations:
        return _nothing
    if opcode.tensor is not None:
        return product(operands, instruction, opcode)
    return compute(operands, instruction, opcode)


def _accessor(opcode: Opcode) -> _Accessor | None:
    """What carries out an instruction with memory accesses."""
    root, words = opcode.root, opcode.modifiers
    if root in ("ld", "ldu"):
        return load
    if root == "st" and not {"async", "bulk"} & set(words):
        return store
    if root in ("atom", "red") and "async" not in words:
        return atomic
    if not opcode.accesses:
        return None
    if any(access.is_bulk for access in opcode.accesses):
        return bulk.bulk
    if root == "cp":
        return asynchronous.copy
    if root in ("ldmatrix", "stmatrix"):
        return matrices.matrix_rows
    if root == "wmma":
        return matrices.fragment
    return matrices.other_access


def _nothing(_: object, __: object, ___: Mask) -> None:
    """An instruction that changes no register and no memory."""
