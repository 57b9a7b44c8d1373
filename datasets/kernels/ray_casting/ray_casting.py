"""Rays against spheres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane

_SAMPLED_WARPS = 32


def _rays(x: Array, y: Array, size: Size) -> Array:
    """Unit directions of the rays through pixels."""
    px = 2 * (x + 0.5) / size["width"] - 1
    py = 2 * (y + 0.5) / size["height"] - 1
    way = np.stack([px, py, np.ones_like(px)], axis=-1)
    return np.asarray(way / np.linalg.norm(way, axis=-1, keepdims=True))


def _depths(rays: Array, spheres: Array) -> Array:
    """How far along each ray each sphere is hit; infinite where it is missed."""
    along = rays @ spheres[:, :3].T
    rest = spheres[:, 3] - (spheres[:, :3] ** 2).sum(axis=1) + along**2
    return np.where(rest > 0, along - np.sqrt(np.maximum(rest, 0)), np.inf)


class RaySpheres(Kernel):
    """Normal, light and depth where each pixel's ray first hits one of `count` spheres."""

    name = entry = "ray_spheres"
    family = "ray_casting"
    sizes = (
        {"width": 640, "height": 480, "count": 100},
        {"width": 1_920, "height": 1_080, "count": 600},
        {"width": 256, "height": 256, "count": 20_000},
        {"width": 4_000, "height": 3_000, "count": 40},
    )
    blocks = PLANES
    check_size: Size = {"width": 37, "height": 19, "count": 45}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        count = size["count"]
        places = uniform(xp, (count, 4), xp.float32, data)
        # The more spheres the smaller, so that a ray hits about as many; w is the squared radius.
        spread = xp.asarray([4.0, 4.0, 1.0, 8.0 / count], dtype=xp.float32)
        middle = xp.asarray([0.0, 0.0, 6.0, 16.0 / count], dtype=xp.float32)
        spheres = places * spread + middle
        picture = xp.zeros((size["height"], size["width"], 4), dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("width", "height", "count"))
        return spheres, picture, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 16 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        spheres = np.asarray(arguments[0], np.float64)
        y, x = np.mgrid[: size["height"], : size["width"]]
        rays = _rays(x, y, size)
        depths = _depths(rays, spheres)
        nearest, hit = depths.min(axis=-1), spheres[depths.argmin(axis=-1)]
        missed = np.isinf(nearest)
        depth = np.where(missed, 1e30, nearest)
        normal = (depth[..., None] * rays - hit[..., :3]) / np.sqrt(hit[..., 3:])
        light = np.maximum(0, 0.6 * normal[..., 0] - 0.8 * normal[..., 1])
        colour = np.stack([normal[..., 0], normal[..., 1], light], axis=-1)
        colour = np.where(missed[..., None], 0, colour)
        return {1: np.concatenate([colour, depth[..., None]], axis=-1)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        spheres = np.asarray(arguments[0], np.float64)
        # Whole warps of neighbouring pixels, spread over the picture.
        place = np.arange(_SAMPLED_WARPS)
        y = place * size["height"] // _SAMPLED_WARPS
        first = place * 13 % _SAMPLED_WARPS * (size["width"] - 32) // _SAMPLED_WARPS
        x = first[:, None] + np.arange(32)
        depths = _depths(_rays(x, np.broadcast_to(y[:, None], x.shape), size), spheres)
        any_hit = np.isfinite(depths).any(axis=-1)
        places = np.where(any_hit, depths.argmin(axis=-1), -1)
        return (
            Pin("hit", "branch", float(np.isfinite(depths).mean())),
            Pin("any", "branch", float(any_hit.mean())),
            Pin("sphere", "access", sectors_per_request(places, 16)),
        )
