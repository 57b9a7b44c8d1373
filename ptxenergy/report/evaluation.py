"""What `evaluate` and `train` show a person: how good the model is where it has not been."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.model.scores import (
    BlockChoice,
    Coverage,
    Evaluation,
    LockedUse,
    Picks,
    Ratios,
    Score,
)
from ptxenergy.report.blocks import grid, indented, joined, section

QUANTITIES = ("energy", "time", "power")
MADE_UP = "SIMULATED rows: no GPU was measured, and no figure here says anything of one."


def show_evaluation(evaluation: Evaluation) -> RenderableType:
    """The whole evaluation as tables."""
    return joined(
        _heading(evaluation),
        section("Families that no model saw, each weighing the same", _errors(evaluation)),
        section(f"{share(evaluation.level)} intervals", _coverage(evaluation.model)),
        _optional(
            "Ratios of two launches of a kernel, or two versions", evaluation.ratios, _ratios
        ),
        None if evaluation.blocks is None else _blocks(evaluation.blocks),
        _optional("Parts of the rows", evaluation.strata, _scores),
        _optional("Other ways to split", evaluation.transfers, _transfers),
        section("By family", _scores(evaluation.families)),
        None if evaluation.locked is None else section("Locked families", _locked(evaluation)),
        _optional("Every use of the locked families", evaluation.locked_uses, _uses),
    )


def _heading(evaluation: Evaluation) -> RenderableType:
    data = evaluation.data
    campaigns = "1 campaign" if len(data.campaigns) == 1 else f"{len(data.campaigns)} campaigns"
    cards = "1 card" if data.cards == 1 else f"{data.cards} cards"
    line = (
        f"{data.rows} rows, {data.points} points of {data.kernels} kernels in {data.families} real "
        f"families, {campaigns} on {cards}"
    )
    lines: list[RenderableType] = [Text.assemble((data.gpu, "bold"), f": {line}")]
    if data.simulated:
        lines.append(Text(MADE_UP, style="bold yellow"))
    if data.tied_rows:
        tie = f"power of {data.tied_rows} rows tied to the first campaign's anchors, by up to "
        lines.append(indented(Text(f"{tie}{share(data.largest_correction)}", style="dim")))
    if data.left_out:
        why = ", ".join(f"{count} {reason}" for reason, count in data.left_out.items())
        lines.append(indented(Text(f"not used: {why}", style="dim")))
    return joined(*lines)


def _optional(title: str, found: object, show: object) -> RenderableType | None:
    return section(title, show(found)) if found else None  # type: ignore[operator]


def _table(*headers: str) -> Table:
    table = grid("left", *("right" for _ in headers[1:]))
    table.add_row(*(Text(header, style="dim") for header in headers))
    return table


def _errors(evaluation: Evaluation) -> Table:
    table = _table("", "median", "mean", "90 %", "R² of logs", "rows")
    for quantity in QUANTITIES:
        named = {"this model": evaluation.model, **evaluation.beside}
        table.add_row(Text(quantity, style="bold"))
        for name, score in named.items():
            if quantity not in score.errors:
                continue
            errors = score.errors[quantity]
            table.add_row(
                f"  {name}",
                *map(share, (errors.median_ape, errors.mean_ape, errors.p90_ape)),
                "-" if errors.r2_log is None else f"{errors.r2_log:.3f}",
                str(score.rows),
            )
    return table


def _coverage(score: Score) -> Table:
    table = _table("", "held", "95 % by families", "families under 70 %", "upper / lower")
    for quantity, coverage in score.coverage.items():
        table.add_row(quantity, *_held(coverage))
    return table


def _held(coverage: Coverage) -> tuple[str, ...]:
    return (
        share(coverage.share),
        f"{share(coverage.low)} to {share(coverage.high)}",
        share(coverage.families_below_70),
        f"{coverage.median_width:.2f}",
    )


def _ratios(found: Mapping[str, Ratios]) -> Table:
    table = _table("", "median", "held", "95 % by families", "under 70 %", "upper / lower")
    for kind, ratios in found.items():
        table.add_row(Text(f"{kind}: {ratios.pairs} pairs", style="bold"))
        for quantity, score in ratios.quantities.items():
            table.add_row(f"  {quantity}", share(score.median_error), *_held(score.coverage))
    return table


def _blocks(blocks: BlockChoice) -> RenderableType:
    kernels = f"{blocks.kernels} kernels, {blocks.unjudged} more whose best was measured only once"
    order = "-" if blocks.spearman_median is None else f"{blocks.spearman_median:.2f}"
    title = f"Choosing a block shape: {kernels}; Spearman {order}"
    spread = f"those whose shapes differ by over 10 %: {blocks.spread_kernels}"
    return joined(
        section(title, _picks(blocks.all)),
        section(spread, _picks(blocks.spread)) if blocks.spread else None,
    )


def _picks(picks: Mapping[str, Picks]) -> Table:
    table = _table("energy over the measured best", "mean", "median", "within 5 %", "kernels")
    for name, one in picks.items():
        table.add_row(
            name,
            share(one.mean_regret),
            share(one.median_regret),
            share(one.within_5),
            str(one.kernels),
        )
    return table


def _scores(scores: Mapping[str, Score]) -> Table:
    table = _table("median error", *QUANTITIES, "energy held", "rows", "families")
    for name, score in scores.items():
        table.add_row(*_score_row(name, score))
    return table


def _transfers(transfers: Mapping[str, Score | str]) -> RenderableType:
    scored = {name: score for name, score in transfers.items() if not isinstance(score, str)}
    not_done = [f"{name}: {why}" for name, why in transfers.items() if isinstance(why, str)]
    return joined(
        _scores(scored) if scored else None, *(Text(line, style="dim") for line in not_done)
    )


def _locked(evaluation: Evaluation) -> Table:
    return _scores({} if evaluation.locked is None else {"locked families": evaluation.locked})


def _score_row(name: str, score: Score) -> tuple[str, ...]:
    held = score.coverage.get("energy")
    return (
        name,
        *(share(score.errors[q].median_ape) if q in score.errors else "-" for q in QUANTITIES),
        "-" if held is None else share(held.share),
        str(score.rows),
        str(score.families),
    )


def _uses(uses: tuple[LockedUse, ...]) -> Table:
    table = _table("date", "commit", "GPU", "energy", "time", "power", "held", "rows")
    for use in uses:
        table.add_row(
            use.date,
            use.commit,
            use.gpu,
            share(use.energy_median_ape),
            share(use.time_median_ape),
            share(use.power_median_ape),
            share(use.energy_coverage),
            str(use.rows),
        )
    return table


def share(fraction: float) -> str:
    """A fraction as a percentage with three digits; errors may exceed 100 %."""
    return f"{fraction * 100:.3g} %" if abs(fraction) < 10 else f"{fraction:.2g} times"
