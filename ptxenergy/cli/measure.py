"""`ptxenergy measure`: what is measured, and the kernels that it is measured on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.cli import campaign
from ptxenergy.cli.examples import examples
from ptxenergy.cli.kit import DatasetsOption, refusing
from ptxenergy.cli.screen import progress, write

COMPILE_EXAMPLES = ("ptxenergy measure compile --check", "ptxenergy measure compile")
PLAN_EXAMPLES = ("ptxenergy measure plan",)
VERIFY_EXAMPLES = ("ptxenergy measure verify --out datasets/h200",)
EXAMPLES = (*VERIFY_EXAMPLES, *campaign.PROBE_EXAMPLES, *campaign.RUN_EXAMPLES)

app = typer.Typer(
    no_args_is_help=True, help="Measure kernels on a GPU: compile, plan, verify, probe, run."
)


for _command, _lines in (
    (campaign.probe, campaign.PROBE_EXAMPLES),
    (campaign.run, campaign.RUN_EXAMPLES),
    (campaign.counters, campaign.COUNTERS_EXAMPLES),
):
    app.command(epilog=examples(_lines))(_command)


@app.command(epilog=examples(PLAN_EXAMPLES))
def plan(
    datasets: DatasetsOption = Path("datasets"),
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write; default: the datasets' plan.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Chooses among launches.")] = None,
) -> None:
    """Write the plan: which launches to measure. Takes minutes: pins are computed from the data."""
    from ptxenergy.measure.kernels.catalog import catalog
    from ptxenergy.measure.kernels.compile import read_index
    from ptxenergy.measure.planning.plan import SEED, pinned
    from ptxenergy.measure.planning.plan import plan as made
    from ptxenergy.measure.planning.point import write_plan

    with refusing():
        entries = catalog(datasets)
        bare = made(entries, read_index(datasets), SEED if seed is None else seed)
        points = list(pinned(progress(bare, "Computing what data decides"), entries))
    path = out or datasets / "plan.jsonl"
    write_plan(points, path)
    kernels = len({point.kernel for point in points})
    write(f"{len(points)} points of {kernels} kernels in {path}\n")


@app.command("compile", epilog=examples(COMPILE_EXAMPLES))
def compile_kernels(
    datasets: DatasetsOption = Path("datasets"),
    nvcc: Annotated[str, typer.Option("--nvcc", help="The compiler, of CUDA 13.0.")] = "nvcc",
    any_version: Annotated[
        bool, typer.Option("--any-version", help="Take another compiler than CUDA 13.0's.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is stale; needs no compiler.")
    ] = False,
) -> None:
    """Compile the kernels whose PTX is stale, and record from what."""
    from ptxenergy.measure.kernels import compile as compiling
    from ptxenergy.measure.kernels.catalog import catalog

    entries = {entry.kernel.name: entry for entry in catalog(datasets)}
    known = compiling.read_index(datasets)
    stale = compiling.stale(entries.values(), known, datasets)
    if check:
        write("".join(f"{name}: {why}\n" for name, why in stale.items()) or "all PTX is fresh\n")
        raise typer.Exit(2 if stale else 0)
    index = {name: compiled for name, compiled in known.items() if name in entries}
    with refusing():
        version = compiling.check_version(nvcc, any_version=any_version)
        for name in progress(list(stale), "compiling"):
            index[name] = compiling.compile_entry(entries[name], datasets, nvcc, version)
            compiling.write_index(datasets, index)
    compiling.write_index(datasets, index)
    write(f"{len(stale)} of {len(entries)} kernels compiled\n")


@app.command(epilog=examples(VERIFY_EXAMPLES))
def verify(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The data set that keeps what is found; right launches are known then."
        ),
    ] = None,
    datasets: DatasetsOption = Path("datasets"),
) -> None:
    """Launch each kernel once on this GPU, in its first and last shape, and compare with NumPy.

    To be run before a campaign, which then measures only what was found right.
    """
    from ptxenergy.measure.campaign.guarded_verify import verify_guarded
    from ptxenergy.measure.campaign.session import measured_folders
    from ptxenergy.measure.campaign.verdicts import known_right, noted
    from ptxenergy.measure.campaign.verify import launches
    from ptxenergy.measure.device.nvml import NvmlSensor
    from ptxenergy.measure.kernels.catalog import catalog

    with refusing():
        entries = catalog(datasets)
        identity = NvmlSensor().identity()
        folders = (*([] if out is None else [out]), *measured_folders(datasets))
        right = known_right(folders, entries, identity) if out is not None else frozenset()
        checks = verify_guarded(partial(catalog, datasets), known=right)
        if out is not None:
            checks = noted(checks, out, entries, identity)
        open_ = [one for one in launches(entries) if (one[0].kernel.name, one[1]) not in right]
        found = [check for _, check in zip(progress(open_, "checking"), checks, strict=True)]
    faults = [f"{check.kernel} {check.block}: {check.fault}\n" for check in found if check.fault]
    known = f"; {len(right)} were known to be" if right else ""
    said = f"{len(found) - len(faults)} of {len(found)} launches are right{known}"
    write("".join(faults) + f"{said}\n")
    if faults:
        raise typer.Exit(2)
