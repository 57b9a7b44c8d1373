"""What probe, campaigns and rows say of the instruments, and what was guessed of them before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ptxenergy.findings.data_set import DataSet, DataSetError, Table
from ptxenergy.findings.values import Cap, Meters, Probe, Range, WindowSpread

_CAPPED = "power-capped"


def meters_of(known: DataSet) -> Meters:
    """What is known of the meters. Raises DataSetError where the probe's file is damaged."""
    table = known.table
    first = table.drop_duplicates("campaign_id")
    identities = [campaign.get("gpu", {}) for campaign in known.campaigns]
    return Meters(
        probe=None if known.probe is None else _probe(known.probe),
        gpus=known.summary.gpus,
        drivers=tuple(sorted({str(one["driver"]) for one in identities if "driver" in one})),
        cards=len({one.get("uuid_hash") for one in identities}),
        campaigns=known.summary.campaigns,
        idle_cold_w=_median(first["idle_cold_w"]),
        idle_active_w=_median(first["idle_active_w"]),
        idle_after_w=_after(known.campaigns),
        counter_over_instant=_range(known.shown["read_power_w"] / known.shown["power_instant_w"]),
        seconds_per_row=_pace(table),
        anchor_drift=known.summary.anchor_drift,
        tied_rows=known.tie.rows,
        largest_correction=known.tie.largest,
        cap=_cap(known),
    )


def _probe(found: Mapping[str, Any]) -> Probe:
    try:
        ticks, timing = found["ticks"], found["timing"]
        return Probe(
            tick_s=_finite(ticks["period_s"]),
            tick_sd_s=_finite(ticks["period_sd_s"]),
            call_s=_finite(ticks["call_latency_s"]),
            settle_s=_finite(found["settle_s"]),
            coverage_spread=_finite(found["coverage_spread"]),
            counter_over_instant=_finite(found["counter_over_instant"]),
            idle_w=_finite(found["idle_cold_w"]),
            windows=tuple(
                WindowSpread(one["window_s"], one["spread_median"], one["spread_worst"])
                for one in found["repeatability"]
                if math.isfinite(one["spread_median"])
            ),
            chosen_settle_s=timing["settle_s"],
            chosen_window_s=timing["window_s"],
        )
    except (KeyError, TypeError) as error:
        raise DataSetError(
            f"probe.json is not what `ptxenergy measure probe` writes: {error} is missing"
        ) from error


def _cap(known: DataSet) -> Cap:
    is_capped = known.table["flags"].str.split(";").map(lambda flags: _CAPPED in flags)
    every = known.table[is_capped & ~known.table["is_anchor"]]
    shown = known.shown
    is_among = shown.index.isin(every.index)
    capped, free = shown[is_among], shown[~is_among]
    identities = [campaign.get("gpu", {}) for campaign in known.campaigns]
    limits = [one["power_limit_w"] for one in identities if "power_limit_w" in one]
    return Cap(
        rows=len(every),
        good=int(every["ok"].sum()),
        limit_w=float(max(limits)) if limits else None,
        power_w=_range(capped["read_power_w"]),
        clock_mhz=_median(capped["sm_clock_mhz_mean"]),
        clock_lowest_mhz=float(capped["sm_clock_mhz_min"].min()) if len(capped) else None,
        free_clock_mhz=_median(free["sm_clock_mhz_mean"]),
    )


def _pace(table: Table) -> float | None:
    """Seconds from one row's start to the next: the mean in each campaign, their median."""
    import pandas as pd

    starts = pd.to_datetime(table["started_utc"], utc=True, format="ISO8601")
    by_campaign = starts.groupby(table["campaign_id"])
    seconds = (by_campaign.max() - by_campaign.min()).dt.total_seconds()
    rows = by_campaign.size()
    return _median((seconds / (rows - 1))[rows > 1])


def _after(campaigns: tuple[dict[str, Any], ...]) -> float | None:
    import pandas as pd

    return _median(pd.Series([c["idle_after_w"] for c in campaigns if "idle_after_w" in c]))


def _range(values: Table) -> Range | None:
    known = values.dropna()
    if known.empty:
        return None
    return Range(*(float(known.quantile(q)) for q in (0.5, 0.05, 0.95)))


def _median(values: Table) -> float | None:
    known = values.dropna()
    return None if known.empty else float(known.median())


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
