"""Random kernels of integer arithmetic, guards, loops and accesses, for comparing evaluations."""

from __future__ import annotations

from random import Random

HEAD = """.reg .pred %p<400>;
.reg .b32 %r<2000>;
.reg .b64 %rd<2000>;
.shared .align 16 .b8 box[4096];
"""
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_CONSTANTS = (0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33, 64, 100, 127, 777, 1000, 4096, 65537)


class Program:
    """A kernel in the making. `pool` are registers that hold something."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self.pool: list[str] = []
        self.results: set[str] = set()
        self.used = {"r": 0, "rd": 0, "p": 0, "label": 0}
        self.callees: tuple[str, ...] = ()
        self.calls = 0

    def fresh(self, kind: str) -> str:
        self.used[kind] += 1
        return f"%{kind}{self.used[kind]}" if kind != "label" else f"L{self.used[kind]}"

    def emit(self, line: str) -> None:
        self.lines.append(line if line.endswith((":", "{", "}")) else line + ";")

    def any(self) -> str:
        return self.random.choice(self.pool)

    def constant(self) -> int:
        return self.random.choice(_CONSTANTS)

    def start(self) -> None:
        names = ["%tid.x", "%ctaid.x", "%tid.y", "%ctaid.y", "%ntid.x", "%laneid", "%ctaid.z"]
        for name in names:
            register = self.fresh("r")
            self.emit(f"mov.u32 {register}, {name}")
            self.pool.append(register)
        for axis in ("x", "y"):
            register = self.fresh("r")
            self.emit(f"mov.u32 {self.fresh('r')}, %ntid.{axis}")
            extent = f"%r{self.used['r']}"
            block = "%r2" if axis == "x" else "%r4"
            thread = "%r1" if axis == "x" else "%r3"
            self.emit(f"mad.lo.s32 {register}, {block}, {extent}, {thread}")
            self.pool += [register, register]

    def arithmetic(self) -> None:
        one, other, number = self.any(), self.any(), self.constant()
        sign = self.random.choice("su")
        result = self.fresh("r")
        shift = self.random.randrange(0, 8)
        kind = self.random.randrange(18)
        forms = [
            f"add.s32 {result}, {one}, {other}",
            f"add.s32 {result}, {one}, {self.random.choice((number, -number))}",
            f"sub.s32 {result}, {one}, {other}",
            f"mul.lo.s32 {result}, {one}, {number}",
            f"mad.lo.s32 {result}, {one}, {number}, {other}",
            f"shl.b32 {result}, {one}, {shift}",
            f"shr.{sign}32 {result}, {one}, {shift}",
            f"and.b32 {result}, {one}, {self.random.choice((1, 3, 7, 15, 31, 63, -4, -32, 6))}",
            f"or.b32 {result}, {one}, {self.random.choice((1, 3, 8))}",
            f"or.b32 {result}, {one}, {other}",
            f"xor.b32 {result}, {one}, {self.random.choice((1, 3, -1))}",
            f"div.{sign}32 {result}, {one}, {max(1, number)}",
            f"rem.{sign}32 {result}, {one}, {max(1, number)}",
            f"min.{sign}32 {result}, {one}, {self.random.choice((other, number))}",
            f"max.{sign}32 {result}, {one}, {self.random.choice((other, number))}",
            f"not.b32 {result}, {one}",
            f"neg.s32 {result}, {one}",
            f"mul.hi.u32 {result}, {one}, {number + 1}",
        ]
        self.emit(forms[kind])
        self.pool.append(result)
        self.results.add(result)

    def rewrite(self) -> None:
        """A register that was written before, written again in some lanes."""
        old = [register for register in self.pool if register in self.results]
        if not old or self.random.random() < 0.3:
            self.arithmetic()
            old = self.pool[-1:]
        target, one, number = self.random.choice(old), self.any(), self.constant()
        guard = f"@{self.random.choice(('', '!'))}{self.predicate()}"
        forms = [
            f"add.s32 {target}, {target}, {number}",
            f"add.s32 {target}, {one}, {number}",
            f"mad.lo.s32 {target}, {target}, {number}, {one}",
            f"mov.u32 {target}, {one}",
        ]
        self.emit(f"{guard} {self.random.choice(forms)}")

    def predicate(self) -> str:
        result = self.fresh("p")
        against = self.random.choice((self.any(), str(self.constant()), str(self.constant())))
        sign = self.random.choice("su")
        self.emit(
            f"setp.{self.random.choice(_COMPARISONS)}.{sign}32 {result}, {self.any()}, {against}"
        )
        if self.random.random() < 0.3:
            second, both = self.fresh("p"), self.fresh("p")
            comparison = self.random.choice(_COMPARISONS)
            self.emit(f"setp.{comparison}.s32 {second}, {self.any()}, {self.constant()}")
            self.emit(f"{self.random.choice(('and', 'or'))}.pred {both}, {result}, {second}")
            return both
        return result

    def select(self) -> None:
        result = self.fresh("r")
        one, other = self.any(), self.any()
        self.emit(f"selp.b32 {result}, {one}, {other}, {self.predicate()}")
        self.pool.append(result)

    def access(self) -> None:
        width = self.random.choice((1, 4, 4, 4, 8))
        value = {1: ("u8", "%r0"), 4: ("u32", "%r0"), 8: ("u64", "%rd0")}[width]
        guard = f"@{self.predicate()} " if self.random.random() < 0.2 else ""
        if self.random.random() < 0.3:
            at, masked = self.fresh("r"), self.fresh("r")
            self.emit(f"and.b32 {masked}, {self.any()}, 127")
            self.emit(f"mad.lo.s32 {at}, {masked}, {self.random.choice((8, 16, 24))}, 0")
            self.emit(f"{guard}st.shared.{value[0]} [{at}], {value[1]}")
            return
        wide, at = self.fresh("rd"), self.fresh("rd")
        scale = width * self.random.choice((1, 1, 1, 2, 9))
        sign = self.random.choice("ssu")
        self.emit(f"mul.wide.{sign}32 {wide}, {self.any()}, {scale}")
        self.emit(f"add.s64 {at}, {wide}, {self.random.choice(('%rd1', '%rd2'))}")
        if self.random.random() < 0.5:
            self.emit(f"{guard}ld.global.{value[0]} {value[1]}, [{at}]")
        elif self.random.random() < 0.15:
            self.emit(
                f"{guard}red.global.add.u32 [{at}], %r0"
                if width == 4
                else f"{guard}st.global.{value[0]} [{at}], {value[1]}"
            )
        else:
            self.emit(f"{guard}st.global.{value[0]} [{at}], {value[1]}")

    def branch(self, depth: int) -> None:
        end = self.fresh("label")
        self.emit(f"@{self.random.choice(('', '!'))}{self.predicate()} bra {end}")
        known = list(self.pool)
        self.statements(depth - 1)
        if self.random.random() < 0.1:
            self.emit("ret")
        elif self.random.random() < 0.4:
            last = self.fresh("label")
            self.emit(f"bra {last}")
            self.emit(f"{end}:")
            end = last
            self.pool = list(known)
            self.statements(depth - 1)
        self.emit(f"{end}:")
        self.pool = known

    def loop(self, depth: int) -> None:
        counter, limit, top, done = (
            self.fresh("r"), self.fresh("r"), self.fresh("label"), self.fresh("label"),
        )  # fmt: skip
        mask = self.random.choice((3, 7, 15, 31))
        start = self.random.choice(("0", "0", self.any()))
        kind = self.random.randrange(4)
        self.emit(f"and.b32 {limit}, {self.any()}, {mask}")
        if self.random.random() < 0.5:
            self.emit(f"mov.u32 {limit}, {self.random.randrange(0, 40)}")
        if start != "0":
            self.emit(f"and.b32 {counter}, {start}, 15")
        else:
            self.emit(f"mov.u32 {counter}, 0")
        carried = self.fresh("r")
        self.emit(f"mov.u32 {carried}, {self.any()}")
        known = list(self.pool)
        self.pool += [counter, counter, carried]
        leave = self.fresh("p")
        if kind != 1:
            self.emit(f"setp.ge.s32 {leave}, {counter}, {limit}")
            self.emit(f"@{leave} bra {done}")
        if kind == 3:
            self.emit(f"mov.u32 {limit}, 0")
            self.emit(f"add.s32 {counter}, {counter}, 64")
        self.emit(f"{top}:")
        self.statements(depth - 1)
        change = self.random.choice(
            (
                f"add.s32 {carried}, {carried}, {self.constant()}",
                f"xor.b32 {carried}, {carried}, {self.random.choice((1, 4))}",
                f"mad.lo.s32 {carried}, {carried}, 3, 1",
                f"add.s32 {carried}, {carried}, {counter}",
            )
        )
        self.emit(change)
        again = self.fresh("p")
        if kind == 3:
            self.emit(f"shr.u32 {counter}, {counter}, 1")
            self.emit(f"setp.gt.u32 {again}, {counter}, {limit}")
        else:
            self.emit(f"add.s32 {counter}, {counter}, {self.random.choice((1, 1, 1, 2, 3))}")
            self.emit(f"setp.lt.s32 {again}, {counter}, {limit}")
        self.emit(f"@{again} bra {top}")
        self.emit(f"{done}:")
        self.pool = [*known, carried]

    def call(self) -> None:
        """A call with a number of each width; the result may be read in another width."""
        if not self.callees:
            self.arithmetic()
            return
        self.calls += 1
        one, wide, out = (f"{name}{self.calls}" for name in ("one", "wide", "out"))
        result, widened = self.fresh("r"), self.fresh("rd")
        guard = f"@{self.predicate()} " if self.random.random() < 0.2 else ""
        self.emit(
            f"cvt.{self.random.choice('su')}64.{self.random.choice('su')}32 {widened}, {self.any()}"
        )
        self.emit(f"mov.u32 {result}, {self.any()}")
        self.emit("{")
        self.emit(f".param .b32 {one}")
        self.emit(f".param .b64 {wide}")
        self.emit(f".param .b32 {out}")
        self.emit(f"st.param.b32 [{one}], {self.any()}")
        self.emit(f"st.param.b64 [{wide}], {widened}")
        self.emit(f"{guard}call ({out}), {self.random.choice(self.callees)}, ({one}, {wide})")
        self.emit(f"{guard}ld.param.b32 {result}, [{out}]")
        self.emit("}")
        self.pool.append(result)
        self.results.add(result)

    def statements(self, depth: int) -> None:
        for _ in range(self.random.randrange(1, 6)):
            choice = self.random.random()
            if choice < 0.45:
                self.arithmetic()
            elif choice < 0.5:
                self.select()
            elif choice < 0.56:
                self.rewrite()
            elif choice < 0.6:
                self.call()
            elif choice < 0.75 or depth <= 0:
                self.access()
            elif choice < 0.88:
                self.branch(depth)
            else:
                self.loop(depth)


def functions(random: Random, count: int) -> str:
    """Functions `f0`, `f1` and so on, each of which may call those before it."""
    made = [_function(random, number) for number in range(count)]
    return "\n".join(made)


def _function(random: Random, number: int) -> str:
    made = Program(random)
    made.callees = tuple(f"f{earlier}" for earlier in range(number))
    made.used |= {"r": 2, "rd": 2}
    made.pool = ["%r1", "%r2"]
    made.emit("ld.param.u32 %r1, [one]")
    made.emit("ld.param.u64 %rd1, [wide]")
    made.emit("cvt.u32.u64 %r2, %rd1")
    made.emit("mov.u64 %rd1, 1099511627776")
    made.emit("mov.u64 %rd2, 2199023255552")
    made.statements(1)
    if random.random() < 0.5:
        made.emit(f"st.param.b32 [out], {made.any()}")
        made.emit(f"@{made.predicate()} ret")
    made.statements(1)
    made.emit(f"st.param.b32 [out], {made.any()}")
    head = f".func (.param .b32 out) f{number}(.param .b32 one, .param .b64 wide)\n{{\n"
    registers = "\n".join(HEAD.splitlines()[:3])
    return head + registers + "\n" + "\n".join(made.lines) + "\nret;\n}"


def program(random: Random, depth: int = 2, callees: int = 0) -> str:
    """The body of a kernel with two pointer parameters `a` and `b`, calling so many functions."""
    made = Program(random)
    made.callees = tuple(f"f{number}" for number in range(callees))
    made.used["rd"] = 2
    made.start()
    made.statements(depth)
    made.statements(depth)
    made.access()
    loads = "ld.param.u64 %rd1, [a];\nld.param.u64 %rd2, [b];\n"
    return HEAD + loads + "\n".join(made.lines) + "\nret;"
