// build: nvcc-13.0 sm_90a
// Half-precision GEMM on Hopper: tensor-map copies into a two-stage shared ring guarded by
// mbarriers, and asynchronous warpgroup multiplies. 64x128 tile, one warpgroup, k in steps of 64.
#include <cuda.h>
#include <cuda_fp16.h>

namespace {

__device__ __forceinline__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

__device__ __forceinline__ void wait(unsigned barrier, unsigned parity) {
  asm volatile(
      "{\n\t.reg .pred arrived;\n"
      "again:\n\t"
      "mbarrier.try_wait.parity.shared::cta.b64 arrived, [%0], %1;\n\t"
      "@!arrived bra again;\n\t}" ::"r"(barrier), "r"(parity) : "memory");
}

__device__ __forceinline__ void load_tile(unsigned to, const CUtensorMap* map, unsigned barrier,
                                          int x, int y) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
      " [%0], [%1, {%3, %4}], [%2];" ::"r"(to), "l"(map), "r"(barrier), "r"(x), "r"(y) : "memory");
}

// 128-byte swizzle, 1024 bytes between groups of eight rows.
__device__ __forceinline__ unsigned long long descriptor(unsigned address) {
  return (address & 0x3ffffu) >> 4 | 1ull << 16 | 64ull << 32 | 1ull << 62;
}

#define ACC(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])

__device__ __forceinline__ void multiply(float (&d)[32], unsigned long long a,
                                         unsigned long long b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,"
      "%24,%25,%26,%27,%28,%29,%30,%31}, %32, %33, 1, 1, 1, 0, 0;"
      : ACC(0), ACC(4), ACC(8), ACC(12), ACC(16), ACC(20), ACC(24), ACC(28)
      : "l"(a), "l"(b));
}

}  // namespace

extern "C" __global__ void __launch_bounds__(128)
    gemm_wgmma(const __grid_constant__ CUtensorMap map_a, const __grid_constant__ CUtensorMap map_b,
               __half* __restrict__ c, int n, int k) {
  extern __shared__ __align__(1024) char ring[];
  __shared__ __align__(8) unsigned long long full[2];
  constexpr unsigned kTileA = 64 * 64 * 2, kTileB = 128 * 64 * 2, kStage = kTileA + kTileB;
  unsigned base = shared_address(ring), barriers = shared_address(full);
  int tiles = k / 64;
  if (threadIdx.x == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(barriers));
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(barriers + 8));
    asm volatile("fence.mbarrier_init.release.cluster;");
  }
  __syncthreads();
  auto fetch = [&](int tile) {
    unsigned stage = tile & 1, to = base + stage * kStage, barrier = barriers + 8 * stage;
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier),
                 "r"(kStage));
    load_tile(to, &map_a, barrier, tile * 64, blockIdx.y * 64);
    load_tile(to + kTileA, &map_b, barrier, tile * 64, blockIdx.x * 128);
  };
  if (threadIdx.x == 0) fetch(0);
  float left[32] = {}, right[32] = {};
  for (int tile = 0; tile < tiles; ++tile) {
    if (threadIdx.x == 0 && tile + 1 < tiles) fetch(tile + 1);
    unsigned stage = tile & 1, at = base + stage * kStage;
    wait(barriers + 8 * stage, tile >> 1 & 1);
    asm volatile("wgmma.fence.sync.aligned;");
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      multiply(left, descriptor(at + 32 * i), descriptor(at + kTileA + 32 * i));
      multiply(right, descriptor(at + 32 * i), descriptor(at + kTileA + 64 * 128 + 32 * i));
    }
    asm volatile("wgmma.commit_group.sync.aligned;");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    __syncthreads();
  }
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  size_t row = blockIdx.y * 64 + warp * 16 + lane / 4;
  for (int i = 0; i < 32; i += 4) {
    int column = blockIdx.x * 128 + i * 2 + (lane % 4) * 2;
    auto* top = reinterpret_cast<__half2*>(c + row * n + column);
    auto* bottom = reinterpret_cast<__half2*>(c + (row + 8) * n + column);
    top[0] = __floats2half2_rn(left[i], left[i + 1]);
    bottom[0] = __floats2half2_rn(left[i + 2], left[i + 3]);
    top[32] = __floats2half2_rn(right[i], right[i + 1]);
    bottom[32] = __floats2half2_rn(right[i + 2], right[i + 3]);
  }
}
