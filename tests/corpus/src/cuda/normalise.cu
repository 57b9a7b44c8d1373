// build: nvcc-13.0 sm_80 sm_90
// Layer normalisation by Welford's method, one warp a row; and RMS normalisation of bf16 rows with
// a residual added first, one block a row.
#include <cuda_bf16.h>

extern "C" __global__ void layer_norm_welford(const float* __restrict__ x,
                                              const float* __restrict__ weight,
                                              const float* __restrict__ bias,
                                              float* __restrict__ y, int rows, int columns,
                                              float epsilon) {
  int row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) return;
  float mean = 0.0f, spread = 0.0f, count = 0.0f;
  for (int i = threadIdx.x; i < columns; i += 32) {
    float value = x[(size_t)row * columns + i], away = value - mean;
    count += 1.0f;
    mean += away / count;
    spread += away * (value - mean);
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    float mean2 = __shfl_xor_sync(~0u, mean, offset), count2 = __shfl_xor_sync(~0u, count, offset);
    float spread2 = __shfl_xor_sync(~0u, spread, offset), total = count + count2;
    if (total > 0.0f) {
      float away = mean2 - mean;
      spread += spread2 + away * away * count * count2 / total;
      mean += away * count2 / total;
    }
    count = total;
  }
  float scale = rsqrtf(spread / columns + epsilon);
  for (int i = threadIdx.x; i < columns; i += 32) {
    float value = (x[(size_t)row * columns + i] - mean) * scale;
    y[(size_t)row * columns + i] = value * weight[i] + bias[i];
  }
}

extern "C" __global__ void rms_norm(__nv_bfloat162* __restrict__ hidden,
                                    const __nv_bfloat162* __restrict__ residual,
                                    const __nv_bfloat162* __restrict__ weight,
                                    __nv_bfloat162* __restrict__ out, int pairs, float epsilon) {
  __shared__ float sums[32];
  __nv_bfloat162* row = hidden + (size_t)blockIdx.x * pairs;
  float sum = 0.0f;
  for (int i = threadIdx.x; i < pairs; i += blockDim.x) {
    __nv_bfloat162 value = __hadd2(row[i], residual[(size_t)blockIdx.x * pairs + i]);
    row[i] = value;
    float2 wide = __bfloat1622float2(value);
    sum += wide.x * wide.x + wide.y * wide.y;
  }
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < blockDim.x / 32 ? sums[threadIdx.x] : 0.0f;
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
    if (threadIdx.x == 0) sums[0] = rsqrtf(sum / (2 * pairs) + epsilon);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < pairs; i += blockDim.x) {
    float2 value = __bfloat1622float2(row[i]), w = __bfloat1622float2(weight[i]);
    out[(size_t)blockIdx.x * pairs + i] =
        __floats2bfloat162_rn(value.x * sums[0] * w.x, value.y * sums[0] * w.y);
  }
}
