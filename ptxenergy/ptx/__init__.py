"""Text → syntax: reads PTX by the grammar in `grammar/ptx.lark`."""

from ptxenergy.ptx.reader import parse_file, parse_text, read_bytes, read_input

__all__ = ["parse_file", "parse_text", "read_bytes", "read_input"]
