"""For all tests. Hypothesis sets no time limit for an example: machines differ, and are busy."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from ptxenergy.ptx import fast

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def nothing_is_kept_of_made_up_statements() -> Iterator[None]:
    """The user's cache is spared what thousands of hostile and random files would put into it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "kept_shapes", lambda: None)
        yield
