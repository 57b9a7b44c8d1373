"""The four compilers of the corpus. Each takes a source file and a target and gives PTX text.

None needs a GPU. Sources name their builds in comment lines (see README.md).
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import re
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType


class CompileError(Exception):
    """A compiler refused a source; the message is the compiler's own."""


@dataclass(frozen=True, slots=True)
class Nvcc:
    """NVIDIA's offline compiler, from a toolkit."""

    program: str
    version: str

    @classmethod
    def found(cls, program: str) -> Nvcc:
        """The compiler at `program`, asked for its version."""
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        release = re.search(r"release (\d+\.\d+)", said.stdout)
        if release is None:
            raise CompileError(f"{program} does not say its version")
        return cls(program, release[1])

    @property
    def name(self) -> str:
        """The folder that its output goes to."""
        return f"nvcc-{self.version}"

    def compile(self, source: Path, target: str, flags: tuple[str, ...]) -> str:
        """PTX of a CUDA file; raises `CompileError`."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.ptx"
            command = [self.program, "-ptx", f"-arch={target}", "-std=c++17", *flags]
            command += ["-o", str(out), str(source)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise CompileError(done.stderr)
            return out.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Nvrtc:
    """NVIDIA's run-time compiler, from a shared library: the way to targets below sm_75."""

    library: ctypes.CDLL
    version: str

    @classmethod
    def found(cls, path: str) -> Nvrtc:
        """The library at `path`, asked for its version."""
        library = ctypes.CDLL(path)
        major, minor = ctypes.c_int(), ctypes.c_int()
        library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
        return cls(library, f"{major.value}.{minor.value}")

    @property
    def name(self) -> str:
        """The folder that its output goes to."""
        return f"nvrtc-{self.version}"

    def compile(self, source: Path, target: str, flags: tuple[str, ...]) -> str:
        """PTX of a CUDA file that includes no header; raises `CompileError`."""
        target = target.replace("sm_", "compute_")
        options = [f"--gpu-architecture={target}", "--std=c++14", *flags]
        program = ctypes.c_void_p()
        text, file = source.read_bytes(), source.name.encode()
        self.library.nvrtcCreateProgram(ctypes.byref(program), text, file, 0, None, None)
        listed = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
        if self.library.nvrtcCompileProgram(program, len(options), listed):
            raise CompileError(self._text(program, "ProgramLog"))
        return self._text(program, "PTX")

    def _text(self, program: ctypes.c_void_p, what: str) -> str:
        size = ctypes.c_size_t()
        getattr(self.library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        getattr(self.library, f"nvrtcGet{what}")(program, buffer)
        return buffer.value.decode()


@dataclass(frozen=True, slots=True)
class Triton:
    """Triton, from a source module whose `BUILDS` lists (function, signature, constants, options).

    A signature maps each parameter to a Triton type; `:16` after it marks divisibility by 16.
    """

    version: str

    @classmethod
    def found(cls) -> Triton:
        """The installed Triton; raises PackageNotFoundError."""
        return cls(version("triton"))

    @property
    def name(self) -> str:
        """The folder that its output goes to."""
        return f"triton-{self.version}"

    def compile(self, source: Path, target: str, flags: tuple[str, ...]) -> str:
        """PTX of the one kernel of a Triton file."""
        import triton
        from triton.backends.compiler import GPUTarget
        from triton.compiler import ASTSource

        build = _module(source).BUILD
        types = {name: kind.removesuffix(":16") for name, kind in build["signature"].items()}
        aligned = {
            (index,): [["tt.divisibility", 16]]
            for index, kind in enumerate(build["signature"].values())
            if kind.endswith(":16")
        }
        constants = build["constants"]
        signature = {**types, **dict.fromkeys(constants, "constexpr")}
        compiled = triton.compile(
            ASTSource(fn=build["kernel"], signature=signature, constexprs=constants, attrs=aligned),
            target=GPUTarget("cuda", int(target.removeprefix("cc_")), 32),
            options={"enable_fp_fusion": True, **build["options"]},
        )
        return str(compiled.asm["ptx"])


@dataclass(frozen=True, slots=True)
class Numba:
    """Numba's CUDA target, from a source module whose `BUILD` is (function, signature)."""

    version: str

    @classmethod
    def found(cls) -> Numba:
        """The installed Numba-CUDA; raises PackageNotFoundError."""
        return cls(version("numba-cuda"))

    @property
    def name(self) -> str:
        """The folder that its output goes to."""
        return f"numba-cuda-{self.version}"

    def compile(self, source: Path, target: str, flags: tuple[str, ...]) -> str:
        """PTX of the one kernel of a Numba file."""
        from numba import cuda
        from numba.cuda.core.bytecode import FunctionIdentity

        # Names carry a count of what the process compiled before; start it anew for each file.
        FunctionIdentity._unique_ids = itertools.count(1)
        function, signature = _module(source).BUILD
        number = int(target.removeprefix("cc_"))
        ptx, _ = cuda.compile_ptx(function, signature, cc=divmod(number, 10))
        return str(ptx)


Compiler = Nvcc | Nvrtc | Triton | Numba


def _module(source: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(source.stem, source)
    if spec is None or spec.loader is None:
        raise CompileError(f"{source} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
