"""Compiles a JAX function for an H100 where there is none, so that `energy.py` has what to read.

pip install jax jax-cuda13-plugin[with-cuda]
XLA_FLAGS=--xla_dump_to=dump JAX_SKIP_CUDA_CONSTRAINTS_CHECK=1 python without_gpu.py
"""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
from jax.experimental import topologies

TARGET = Path(__file__).with_name("h100.txtpb").read_text(encoding="utf-8")


def f(a: jax.Array, b: jax.Array) -> jax.Array:
    """What is to be compiled."""
    return jnp.tanh(a) * b + a.T


def main() -> None:
    """Compile it; nothing runs."""
    there = topologies.get_topology_desc("", "cuda", target_config=TARGET, topology="1x1x1")
    mesh = jax.sharding.Mesh(there.devices, ("x",))
    place = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
    square = jax.ShapeDtypeStruct((1024, 1024), jnp.float32, sharding=place)
    jax.jit(f).lower(square, square).compile()


if __name__ == "__main__":
    main()
