"""Predicts every kernel that torch.compile makes of a function, as Inductor compiles it."""

from __future__ import annotations

import os

# Inductor would compile in processes of its own, where nobody listens; and it would take finished
# kernels from its cache without asking Triton.
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"

import torch

import ptxenergy.hooks.triton


def f(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """What is to be compiled."""
    return (torch.tanh(a) * b + a.t()).sum(1)


def main() -> None:
    """One line a kernel on standard error, from the hook."""
    listener = ptxenergy.hooks.triton.install()
    square = torch.randn(1024, 1024, device="cuda")
    torch.compile(f)(square, square)
    total = sum(found.energy_j.value for found in listener.predictions)
    print(f"{len(listener.predictions)} kernels, {total:.4g} J for one launch of each")  # noqa: T201


if __name__ == "__main__":
    main()
