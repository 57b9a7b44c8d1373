// build: nvcc-13.0 sm_80 sm_90
// build: nvcc-13.0 sm_90 -G as debug
// Conjugate gradients on a tridiagonal system in one cooperative launch: the whole grid meets
// between phases; stops when the residual is small.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
namespace cg = cooperative_groups;

__device__ void add_dot(const double* a, const double* b, double* sum, int n) {
  auto warp = cg::tiled_partition<32>(cg::this_thread_block());
  double part = 0.0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    part += a[i] * b[i];
  part = cg::reduce(warp, part, cg::plus<double>());
  if (warp.thread_rank() == 0) atomicAdd(sum, part);
}

extern "C" __global__ void conjugate_gradient(double* x, double* r, double* p, double* q,
                                              double* sums, double diagonal, double tolerance,
                                              int limit, int n) {
  cg::grid_group grid = cg::this_grid();
  int first = blockIdx.x * blockDim.x + threadIdx.x, stride = gridDim.x * blockDim.x;
  add_dot(r, r, &sums[0], n);
  grid.sync();
  for (int step = 0; step < limit && sums[2 * step] > tolerance; ++step) {
    double* now = sums + 2 * step;
    for (int i = first; i < n; i += stride)
      q[i] = diagonal * p[i] - (i > 0 ? p[i - 1] : 0.0) - (i < n - 1 ? p[i + 1] : 0.0);
    grid.sync();
    add_dot(p, q, &now[1], n);
    grid.sync();
    double alpha = now[0] / now[1];
    for (int i = first; i < n; i += stride) {
      x[i] += alpha * p[i];
      r[i] -= alpha * q[i];
    }
    grid.sync();
    add_dot(r, r, &now[2], n);
    grid.sync();
    double beta = now[2] / now[0];
    for (int i = first; i < n; i += stride) p[i] = r[i] + beta * p[i];
    grid.sync();
  }
}
