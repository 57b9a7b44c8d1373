"""Reports as HTML, for notebooks: what the terminal shows, character by character."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, RenderableType

_COLUMNS = 100
_FORMAT = (
    '<pre style="line-height:1.25;white-space:pre;overflow-x:auto;'
    'font-family:ui-monospace,Menlo,Consolas,monospace">{code}</pre>'
)


def as_html(body: RenderableType, columns: int = _COLUMNS) -> str:
    """A report in one `<pre>` with inline styles; everything in it is escaped."""
    console = Console(
        file=StringIO(),
        record=True,
        width=columns,
        color_system="truecolor",
        force_terminal=True,
        highlight=False,
    )
    console.print(body)
    return console.export_html(inline_styles=True, code_format=_FORMAT)
