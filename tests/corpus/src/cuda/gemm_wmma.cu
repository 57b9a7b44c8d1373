// build: nvcc-13.0 sm_75 sm_90
// Half-precision C = A B on tensor cores through the wmma interface: each warp owns a 32x32 piece
// of C as 2x2 fragments, read straight from global memory.
#include <mma.h>
using namespace nvcuda::wmma;

extern "C" __global__ void gemm_wmma(const half* __restrict__ a, const half* __restrict__ b,
                                     float* __restrict__ c, int m, int n, int k) {
  int warp = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
  int warps_across = n / 32, row = warp / warps_across * 32, column = warp % warps_across * 32;
  if (row >= m) return;
  fragment<accumulator, 16, 16, 16, float> sums[2][2];
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x) fill_fragment(sums[y][x], 0.0f);
  for (int i = 0; i < k; i += 16) {
    fragment<matrix_a, 16, 16, 16, half, row_major> left[2];
    fragment<matrix_b, 16, 16, 16, half, row_major> right[2];
    for (int j = 0; j < 2; ++j) {
      load_matrix_sync(left[j], a + (row + 16 * j) * k + i, k);
      load_matrix_sync(right[j], b + i * n + column + 16 * j, n);
    }
    for (int y = 0; y < 2; ++y)
      for (int x = 0; x < 2; ++x) mma_sync(sums[y][x], left[y], right[x], sums[y][x]);
  }
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      store_matrix_sync(c + (row + 16 * y) * n + column + 16 * x, sums[y][x], n, mem_row_major);
}
