// build: nvcc-13.0 sm_100a
// One 128x128 tile of C = A B a block on Blackwell's fifth-generation tensor cores: operands come
// by bulk copies in the no-swizzle core-matrix layout, sums live in tensor memory.
#include <cuda_bf16.h>

namespace {

__device__ __forceinline__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

__device__ __forceinline__ bool elected() {
  unsigned chosen;
  asm volatile(
      "{\n\t.reg .pred p;\n\telect.sync _|p, 0xffffffff;\n\tselp.u32 %0, 1, 0, p;\n\t}"
      : "=r"(chosen));
  return chosen;
}

__device__ __forceinline__ void wait(unsigned barrier, unsigned parity) {
  unsigned done = 0;
  while (!done)
    asm volatile(
        "{\n\t.reg .pred p;\n\t"
        "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 p, [%1], %2;\n\t"
        "selp.b32 %0, 1, 0, p;\n\t}"
        : "=r"(done) : "r"(barrier), "r"(parity) : "memory");
}

__device__ __forceinline__ unsigned long long descriptor(unsigned address) {
  return (address & 0x3ffffu) >> 4 | 128ull << 16 | 8ull << 32 | 1ull << 46;
}

}  // namespace

extern "C" __global__ void __launch_bounds__(128)
    gemm_tcgen05(const __nv_bfloat16* __restrict__ a, const __nv_bfloat16* __restrict__ b,
                 float* __restrict__ c, int n, int k) {
  __shared__ __align__(1024) char tile_a[128 * 32], tile_b[128 * 32];
  __shared__ __align__(8) unsigned long long barriers[2];
  __shared__ unsigned tensor_base;
  unsigned loaded = shared_address(barriers), computed = loaded + 8, warp = threadIdx.x / 32;
  if (warp == 0) {
    asm volatile("tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [%0], 128;" ::"r"(
        shared_address(&tensor_base)));
    if (elected()) {
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(loaded));
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(computed));
    }
  }
  asm volatile("tcgen05.fence::before_thread_sync;");
  __syncthreads();
  asm volatile("tcgen05.fence::after_thread_sync;");
  unsigned sums = tensor_base, parity = 0;
  const unsigned shape = 1u << 4 | 1u << 7 | 1u << 10 | (128u / 8) << 17 | (128u / 16) << 24;
  for (int step = 0; step < k / 16; ++step, parity ^= 1) {
    if (warp == 0 && elected()) {
      const void* from_a = a + ((size_t)blockIdx.y * (k / 16) + step) * 2048;
      const void* from_b = b + ((size_t)blockIdx.x * (k / 16) + step) * 2048;
      asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], 8192;" ::"r"(loaded));
      asm volatile(
          "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], 4096, "
          "[%2];" ::"r"(shared_address(tile_a)), "l"(from_a), "r"(loaded) : "memory");
      asm volatile(
          "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], 4096, "
          "[%2];" ::"r"(shared_address(tile_b)), "l"(from_b), "r"(loaded) : "memory");
      wait(loaded, parity);
      asm volatile(
          "{\n\t.reg .pred more;\n\tsetp.ne.u32 more, %4, 0;\n\t"
          "tcgen05.mma.cta_group::1.kind::f16 [%0], %1, %2, %3, more;\n\t}" ::"r"(sums),
          "l"(descriptor(shared_address(tile_a))), "l"(descriptor(shared_address(tile_b))),
          "r"(shape), "r"(step) : "memory");
      asm volatile("tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [%0];" ::
                       "r"(computed) : "memory");
    }
    wait(computed, parity);
  }
  asm volatile("tcgen05.fence::after_thread_sync;");
  size_t row = blockIdx.y * 128 + threadIdx.x;
#pragma unroll
  for (int column = 0; column < 128; column += 8) {
    unsigned r[8];
    asm volatile(
        "tcgen05.ld.sync.aligned.32x32b.x8.b32 {%0,%1,%2,%3,%4,%5,%6,%7}, [%8];"
        : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]), "=r"(r[4]), "=r"(r[5]), "=r"(r[6]),
          "=r"(r[7])
        : "r"(sums + (warp * 32 << 16) + column));
    asm volatile("tcgen05.wait::ld.sync.aligned;");
    auto* out = reinterpret_cast<uint4*>(c + row * n + blockIdx.x * 128 + column);
    out[0] = make_uint4(r[0], r[1], r[2], r[3]);
    out[1] = make_uint4(r[4], r[5], r[6], r[7]);
  }
  __syncthreads();
  if (warp == 0) {
    asm volatile("tcgen05.relinquish_alloc_permit.cta_group::1.sync.aligned;");
    asm volatile("tcgen05.dealloc.cta_group::1.sync.aligned.b32 %0, 128;" ::"r"(sums));
  }
}
