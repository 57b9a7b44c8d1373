"""`ptxenergy measure`: what is measured, and the kernels that it is measured on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.cli.screen import progress, write
from ptxenergy.errors import PtxEnergyError

EXAMPLES = ("ptxenergy measure compile --check", "ptxenergy measure plan")

app = typer.Typer(no_args_is_help=True, help="Plan a campaign, and compile its kernels.")

_Datasets = Annotated[
    Path, typer.Option("--datasets", help="The folder that holds kernels, PTX and plan.")
]


class MeasureError(PtxEnergyError):
    """The measuring kit refuses; it has errors of its own, for it imports nothing else."""

    code = "measure"


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn the kit's errors into one that the command line shows as a line."""
    from ptxenergy.measure.compile import CompileError
    from ptxenergy.measure.plan import PlanError
    from ptxenergy.measure.sensor import DeviceError

    try:
        yield
    except (CompileError, PlanError, DeviceError) as error:
        raise MeasureError(str(error)) from error


@app.command()
def plan(
    datasets: _Datasets = Path("datasets"),
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write; default: the datasets' plan.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Chooses among launches.")] = None,
) -> None:
    """Write the plan: which launches to measure. Takes minutes: pins are computed from the data."""
    from ptxenergy.measure.catalog import catalog
    from ptxenergy.measure.compile import read_index
    from ptxenergy.measure.plan import SEED
    from ptxenergy.measure.plan import plan as made
    from ptxenergy.measure.point import write_plan

    with _refusing():
        points = made(catalog(datasets), read_index(datasets), SEED if seed is None else seed)
    path = out or datasets / "plan.jsonl"
    write_plan(points, path)
    kernels = len({point.kernel for point in points})
    write(f"{len(points)} points of {kernels} kernels in {path}\n")


@app.command("compile")
def compile_kernels(
    datasets: _Datasets = Path("datasets"),
    nvcc: Annotated[str, typer.Option("--nvcc", help="The compiler, of CUDA 13.0.")] = "nvcc",
    any_version: Annotated[
        bool, typer.Option("--any-version", help="Take another compiler than CUDA 13.0's.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is stale; needs no compiler.")
    ] = False,
) -> None:
    """Compile the kernels whose PTX is stale, and record from what."""
    from ptxenergy.measure import compile as compiling
    from ptxenergy.measure.catalog import catalog

    entries = {entry.kernel.name: entry for entry in catalog(datasets)}
    known = compiling.read_index(datasets)
    stale = compiling.stale(entries.values(), known, datasets)
    if check:
        write("".join(f"{name}: {why}\n" for name, why in stale.items()) or "all PTX is fresh\n")
        raise typer.Exit(2 if stale else 0)
    index = {name: compiled for name, compiled in known.items() if name in entries}
    with _refusing():
        version = compiling.check_version(nvcc, any_version=any_version)
        for name in progress(list(stale), "compiling"):
            index[name] = compiling.compile_entry(entries[name], datasets, nvcc, version)
            compiling.write_index(datasets, index)
    compiling.write_index(datasets, index)
    write(f"{len(stale)} of {len(entries)} kernels compiled\n")


@app.command()
def verify(datasets: _Datasets = Path("datasets")) -> None:
    """Launch each kernel once on this GPU and compare with NumPy."""
    from ptxenergy.measure.catalog import catalog
    from ptxenergy.measure.verify import cupy_launcher
    from ptxenergy.measure.verify import verify as checked

    with _refusing():
        found = list(checked(catalog(datasets), cupy_launcher()))
    faults = [f"{name} {block}: {fault}\n" for name, block, fault in found if fault]
    write("".join(faults) + f"{len(found) - len(faults)} of {len(found)} launches are right\n")
    if faults:
        raise typer.Exit(2)
