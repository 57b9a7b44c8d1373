"""What the code tells of the size of an argument that was not given.

Each use of an argument is one piece of evidence; `Rank` orders them, the strongest first:

1. INDEX: compared with a global index: that axis's extent (of several axes: their product).
2. DIVISOR: what a global index is divided by, to part it into rows and columns: 1024; but an
   index of one axis of several wraps round at its own extent.
3. PITCH: multiplied with an index of another axis, or with a loop counter, beside the x index:
   the x extent.
4. LOOP: the bound of another loop: 1024.
5. LONE_PITCH: multiplied with the y or z index where no x index is added: the x extent.
6. THREAD: compared with an index within the block: the block's extent.
7. HIDDEN: compared with what is worked out of a global index by a remainder or the like, and
   stays so when the other arguments have values: that axis's extent, at most 1024.
8. PRODUCT: one factor of what a global index is compared with: its share of that extent.
9. DIMENSION: a row length, a bound of loaded values, another divisor: 1024.
10. STRIDE: multiplied with the x index alone: 1.
11. OFFSET: added to an address: 0.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from ptxenergy.launch.forms import Form, Leaf, Term
from ptxenergy.launch.request import Dim3
from ptxenergy.launch.shapes import Geometry, Shapes

LOOP_BOUND = 1024

Place = tuple[int, int]


class Rank(IntEnum):
    """How much a use tells; lower is stronger. See the module's description."""

    INDEX = 1
    DIVISOR = 2
    PITCH = 3
    LOOP = 4
    LONE_PITCH = 5
    THREAD = 6
    HIDDEN = 7
    PRODUCT = 8
    DIMENSION = 9
    STRIDE = 10
    OFFSET = 11


class Evidence(Struct, frozen=True):
    """One use of an argument. `value` is the size it suggests, `line` a line of the PTX file.

    `partners` are the other factors where the rank is PRODUCT; `value` is then of them all.
    """

    place: Place
    rank: Rank
    value: int
    reason: str
    line: int
    partners: tuple[Place, ...] = ()


class Scene(Struct, frozen=True):
    """What evidence is read from: the forms of all values, and the launch as far as known.

    `threads` are the problem's extents where they were asked for; `axes_read` the axes of the
    block index that the kernel reads.
    """

    known: Shapes
    geometry: Geometry
    threads: Dim3 | None
    axes_read: str

    def block(self, axis: str) -> int:
        """Threads of a block along an axis."""
        return self.geometry.block["xyz".index(axis)]

    def grid(self, axis: str) -> int:
        """Blocks along an axis."""
        return self.geometry.grid["xyz".index(axis)]

    def extent(self, axis: str) -> int:
        """The problem's extent along an axis: as asked for, or all threads of the grid."""
        if self.threads is not None:
            return self.threads["xyz".index(axis)]
        return self.grid(axis) * self.block(axis)


def fields_of(term: Term) -> list[Leaf]:
    """The arguments among the factors of a term."""
    return [atom for atom in term if atom.kind == "field"]


def others_of(term: Term) -> list[Leaf]:
    """The factors of a term that are no arguments."""
    return [atom for atom in term if atom.kind != "field"]


def place_of(field: Leaf) -> Place:
    """Where an argument lies: (parameter index, byte offset)."""
    return int(field.name), field.offset


def step_of(form: Form, kind: str, axis: str) -> float:
    """By how much a form grows with one step of `tid` or `ctaid` along an axis, without sign."""
    return abs(form.terms.get((Leaf(kind, axis),), 0))
