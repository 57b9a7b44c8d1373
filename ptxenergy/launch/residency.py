"""How the blocks of one kernel lie on one GPU, once registers and shared memory are known."""

from __future__ import annotations

from msgspec import Struct

from ptxenergy.gpu.occupancy import Occupancy, occupancy, validate_launch
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.request import Dim3


class Residency(Struct, frozen=True):
    """One kernel on one GPU. `shared_bytes`: what a block needs, static and dynamic."""

    gpu: Gpu
    registers_per_thread: int
    shared_bytes: int

    def check(self, block: Dim3, grid: Dim3) -> None:
        """Raise LaunchError where the GPU cannot run such a launch."""
        validate_launch(
            self.gpu,
            block=block,
            grid=grid,
            registers_per_thread=self.registers_per_thread,
            shared_bytes=self.shared_bytes,
        )

    def occupancy(self, block: Dim3) -> Occupancy:
        """How many such blocks fit on one SM."""
        return occupancy(
            self.gpu,
            block_threads=block.volume,
            registers_per_thread=self.registers_per_thread,
            shared_bytes=self.shared_bytes,
        )

    def wave_blocks(self, block: Dim3) -> int:
        """Co-resident blocks of the whole GPU; what is wrong with the block is said of it."""
        self.check(block, Dim3(1))
        return self.occupancy(block).blocks_per_sm * self.gpu.sm_count
