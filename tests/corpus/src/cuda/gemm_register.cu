// build: nvcc-13.0 sm_80 sm_90
// C = A B with a 128x128 tile a block and an 8x8 register tile a thread; extents are multiples
// of 128 (m, n) and 8 (k).
extern "C" __global__ void __launch_bounds__(256)
    gemm_register(const float4* __restrict__ a, const float4* __restrict__ b,
                  float4* __restrict__ c, int n, int k) {
  __shared__ float tile_a[8][128];
  __shared__ float tile_b[8][128];
  int t = threadIdx.x, tx = t % 16, ty = t / 16;
  const float4* rows = a + (blockIdx.y * 128 + t / 2) * (k / 4) + t % 2;
  const float4* columns = b + (t / 32) * (n / 4) + blockIdx.x * 32 + t % 32;
  float sums[8][8] = {};
  for (int base = 0; base < k; base += 8) {
    float4 part = *rows;
    int depth = (t % 2) * 4, line = t / 2;
    tile_a[depth][line] = part.x;
    tile_a[depth + 1][line] = part.y;
    tile_a[depth + 2][line] = part.z;
    tile_a[depth + 3][line] = part.w;
    reinterpret_cast<float4*>(tile_b[t / 32])[t % 32] = *columns;
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      float left[8], right[8];
#pragma unroll
      for (int j = 0; j < 8; ++j) {
        left[j] = tile_a[i][ty * 8 + j];
        right[j] = tile_b[i][tx * 8 + j];
      }
#pragma unroll
      for (int y = 0; y < 8; ++y)
#pragma unroll
        for (int x = 0; x < 8; ++x) sums[y][x] = fmaf(left[y], right[x], sums[y][x]);
    }
    __syncthreads();
    rows += 2;
    columns += 8 * (n / 4);
  }
#pragma unroll
  for (int y = 0; y < 8; ++y) {
    float4* out = c + (blockIdx.y * 128 + ty * 8 + y) * (n / 4) + blockIdx.x * 32 + tx * 2;
    out[0] = make_float4(sums[y][0], sums[y][1], sums[y][2], sums[y][3]);
    out[1] = make_float4(sums[y][4], sums[y][5], sums[y][6], sums[y][7]);
  }
}
