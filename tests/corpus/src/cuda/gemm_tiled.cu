// build: nvcc-13.0 sm_80 sm_90 sm_100a
// build: nvcc-13.0 sm_90 -lineinfo as lineinfo
// C = A B through 16x16 shared tiles, with guards for extents that 16 does not divide.
extern "C" __global__ void gemm_tiled(const float* __restrict__ a, const float* __restrict__ b,
                                      float* __restrict__ c, int m, int n, int k) {
  __shared__ float tile_a[16][16], tile_b[16][17];
  int tx = threadIdx.x, ty = threadIdx.y;
  int row = blockIdx.y * 16 + ty, column = blockIdx.x * 16 + tx;
  float sum = 0.0f;
  for (int base = 0; base < k; base += 16) {
    tile_a[ty][tx] = row < m && base + tx < k ? a[row * k + base + tx] : 0.0f;
    tile_b[ty][tx] = base + ty < k && column < n ? b[(base + ty) * n + column] : 0.0f;
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 16; ++i) sum += tile_a[ty][i] * tile_b[i][tx];
    __syncthreads();
  }
  if (row < m && column < n) c[row * n + column] = sum;
}
