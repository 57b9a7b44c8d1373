"""The shape of the code, held: who may import whom, who may print, how long a file may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ptxenergy"

# In the order in which a file passes through them; `pipeline` leads it, `report` shows the result.
STAGES = (
    *("errors", "_version", "shipped", "plugins"),
    *("ptx", "program", "gpu", "launch", "settings", "features", "model", "pipeline"),
    *("explain", "compare", "tune"),
    *("report", "api", "cli", "__main__"),
)
# Beside the flow: they may use what lies before the stage named, and no stage may use them.
SIDE_ROOMS = {
    "measure": "pipeline",
    "train": "report",
    "evaluation": "report",
    "findings": "api",
    "hooks": "cli",
}
# Training, evaluation and findings read what measuring wrote; nothing that predicts imports them.
SIDE_DOORS = {(room, "measure") for room in ("train", "evaluation", "findings")}
# The rooms of measuring, in their own order.
MEASURING = ("kernels", "planning", "device", "rows", "campaign")
# Names the values of all stages, for type checkers alone: it is what plugins are asked.
CONTRACT = PACKAGE / "plugins" / "specs.py"
PRINTING = {"report", "cli", "__main__"}
LONGEST_FILE_LINES = 300
TEXT_SUFFIXES = {
    *(".py", ".md", ".toml", ".lark", ".ptx", ".cu", ".json", ".txt", ".yml", ".yaml", ".cfg"),
    *("", ".ll", ".csv", ".in"),
}


def sources() -> Iterator[Path]:
    yield from sorted(PACKAGE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_modules(path: Path) -> Iterator[tuple[int, list[str]]]:
    """What a file imports of ptxenergy, below it, with the line; relative imports are refused."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            module = node.module or ""
            names = [module]
            if module == "ptxenergy":
                names = [f"ptxenergy.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "ptxenergy" and rest:
                yield node.lineno, rest.split(".")


def imported_rooms(path: Path) -> Iterator[tuple[int, str]]:
    """The rooms of ptxenergy that a file imports, with the line."""
    for line, names in imported_modules(path):
        yield line, names[0]


def may_import(importer: str, imported: str) -> bool:
    if importer == "__init__" or importer == imported:
        return True
    if imported in SIDE_ROOMS:
        return importer in ("cli", "__main__") or (importer, imported) in SIDE_DOORS
    before = STAGES.index(SIDE_ROOMS.get(importer, importer))
    return STAGES.index(imported) < before


def tracked_files() -> list[Path]:
    """The files that git tracks; without git (a source archive), every file outside caches."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_every_room_is_known() -> None:
    rooms = {room(path) for path in sources()} - {"__init__"}
    assert rooms <= {*STAGES, *SIDE_ROOMS}


def test_stages_import_only_backwards() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {imported}"
        for path in sources()
        if path != CONTRACT
        for line, imported in imported_rooms(path)
        if imported not in ("__version__", "__init__") and not may_import(room(path), imported)
    ]
    assert wrong == []


def test_the_rooms_of_measuring_import_only_backwards() -> None:
    wrong = []
    for number, here in enumerate(MEASURING):
        for path in sorted((PACKAGE / "measure" / here).rglob("*.py")):
            for line, (first, *rest) in imported_modules(path):
                if first == "measure" and rest[0] not in MEASURING[: number + 1]:
                    wrong.append(f"{path.relative_to(ROOT)}:{line} imports {rest[0]}")
    assert wrong == []
    rooms = {path.parent.name for path in (PACKAGE / "measure").glob("*/__init__.py")}
    assert rooms == set(MEASURING)


def test_the_contract_of_plugins_imports_nothing_when_it_runs() -> None:
    outside = [node for node in tree(CONTRACT).body if isinstance(node, ast.ImportFrom)]
    assert [node.module for node in outside if str(node.module).startswith("ptxenergy")] == []
    assert list(imported_rooms(CONTRACT))


def test_the_order_is_held_both_ways() -> None:
    assert may_import("model", "launch")
    assert not may_import("launch", "model")
    assert not may_import("model", "pipeline")
    assert may_import("report", "pipeline")
    assert not may_import("pipeline", "report")
    assert not may_import("report", "measure")
    assert may_import("train", "measure")
    assert may_import("findings", "report")
    assert not may_import("report", "findings")
    assert not may_import("findings", "train")
    assert not may_import("measure", "train")
    assert not may_import("model", "train")


def test_only_the_reports_print() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if room(path) not in PRINTING and path.name != "__main__.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _PRINTERS
    ]
    assert wrong == []


_PRINTERS = {"print", "sys.stdout.write", "sys.stderr.write", "warnings.warn", "rich.print"}


def test_no_stage_looks_at_a_clock() -> None:
    """What is given up is decided by work, or a busy machine would give other numbers."""
    stages = set(STAGES[: STAGES.index("report")])
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if room(path) in stages
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        if {"time", "datetime"} & {getattr(node, "module", None), *(n.name for n in node.names)}
    ]
    assert wrong == []


def test_no_assert_guards_the_package() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert)
    ]
    assert wrong == []


def test_broad_excepts_stand_only_at_the_edge() -> None:
    broad = {None, "Exception", "BaseException"}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if path != PACKAGE / "cli" / "main.py" and room(path) not in ("hooks", "plugins")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and not _raises_again(node)
        and (None if node.type is None else ast.unparse(node.type)) in broad
    ]
    assert wrong == []


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE_LINES
    }
    assert long == {}


def test_every_module_class_and_function_says_what_it_is() -> None:
    documented = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    wrong = [f"{path.relative_to(ROOT)}" for path in sources() if not ast.get_docstring(tree(path))]
    wrong += [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources()
        for node in tree(path).body
        if isinstance(node, documented)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert wrong == []


def test_predicting_imports_nothing_heavy() -> None:
    """Run a whole prediction, then look at what it loaded."""
    script = (
        "import sys\n"
        "from ptxenergy.cli.main import run\n"
        "code = run(['predict', 'examples/transpose.ptx', '--block', '32x8', '--json'])\n"
        "heavy = {'sklearn', 'pandas', 'cupy', 'scipy', 'joblib', 'numba', 'triton', 'pynvml',"
        " 'pydantic'}\n"
        "sys.exit(code or sorted(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_what_predicts_is_made_of_no_dataclasses() -> None:
    """Each takes some thirty times as long to make as a `msgspec.Struct`, in every process anew."""
    found = {
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in sources()
        if room(path) not in {"api", "measure"}
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    }
    assert not found


def test_help_imports_neither_numpy_nor_lark() -> None:
    script = (
        "import sys\n"
        "from ptxenergy.cli.main import run\n"
        "code = run(['predict', '--help'])\n"
        "sys.exit(code or sorted({'numpy', 'lark', 'sklearn', 'pandas'} & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_nothing_committed_names_a_machine() -> None:
    """No absolute path of somebody's machine and no package registry's host, in any text file."""
    paths = "|".join(("work", "root", "home", "tmp", "Users", "opt"))
    hosts = "|".join(
        (r"pypi\.(?:org|python)", r"pythonhosted\.org", r"registry\.npmjs", r"conda\.an")
    )
    machine = re.compile(rf"(?<![\w.~$}}/-])/(?:{paths})/(?!someone|other)[\w.]|{hosts}")
    wrong = []
    for path in tracked_files():
        if path.suffix not in TEXT_SUFFIXES:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{path.relative_to(ROOT)}: {match.group()}" for match in machine.finditer(text)]
    assert wrong == []


def test_committed_ptx_names_its_sources_relatively() -> None:
    absolute = re.compile(r'^\s*\.file\s+\d+\s+"(?:/|[A-Za-z]:)[^"]*"', re.MULTILINE)
    wrong = [
        f"{path.relative_to(ROOT)}: {match.group().strip()}"
        for path in tracked_files()
        if path.suffix == ".ptx"
        for match in absolute.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert wrong == []
