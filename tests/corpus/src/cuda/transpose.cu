// build: nvcc-13.0 sm_90 sm_120
// Matrix transpose three ways: uncoalesced stores, a shared tile with bank conflicts, and a
// padded tile without them (as a template, so that its name is mangled).
extern "C" __global__ void transpose_naive(const float* __restrict__ in, float* __restrict__ out,
                                           int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < width && y < height) out[x * height + y] = in[y * width + x];
}

template <int TILE, int ROWS, int PAD>
__global__ void transpose_tiled(const float* __restrict__ in, float* __restrict__ out, int width,
                                int height) {
  __shared__ float tile[TILE][TILE + PAD];
  int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * TILE + threadIdx.y;
#pragma unroll
  for (int row = 0; row < TILE; row += ROWS) {
    if (x < width && y + row < height)
      tile[threadIdx.y + row][threadIdx.x] = in[(y + row) * width + x];
  }
  __syncthreads();
  x = blockIdx.y * TILE + threadIdx.x;
  y = blockIdx.x * TILE + threadIdx.y;
#pragma unroll
  for (int row = 0; row < TILE; row += ROWS) {
    if (x < height && y + row < width)
      out[(y + row) * height + x] = tile[threadIdx.x][threadIdx.y + row];
  }
}

template __global__ void transpose_tiled<32, 8, 1>(const float*, float*, int, int);
