"""Taking every option that the assumptions offer leaves nothing assumed."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from tests.cli.commands import outcome
from tests.corpus import CorpusLaunch, one_launch_per_kernel

KERNELS = {
    launch.label: launch
    for launch in one_launch_per_kernel()
    if launch.label in {"bfs_level", "page_rank_pull", "vector_add", "hash_insert", "binary_search"}
    or launch.family in {"sparse"}
}


@pytest.mark.parametrize("label", sorted(KERNELS))
def test_the_options_that_are_offered_are_enough(
    capsys: pytest.CaptureFixture[str], label: str
) -> None:
    launch: CorpusLaunch = KERNELS[label]
    command = ["inspect", str(launch.path), "--kernel", launch.kernel, "--block", "128", "--json"]
    command += ["--grid", "2"]
    assumed = result(capsys, command)
    assert assumed["assumptions"]
    for _ in range(4):
        # A pin can open a way that was not taken before, with assumptions of its own.
        for assumption in assumed["assumptions"]:
            command += shlex.split(assumption["option"])
        assumed = result(capsys, command)
        if not assumed["assumptions"]:
            return
    pytest.fail(f"still assumed: {assumed['assumptions']}")


def result(capsys: pytest.CaptureFixture[str], command: list[str]) -> Any:
    done = outcome(capsys, *command)
    assert done.code == 0, done.err
    return json.loads(done.out)["results"][0]


@pytest.mark.parametrize(
    ("pin", "is_idle"), [(("--branch", "47=0.1"), True), (("--access", "55=4"), True), ((), False)]
)
def test_a_pin_on_what_the_launch_decides_is_told(
    capsys: pytest.CaptureFixture[str], pin: tuple[str, ...], is_idle: bool
) -> None:
    command = ["inspect", "examples/transpose.ptx", "--block", "32x8", "--json", *pin]
    assert ("pin-without-effect" in result(capsys, command)["flags"]) == is_idle
