"""Files of the user's cache: written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO


def replace_file(file: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Put what `write` writes in the place of a file, at once, and make its folder.

    Raises OSError.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as stream:
        try:
            write(stream)
            stream.close()
            Path(stream.name).replace(file)
        except BaseException:
            Path(stream.name).unlink()
            raise
