// build: nvcc-13.0 sm_80 sm_90
// bf16 GEMM (A row-major, B column-major) with cp.async double buffering, ldmatrix and mma.sync
// written as inline assembly. 64x64 tile, 128 threads, k in steps of 32; extents divide evenly.
#include <cuda_bf16.h>

__device__ __forceinline__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

__device__ __forceinline__ void copy16(void* to, const void* from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(to)), "l"(from));
}

__device__ __forceinline__ void load_matrices(unsigned (&r)[4], const void* p) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(p)));
}

extern "C" __global__ void __launch_bounds__(128)
    gemm_mma_sync(const __nv_bfloat16* __restrict__ a, const __nv_bfloat16* __restrict__ b,
                  float* __restrict__ c, int n, int k) {
  __shared__ __align__(16) __nv_bfloat16 tile_a[2][64][40], tile_b[2][64][40];
  int t = threadIdx.x, lane = t % 32, warp = t / 32;
  int warp_row = (warp / 2) * 32, warp_column = (warp % 2) * 32;
  const __nv_bfloat16* from_a = a + (size_t)(blockIdx.y * 64 + t / 2) * k + (t % 2) * 16;
  const __nv_bfloat16* from_b = b + (size_t)(blockIdx.x * 64 + t / 2) * k + (t % 2) * 16;
  float sums[2][4][4] = {};
  auto fetch = [&](int stage, int at) {
    for (int i = 0; i < 16; i += 8) {
      copy16(&tile_a[stage][t / 2][(t % 2) * 16 + i], from_a + at + i);
      copy16(&tile_b[stage][t / 2][(t % 2) * 16 + i], from_b + at + i);
    }
    asm volatile("cp.async.commit_group;");
  };
  fetch(0, 0);
  for (int base = 0, stage = 0; base < k; base += 32, stage ^= 1) {
    if (base + 32 < k) {
      fetch(stage ^ 1, base + 32);
      asm volatile("cp.async.wait_group 1;");
    } else {
      asm volatile("cp.async.wait_group 0;");
    }
    __syncthreads();
#pragma unroll
    for (int depth = 0; depth < 32; depth += 16) {
      unsigned left[2][4], right[2][4];
      for (int i = 0; i < 2; ++i) {
        int column = depth + (lane / 16) * 8;
        load_matrices(left[i], &tile_a[stage][warp_row + 16 * i + lane % 16][column]);
        load_matrices(right[i], &tile_b[stage][warp_column + 16 * i + lane % 16][column]);
      }
      for (int y = 0; y < 2; ++y)
        for (int x = 0; x < 4; ++x)
          asm volatile(
              "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
              "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
              : "+f"(sums[y][x][0]), "+f"(sums[y][x][1]), "+f"(sums[y][x][2]), "+f"(sums[y][x][3])
              : "r"(left[y][0]), "r"(left[y][1]), "r"(left[y][2]), "r"(left[y][3]),
                "r"(right[x / 2][x % 2]), "r"(right[x / 2][x % 2 + 2]));
    }
    __syncthreads();
  }
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 4; ++x) {
      int row = blockIdx.y * 64 + warp_row + 16 * y + lane / 4;
      int column = blockIdx.x * 64 + warp_column + 8 * x + (lane % 4) * 2;
      *reinterpret_cast<float2*>(&c[(size_t)row * n + column]) =
          make_float2(sums[y][x][0], sums[y][x][1]);
      *reinterpret_cast<float2*>(&c[(size_t)(row + 8) * n + column]) =
          make_float2(sums[y][x][2], sums[y][x][3]);
    }
}
