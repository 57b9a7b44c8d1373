"""What the whole campaign should reach, rows, counts and model together: asked, found, reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ptxenergy.findings.conclusions import Commands, Conclusions, outliers_of
from ptxenergy.findings.values import Exceeding, Goal, Meters, Shapes
from ptxenergy.model.scores import BOUND, CONSTANT_POWER, BlockChoice, Evaluation
from ptxenergy.report.evaluation import share

MEDIAN, MEDIAN_STRETCH = 0.30, (0.15, 0.08)
P90, P90_STRETCH = 0.80, (0.50,)
BETTER = 0.25
WITHIN_5, WITHIN_5_STRETCH = 0.75, 0.95
REGRET, REGRET_STRETCH = 0.05, 0.01
BASELINES = ("occupancy heuristic", "256 threads", "random")
_NOT_EVALUATED = "not evaluated: see the part on accuracy"
_MODEL = "model"


def all_goals(known: Conclusions) -> tuple[Goal, ...]:
    """Every goal of a campaign, in the order in which they were asked for."""
    return (
        _probe(known.findings.meters, known.commands.findings),
        *known.findings.goals,
        *_shapes(known.findings.shapes, known.commands),
        _counts(known),
        *_accuracy(known),
        *_blocks(known),
    )


def lacking_of(known: Conclusions) -> tuple[str, ...]:
    """What the page lacks, each with the command that supplies it where one does."""
    names: dict[str, list[str]] = {}
    for goal in all_goals(known):
        if goal.reached is None:
            names.setdefault(goal.found, []).append(goal.name)
    if isinstance(known.evaluation, str) and _NOT_EVALUATED in names:
        names[known.evaluation] = names.pop(_NOT_EVALUATED)
    return tuple(f"{', '.join(of)}: {why}" for why, of in names.items())


def _probe(meters: Meters, command: str) -> Goal:
    asked = "ticks, coverage, settling, window, both meters, power cap, idle power"
    probe = meters.probe
    if probe is None or probe.tick_s is None or probe.coverage_spread is None:
        return Goal("the probe", asked, "none: run `ptxenergy measure probe`", None, command)
    gain = meters.counter_over_instant
    parts = (
        f"ticks of {probe.tick_s * 1e3:.3g} ms",
        f"coverage: {share(probe.coverage_spread)} by phase",
        "settling not seen" if probe.settle_s is None else f"settles in {probe.settle_s:.2g} s",
        f"window of {probe.chosen_window_s:g} s",
        "" if gain is None else f"counter over instant {gain.median:.3f}",
        f"{meters.cap.rows} rows capped",
        "" if meters.idle_cold_w is None else f"idle {meters.idle_cold_w:.0f} W",
        "" if meters.idle_active_w is None else f"active idle {meters.idle_active_w:.0f} W",
    )
    return Goal("the probe", asked, "; ".join(filter(None, parts)), True, command)


def _shapes(shapes: Shapes, commands: Commands) -> Iterator[Goal]:
    is_known = bool(shapes.kernels) and shapes.noise.energy is not None
    why = "no kernel in five shapes" if not shapes.kernels else "no repeats: noise is not known"
    why = f"{why}: run `{commands.measure}`"
    of = f"of {len(shapes.kernels)} kernels, beyond noise"
    trade_offs = f"{shapes.trade_offs} {of}; {shapes.other_fastest} as measured"
    for name, asked, found in (
        ("block shape", "for how many kernels by > 2, 5, 20 %", _over(shapes.worst, of)),
        ("the fastest launch", "when it is not the least-energy one", trade_offs),
        (
            "the occupancy heuristic",
            "its pick against the best, by > 2, 5, 20 %",
            _over(shapes.picked, of),
        ),
    ):
        yield Goal(name, asked, found if is_known else why, is_known or None, commands.findings)


def _over(found: Sequence[Exceeding], of: str) -> str:
    counts = [str(one.beyond_noise) for one in found if one.limit > 0]
    return f"{', '.join(counts)} {of}"


def _counts(known: Conclusions) -> Goal:
    asked = "median and 90 % of errors, each outlier explained"
    command = known.commands.counts
    if isinstance(known.counts, str):
        return Goal("static counts", asked, known.counts, None, command)
    outliers = list(outliers_of(known))
    explained = sum(bool(one.why) for one in outliers)
    found = f"{known.counts.launches} launches; {explained} of {len(outliers)} outliers explained"
    return Goal("static counts", asked, found, explained == len(outliers), command)


def _accuracy(known: Conclusions) -> Iterator[Goal]:
    command, found = known.commands.evaluate, known.evaluation
    evaluation = None if isinstance(found, str) else found
    errors = None if evaluation is None else evaluation.model.errors["energy"]
    median = None if errors is None else errors.median_ape
    p90 = None if errors is None else errors.p90_ape
    yield _most("energy, median error", MEDIAN, MEDIAN_STRETCH, median, command)
    yield _most("energy, 90 % of errors", P90, P90_STRETCH, p90, command)
    for name in (BOUND, CONSTANT_POWER):
        yield _better(name, evaluation, command)
    yield _coverage(evaluation, command)


def _most(
    name: str, limit: float, stretch: Sequence[float], value: float | None, command: str
) -> Goal:
    """At most a limit; the stretch beyond it is said, too."""
    asked = f"≤ {share(limit)} (stretch: {', then '.join(map(share, stretch))})"
    if value is None:
        return Goal(name, asked, _NOT_EVALUATED, None, command)
    reached = [share(one) for one in stretch if value <= one]
    found = share(value) + (f", stretch {reached[-1]} reached" if reached else "")
    return Goal(name, asked, found, value <= limit, command)


def _better(name: str, evaluation: Evaluation | None, command: str) -> Goal:
    title, asked = f"against {name}", f"median error ≥ {share(BETTER)} less"
    if evaluation is None:
        return Goal(title, asked, _NOT_EVALUATED, None, command)
    if name not in evaluation.beside:
        return Goal(title, asked, "not compared", None, command)
    mine = evaluation.model.errors["energy"].median_ape
    theirs = evaluation.beside[name].errors["energy"].median_ape
    less = 1 - mine / theirs if theirs else 0.0
    way = "less" if less >= 0 else "more"
    found = f"{share(abs(less))} {way}: {share(mine)} against {share(theirs)}"
    return Goal(title, asked, found, less >= BETTER, command)


def _coverage(evaluation: Evaluation | None, command: str) -> Goal:
    name, asked = "intervals of energy", "95 % by families contains 90 %"
    if evaluation is None:
        return Goal(name, asked, _NOT_EVALUATED, None, command)
    held = evaluation.model.coverage["energy"]
    found = f"{share(held.share)} held, {share(held.low)} to {share(held.high)} by families"
    return Goal(name, asked, found, held.low <= evaluation.level <= held.high, command)


def _blocks(known: Conclusions) -> Iterator[Goal]:
    """Of kernels whose shapes differ by over 10 %: how often, and by how much, the pick is off."""
    command = known.commands.evaluate
    blocks = None if isinstance(known.evaluation, str) else known.evaluation.blocks
    picks = None if blocks is None else blocks.spread.get(_MODEL)
    asked = {
        "block choice, spread > 10 %": f"≥ {share(WITHIN_5)} within 5 % of the best "
        f"(stretch: {share(WITHIN_5_STRETCH)})",
        "block choice, mean regret": f"≤ {share(REGRET)} (stretch: {share(REGRET_STRETCH)})",
        "block choice, baselines": f"mean regret below {', '.join(BASELINES)}",
    }
    if blocks is None or picks is None:
        lacking = _why_not_judged(known, blocks)
        yield from (Goal(name, text, lacking, None, command) for name, text in asked.items())
        return
    others = {name: blocks.spread[name] for name in BASELINES if name in blocks.spread}
    beaten = [picks.mean_regret < other.mean_regret for other in others.values()]
    within, regret = picks.within_5, picks.mean_regret
    found = (
        f"{share(within)} of {picks.kernels} kernels" + _stretched(within >= WITHIN_5_STRETCH),
        share(regret) + _stretched(regret <= REGRET_STRETCH),
        ", ".join(f"{name} {share(other.mean_regret)}" for name, other in others.items())
        or "no baseline was judged",
    )
    reached = (within >= WITHIN_5, regret <= REGRET, all(beaten) if beaten else None)
    for (name, text), said, is_reached in zip(asked.items(), found, reached, strict=True):
        yield Goal(name, text, said, is_reached, command)


def _stretched(is_reached: bool) -> str:
    return ", stretch reached" if is_reached else ""


def _why_not_judged(known: Conclusions, blocks: BlockChoice | None) -> str:
    if isinstance(known.evaluation, str):
        return _NOT_EVALUATED
    if blocks is None:
        return f"no kernel in five shapes: run `{known.commands.measure}`"
    if not blocks.kernels:
        return f"no kernel can be judged: of {blocks.unjudged} the best was measured once"
    return f"of {blocks.kernels} kernels judged, none has shapes that differ by over 10 %"
