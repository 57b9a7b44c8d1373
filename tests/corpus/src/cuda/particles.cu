// build: nvcc-13.5 sm_100a
// build: nvcc-13.0 sm_80 sm_90
// Particles: Lennard-Jones forces over neighbour lists in double precision, and the deposit of
// charge onto a grid with trilinear weights.
extern "C" __global__ void lennard_jones(const double4* __restrict__ positions,
                                         const int* __restrict__ neighbours,
                                         const int* __restrict__ counts,
                                         double4* __restrict__ forces, int atoms, double box,
                                         double cutoff2) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= atoms) return;
  double4 own = positions[i];
  double fx = 0, fy = 0, fz = 0, energy = 0, inverse_box = 1.0 / box;
  for (int j = 0; j < counts[i]; ++j) {
    double4 other = positions[neighbours[j * atoms + i]];
    double dx = own.x - other.x, dy = own.y - other.y, dz = own.z - other.z;
    dx -= box * rint(dx * inverse_box);
    dy -= box * rint(dy * inverse_box);
    dz -= box * rint(dz * inverse_box);
    double r2 = dx * dx + dy * dy + dz * dz;
    if (r2 >= cutoff2) continue;
    double inverse2 = 1.0 / r2, inverse6 = inverse2 * inverse2 * inverse2;
    double push = 24.0 * inverse6 * (2.0 * inverse6 - 1.0) * inverse2;
    fx += push * dx, fy += push * dy, fz += push * dz;
    energy += 4.0 * inverse6 * (inverse6 - 1.0);
  }
  forces[i] = make_double4(fx, fy, fz, 0.5 * energy);
}

extern "C" __global__ void deposit_charge(const float4* __restrict__ particles,
                                          float* __restrict__ grid, int n, int cells,
                                          float per_cell) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float4 p = particles[i];
  float x = p.x * per_cell, y = p.y * per_cell, z = p.z * per_cell;
  int ix = __float2int_rd(x), iy = __float2int_rd(y), iz = __float2int_rd(z);
  float wx = x - ix, wy = y - iy, wz = z - iz;
#pragma unroll
  for (int corner = 0; corner < 8; ++corner) {
    int cx = (ix + (corner & 1)) % cells, cy = (iy + (corner >> 1 & 1)) % cells;
    int cz = (iz + (corner >> 2)) % cells;
    float weight = (corner & 1 ? wx : 1 - wx) * (corner & 2 ? wy : 1 - wy) *
                   (corner & 4 ? wz : 1 - wz);
    atomicAdd(&grid[(cz * cells + cy) * cells + cx], p.w * weight);
  }
}
