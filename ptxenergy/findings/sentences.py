"""Findings in words: the same lines for the terminal and for the data set's page."""

from __future__ import annotations

from collections.abc import Iterator

from ptxenergy.findings.noise import LEVEL
from ptxenergy.findings.values import Cap, Exceeding, Goal, Meters, Noise, Probe, Range, Shapes
from ptxenergy.report.evaluation import share

SAMPLED_ABOVE = 0.25
"""A counter that sees a quarter of each period takes a square wave for all or nothing: its power
depends on the phase by about 100 %. The probe itself is unsure by a tick in ten, 10 %."""


def verdict(goal: Goal) -> str:
    """`yes`, `no`, or `not known` where something is missing."""
    return {True: "yes", False: "no", None: "not known"}[goal.reached]


def meter_lines(meters: Meters) -> Iterator[str]:
    """What the instruments do."""
    cards = f"{meters.cards} card" + ("" if meters.cards == 1 else "s")
    known = f"{cards}, driver {', '.join(meters.drivers)}" if meters.drivers else "cards not known"
    campaigns = f"{meters.campaigns} campaign" + ("" if meters.campaigns == 1 else "s")
    yield f"{', '.join(meters.gpus)}: {campaigns} on {known}"
    yield from (
        ["The probe's findings are missing"] if meters.probe is None else _probe(meters.probe)
    )
    yield (
        f"Idle: {_watts(meters.idle_cold_w)} before a campaign, {_watts(meters.idle_active_w)} "
        f"under the smallest launch (active), {_watts(meters.idle_after_w)} after it"
    )
    if meters.counter_over_instant is not None:
        yield f"Counter over instant power, over rows: {_range(meters.counter_over_instant)}"
    if meters.anchor_drift is not None:
        yield f"Anchors drift by {share(meters.anchor_drift)} at most"
    if meters.tied_rows:
        yield (
            f"Power of {meters.tied_rows:,} rows was tied to the first campaign's anchors, "
            f"by up to {share(meters.largest_correction)}"
        )
    yield from _cap(meters.cap)


def guesses(meters: Meters) -> Iterator[tuple[str, str, str]]:
    """What was guessed of the meters before any campaign, and what was seen: (of what, both)."""
    probe = meters.probe
    gain = meters.counter_over_instant
    yield (
        "what the counter sees",
        "perhaps only 25 ms of every 100 ms",
        "not probed" if probe is None or probe.coverage_spread is None else _coverage(probe),
    )
    yield (
        "gain of a card",
        "± 5 % from card to card",
        "one card was measured, which says nothing of others"
        if meters.cards == 1
        else f"{meters.cards or 'not known how many'} cards were measured: not compared yet",
    )
    yield (
        "period of the counter's ticks",
        "20 to 100 ms",
        "not probed" if probe is None else _milliseconds(probe.tick_s),
    )
    yield (
        "counter over instant power",
        "may differ from 1",
        "not known" if gain is None else _range(gain),
    )
    yield (
        "time to settle",
        "0.25 s",
        "not probed" if probe is None else _milliseconds(probe.settle_s),
    )
    pace = meters.seconds_per_row
    yield "time of a point", "0.75 s", "not known" if pace is None else f"{pace:.2f} s"


def noise_line(noise: Noise) -> str:
    """How much one measurement scatters, and how that is known."""
    if noise.energy is None or noise.time is None:
        return "Noise is not known: no point was measured twice, so that nothing is beyond it"
    return (
        f"Noise of one measurement: {share(noise.energy)} of energy, {share(noise.time)} of time "
        f"(relative standard deviation, pooled over {noise.of}: {noise.points} points, "
        f"{noise.degrees} degrees of freedom)"
    )


def test_line() -> str:
    """How a difference is told from noise."""
    return (
        f"Beyond noise: above what all differences of as many equal shapes stay within, together, "
        f"in {share(LEVEL)} of kernels (Tukey and Kramer, studentised range of logarithms)"
    )


def left_out_line(shapes: Shapes) -> str:
    """Whom the findings are of, and whom not."""
    more = [
        f"{shapes.locked} of locked families, counted only",
        f"{shapes.few} with fewer than five shapes",
        f"{shapes.generated_left_out} generated",
    ]
    return f"{len(shapes.kernels)} kernels at equal work; not among them: {'; '.join(more)}"


def fastest_line(shapes: Shapes) -> str:
    """When the fastest launch is not the one of least energy."""
    beyond = "not known" if shapes.trade_offs is None else str(shapes.trade_offs)
    return (
        f"The fastest shape is another than that of least energy: {shapes.other_fastest} of "
        f"{len(shapes.kernels)} kernels as measured; that it takes more energy and the other "
        f"more time, both beyond noise: {beyond}"
    )


def judged_line(shapes: Shapes) -> str:
    """What the regrets are of."""
    return (
        f"Picks held against the best, which its first measurement chose and later ones judge: "
        f"{shapes.judged} of {len(shapes.kernels)} kernels; the best of the rest was measured once"
    )


def limit_text(one: Exceeding) -> str:
    """The limit in words."""
    return "at all" if one.limit == 0 else f"over {share(one.limit)}"


def _probe(probe: Probe) -> Iterator[str]:
    yield (
        f"Ticks of the energy counter: {_milliseconds(probe.tick_s)} ± "
        f"{_milliseconds(probe.tick_sd_s)}; one read takes {_milliseconds(probe.call_s)}"
    )
    if probe.coverage_spread is not None:
        yield f"Coverage: {_coverage(probe)}"
    settles = _milliseconds(probe.settle_s)
    yield f"Power settles in {settles}; idle power {_watts(probe.idle_w)} (probe)"
    if probe.counter_over_instant is not None:
        yield f"Counter over instant power, steady load: {probe.counter_over_instant:.3f}"
    for one in probe.windows:
        yield (
            f"Window of {one.window_s:g} s: spread of power {share(one.median)} in the median, "
            f"{share(one.worst)} at the worst"
        )
    yield (f"Taken: {probe.chosen_settle_s:.2f} s to settle, {probe.chosen_window_s:g} s of window")


def _coverage(probe: Probe) -> str:
    spread = probe.coverage_spread or 0.0
    seen = "the counter samples" if spread > SAMPLED_ABOVE else "the counter sees all"
    return f"a square wave's power depends on its phase by {share(spread)}: {seen}"


def _cap(cap: Cap) -> Iterator[str]:
    if not cap.rows:
        yield "Power cap: no row was capped"
        return
    limit = "of a limit not known" if cap.limit_w is None else f"limit {_watts(cap.limit_w)}"
    yield f"Power cap ({limit}): {cap.rows} rows were capped, {cap.good} of them good"
    if cap.power_w is None or cap.clock_mhz is None:
        return
    yield f"Capped rows draw {_range(cap.power_w, ' W', 0)}"
    free = cap.free_clock_mhz
    lower = "" if free is None else f", {share(1 - cap.clock_mhz / free)} below {free:.0f} MHz"
    of_others = "" if free is None else " of the others"
    lowest = "" if cap.clock_lowest_mhz is None else f"; the lowest: {cap.clock_lowest_mhz:.0f} MHz"
    yield f"Their SM clock: {cap.clock_mhz:.0f} MHz in the median{lower}{of_others}{lowest}"


def _range(found: Range, unit: str = "", digits: int = 3) -> str:
    median, low, high = (f"{v:.{digits}f}" for v in (found.median, found.low, found.high))
    return f"{median}{unit} in the median, 90 % from {low} to {high}{unit}"


def _watts(value: float | None) -> str:
    return "not known" if value is None else f"{value:.0f} W"


def _milliseconds(value: float | None) -> str:
    return "not seen" if value is None else f"{value * 1e3:.3g} ms"
