// build: nvcc-13.0 sm_75 sm_90
// build: nvrtc-12.1 sm_70
// int8 GEMM with four-way dot products (dp4a): A row-major, B column-major, 32x32 tile of C,
// each thread four results down a column, scaled to float by per-row and per-column factors.
extern "C" __global__ void gemm_int8(const int* __restrict__ a, const int* __restrict__ b,
                                     const float* __restrict__ row_scale,
                                     const float* __restrict__ column_scale,
                                     float* __restrict__ c, int n, int quads) {
  __shared__ int tile_a[32][33], tile_b[32][33];
  int tx = threadIdx.x, ty = threadIdx.y, sums[4] = {0, 0, 0, 0};
  for (int base = 0; base < quads; base += 32) {
    for (int i = ty; i < 32; i += 8) {
      tile_a[i][tx] = a[(blockIdx.y * 32 + i) * quads + base + tx];
      tile_b[i][tx] = b[(blockIdx.x * 32 + i) * quads + base + tx];
    }
    __syncthreads();
#pragma unroll 8
    for (int i = 0; i < 32; ++i) {
      int right = tile_b[tx][i];
#pragma unroll
      for (int j = 0; j < 4; ++j) sums[j] = __dp4a(tile_a[ty + 8 * j][i], right, sums[j]);
    }
    __syncthreads();
  }
  for (int j = 0; j < 4; ++j) {
    int row = blockIdx.y * 32 + ty + 8 * j, column = blockIdx.x * 32 + tx;
    c[row * n + column] = sums[j] * row_scale[row] * column_scale[column];
  }
}
