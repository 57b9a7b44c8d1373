"""Text → syntax: reads PTX by the grammar in `grammar/ptx.lark`."""
