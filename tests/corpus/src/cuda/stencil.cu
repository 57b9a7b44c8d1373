// build: nvcc-13.0 sm_80 sm_90
// build: nvrtc-11.8 sm_60
// Stencils on grids with fixed borders: 7 points marching through z with values kept in registers,
// and 27 points from one thread a cell in double precision.
extern "C" __global__ void __launch_bounds__(256, 4)
    stencil_3d7(const float* __restrict__ in, float* __restrict__ out, int nx, int ny, int nz,
                float centre, float side) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < 1 || y < 1 || x >= nx - 1 || y >= ny - 1) return;
  int plane = nx * ny, at = y * nx + x;
  float below = in[at], here = in[at + plane];
  for (int z = 1; z < nz - 1; ++z) {
    at += plane;
    float above = in[at + plane];
    float around = in[at - 1] + in[at + 1] + in[at - nx] + in[at + nx] + below + above;
    out[at] = centre * here + side * around;
    below = here;
    here = above;
  }
}

struct Weights {
  double by_distance[4];
};

extern "C" __global__ void stencil_3d27(const double* __restrict__ in, double* __restrict__ out,
                                        int nx, int ny, int nz, Weights weights) {
  int x = blockIdx.x * blockDim.x + threadIdx.x + 1;
  int y = blockIdx.y * blockDim.y + threadIdx.y + 1;
  int z = blockIdx.z * blockDim.z + threadIdx.z + 1;
  if (x >= nx - 1 || y >= ny - 1 || z >= nz - 1) return;
  double sum = 0.0;
#pragma unroll
  for (int dz = -1; dz <= 1; ++dz)
#pragma unroll
    for (int dy = -1; dy <= 1; ++dy)
#pragma unroll
      for (int dx = -1; dx <= 1; ++dx)
        sum += weights.by_distance[(dx != 0) + (dy != 0) + (dz != 0)] *
               in[((long long)(z + dz) * ny + y + dy) * nx + x + dx];
  out[((long long)z * ny + y) * nx + x] = sum;
}
