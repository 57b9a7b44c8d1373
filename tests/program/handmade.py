"""Functions built by hand from a few words per instruction, for tests of control flow alone."""

from ptxenergy.ptx.syntax import (
    Function,
    Guard,
    Immediate,
    Instruction,
    Location,
    Operand,
    Register,
    Symbol,
)


def function(
    text: str, tables: dict[str, tuple[str, ...]] | None = None, name: str = "k"
) -> Function:
    """One instruction or `label:` a line; `@p`/`@!p` guards; operands are names or integers."""
    instructions: list[Instruction] = []
    labels: dict[str, int] = {}
    for number, line in enumerate(text.strip().splitlines(), start=1):
        words = line.replace(",", " ").split()
        if words[0].endswith(":"):
            labels[words[0][:-1]] = len(instructions)
            continue
        guard = None
        if words[0].startswith("@"):
            negated = words[0].startswith("@!")
            guard = Guard(Register(words.pop(0).lstrip("@!"), "pred"), negated)
        operands = tuple(_operand(word) for word in words[1:])
        place = Location("hand.ptx", number, 1)
        instructions.append(Instruction(words[0], operands, guard, place))
    return Function(
        name=name,
        is_entry=True,
        parameters=(),
        returns=(),
        directives={},
        instructions=tuple(instructions),
        labels=labels,
        variables=(),
        branch_targets=tables or {},
        location=Location("hand.ptx", 1, 1),
    )


def _operand(word: str) -> Operand:
    if word.lstrip("-").isdigit():
        return Immediate(int(word))
    return Register(word, "b32") if word.startswith("%") else Symbol(word)
