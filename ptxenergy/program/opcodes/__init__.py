"""What every PTX opcode is, takes and touches: a table by chapter of the PTX ISA."""

from ptxenergy.program.opcodes.check import check_operands
from ptxenergy.program.opcodes.description import describe

__all__ = ["check_operands", "describe"]
