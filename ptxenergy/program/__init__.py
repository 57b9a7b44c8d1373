"""Syntax → control flow: opcodes, basic blocks, loops, register pressure."""
