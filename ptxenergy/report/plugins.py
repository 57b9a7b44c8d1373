"""What `plugins` shows: each plugin, what it adds, and why a broken one is left out."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy._version import __version__
from ptxenergy.plugins import GROUP, SPEC_VERSION, Plugin
from ptxenergy.report.json import Json
from ptxenergy.report.words import printable

PLUGINS_SCHEMA = "ptxenergy.plugins/1"
_ADDS = {
    "ptxenergy_compile": "front end",
    "ptxenergy_gpus": "GPUs",
    "ptxenergy_features": "features",
    "ptxenergy_reporters": "reporters",
    "ptxenergy_predicted": "observer",
}


def show_plugins(plugins: Sequence[Plugin]) -> RenderableType:
    """One line a plugin, and below it the fault of a broken one."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("plugin", "from", "adds"):
        table.add_column(title)
    for plugin in plugins:
        adds = ", ".join(_ADDS.get(name, name) for name in plugin.answers)
        told = Text(f"skipped: {plugin.fault}", style="red") if plugin.fault else Text(adds)
        table.add_row(printable(plugin.name), printable(plugin.package or "ptxenergy"), told)
    note = Text(
        f"Entry points of the group {GROUP}, version {SPEC_VERSION} of the specification. "
        "PTXENERGY_NO_PLUGINS=1 does without those that are installed.",
        style="dim",
    )
    return Group(table, "", note)


def plugins_json(plugins: Sequence[Plugin]) -> Json:
    """What `ptxenergy plugins --json` prints (schemas/plugins.json)."""
    return {
        "schema": PLUGINS_SCHEMA,
        "tool_version": __version__,
        "spec_version": SPEC_VERSION,
        "plugins": [
            {
                "name": plugin.name,
                "package": plugin.package or None,
                "answers": list(plugin.answers),
                "fault": plugin.fault or None,
            }
            for plugin in plugins
        ],
    }
