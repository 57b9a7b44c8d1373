// build: nvcc-13.0 sm_90
// build: nvcc-13.0 sm_90 --use_fast_math as fastmath
// build: nvcc-13.0 sm_80 -lineinfo as lineinfo
// Row softmax, one block a row: running maximum and sum by warp shuffles, then the scaled exp.
extern "C" __global__ void softmax_rows(const float* __restrict__ in, float* __restrict__ out,
                                        int columns) {
  __shared__ float shared_max[32], shared_sum[32];
  const float* row = in + (size_t)blockIdx.x * columns;
  float best = -INFINITY;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) best = fmaxf(best, row[i]);
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2)
    best = fmaxf(best, __shfl_xor_sync(~0u, best, offset));
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
  if (lane == 0) shared_max[warp] = best;
  __syncthreads();
  best = shared_max[0];
  for (int i = 1; i < warps; ++i) best = fmaxf(best, shared_max[i]);
  float sum = 0.0f;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += expf(row[i] - best);
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
  if (lane == 0) shared_sum[warp] = sum;
  __syncthreads();
  sum = 0.0f;
  for (int i = 0; i < warps; ++i) sum += shared_sum[i];
  float scale = 1.0f / sum;
  for (int i = threadIdx.x; i < columns; i += blockDim.x)
    out[(size_t)blockIdx.x * columns + i] = expf(row[i] - best) * scale;
}
