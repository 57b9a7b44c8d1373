// build: nvcc-13.0 sm_80 sm_90
// LU of a panel in shared memory with partial pivoting (pivots depend on the data), and a forward
// substitution of many right-hand sides with a sparse triangular matrix in level order.
extern "C" __global__ void lu_panel(double* __restrict__ matrix, int* __restrict__ pivots, int rows,
                                    int pitch) {
  extern __shared__ double panel[];
  __shared__ int pivot;
  double* own = matrix + (size_t)blockIdx.x * 16 * pitch;
  for (int i = threadIdx.x; i < rows * 16; i += blockDim.x)
    panel[i] = own[(i / rows) * (size_t)pitch + i % rows];
  __syncthreads();
  for (int step = 0; step < 16; ++step) {
    if (threadIdx.x == 0) {
      pivot = step;
      for (int row = step + 1; row < rows; ++row)
        if (fabs(panel[step * rows + row]) > fabs(panel[step * rows + pivot])) pivot = row;
      pivots[blockIdx.x * 16 + step] = pivot;
    }
    __syncthreads();
    if (threadIdx.x < 16 && pivot != step) {
      double kept = panel[threadIdx.x * rows + step];
      panel[threadIdx.x * rows + step] = panel[threadIdx.x * rows + pivot];
      panel[threadIdx.x * rows + pivot] = kept;
    }
    __syncthreads();
    double diagonal = panel[step * rows + step];
    for (int row = step + 1 + threadIdx.x; row < rows; row += blockDim.x) {
      double factor = panel[step * rows + row] / diagonal;
      panel[step * rows + row] = factor;
      for (int column = step + 1; column < 16; ++column)
        panel[column * rows + row] -= factor * panel[column * rows + step];
    }
    __syncthreads();
  }
  for (int i = threadIdx.x; i < rows * 16; i += blockDim.x)
    own[(i / rows) * (size_t)pitch + i % rows] = panel[i];
}

extern "C" __global__ void sparse_forward(const int* __restrict__ level, int level_rows,
                                          const int* __restrict__ starts,
                                          const int* __restrict__ columns,
                                          const float* __restrict__ values,
                                          const float* __restrict__ b, float* x, int sides) {
  int side = blockIdx.x * blockDim.x + threadIdx.x;
  if (blockIdx.y >= level_rows || side >= sides) return;
  int row = level[blockIdx.y];
  float sum = b[row * sides + side], diagonal = 1.0f;
  for (int i = starts[row]; i < starts[row + 1]; ++i) {
    int column = columns[i];
    if (column < row)
      sum -= values[i] * x[column * sides + side];
    else if (column == row)
      diagonal = values[i];
  }
  x[row * sides + side] = __fdividef(sum, diagonal);
}
