// build: nvcc-13.0 sm_80 sm_90
// One Jacobi sweep of the Poisson equation with the squared residual summed up: shared tile with
// halo, warp shuffles, one double-precision atomic a block.
extern "C" __global__ void jacobi(const double* __restrict__ u, const double* __restrict__ f,
                                  double* __restrict__ next, double* __restrict__ residual, int nx,
                                  int ny, double spacing2) {
  __shared__ double tile[10][34];
  __shared__ double sums[8];
  int tx = threadIdx.x, ty = threadIdx.y, x = blockIdx.x * 32 + tx, y = blockIdx.y * 8 + ty;
  for (int i = ty * 32 + tx; i < 10 * 34; i += 256) {
    int from_x = blockIdx.x * 32 + i % 34 - 1, from_y = blockIdx.y * 8 + i / 34 - 1;
    bool inside = from_x >= 0 && from_x < nx && from_y >= 0 && from_y < ny;
    tile[i / 34][i % 34] = inside ? u[from_y * nx + from_x] : 0.0;
  }
  __syncthreads();
  double change = 0.0;
  if (x < nx && y < ny) {
    double value = 0.25 * (tile[ty][tx + 1] + tile[ty + 2][tx + 1] + tile[ty + 1][tx] +
                           tile[ty + 1][tx + 2] - spacing2 * f[y * nx + x]);
    next[y * nx + x] = value;
    change = value - tile[ty + 1][tx + 1];
  }
  double sum = change * change;
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_down_sync(~0u, sum, offset);
  if (tx == 0) sums[ty] = sum;
  __syncthreads();
  if (tx == 0 && ty == 0) {
    for (int i = 1; i < 8; ++i) sum += sums[i];
    atomicAdd(residual, sum);
  }
}
