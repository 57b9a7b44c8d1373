"""`ptxenergy plugins`: what is installed, what it adds, and what is left out, and why."""

from __future__ import annotations

from ptxenergy.cli.options import JsonOption
from ptxenergy.cli.screen import show, write

EXAMPLES = ("ptxenergy plugins", "ptxenergy plugins --json")


def plugins(as_json: JsonOption = False) -> None:
    """List the plugins: where they come from, what they add, and which are left out, and why."""
    from ptxenergy.plugins import host

    found = host().plugins
    if as_json:
        from ptxenergy.report.json import dump
        from ptxenergy.report.plugins import plugins_json

        write(dump(plugins_json(found)) + "\n")
    else:
        from ptxenergy.report.plugins import show_plugins

        show(show_plugins(found))
