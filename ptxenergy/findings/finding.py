"""From a data set's folder to everything that its rows show."""

from __future__ import annotations

from pathlib import Path

from ptxenergy.findings.data_set import DataSet, read_data_set
from ptxenergy.findings.goals import row_goals
from ptxenergy.findings.meters import meters_of
from ptxenergy.findings.shapes import shapes_of
from ptxenergy.findings.values import Findings


def find(folder: Path, datasets: Path) -> Findings:
    """What a data set shows, from its own files, the plan and the families alone.

    Raises DataSetError, FamilyError or BadPlanError where a file cannot be read.
    """
    return findings_of(read_data_set(folder, datasets))


def findings_of(known: DataSet) -> Findings:
    """The same of a data set that was read."""
    summary = known.summary
    return Findings(
        name=", ".join(summary.gpus),
        simulated=known.simulated,
        rows=summary.rows,
        good=len(known.plain),
        kernels=summary.kernels,
        families=summary.families,
        goals=row_goals(known),
        meters=meters_of(known),
        shapes=shapes_of(known),
    )
