// build: nvcc-13.0 sm_80 sm_90 sm_120
// Exact attention in single precision by tiles with a running softmax: a block owns 32 queries of
// one head (width 64), four threads share a query, keys and values pass through shared memory.
extern "C" __global__ void __launch_bounds__(128)
    flash_attention(const float* __restrict__ q, const float* __restrict__ k,
                    const float* __restrict__ v, float* __restrict__ out, int length, float scale) {
  __shared__ float keys[32][65], values[32][64];
  int t = threadIdx.x, query = blockIdx.x * 32 + t / 4, part = t % 4;
  size_t base = (size_t)blockIdx.y * length * 64;
  float mine[16], sums[16], best = -1e30f, weight = 0.0f;
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    mine[i] = query < length ? q[base + query * 64 + i * 4 + part] * scale : 0.0f;
    sums[i] = 0.0f;
  }
  for (int first = 0; first < length; first += 32) {
    __syncthreads();
    for (int i = t; i < 32 * 64; i += 128) {
      bool inside = first + i / 64 < length;
      keys[i / 64][i % 64] = inside ? k[base + first * 64 + i] : 0.0f;
      values[i / 64][i % 64] = inside ? v[base + first * 64 + i] : 0.0f;
    }
    __syncthreads();
    int count = min(32, length - first);
    for (int j = 0; j < count; ++j) {
      float score = 0.0f;
#pragma unroll
      for (int i = 0; i < 16; ++i) score += mine[i] * keys[j][i * 4 + part];
      score += __shfl_xor_sync(~0u, score, 1);
      score += __shfl_xor_sync(~0u, score, 2);
      float peak = fmaxf(best, score), shrink = __expf(best - peak), gain = __expf(score - peak);
      weight = weight * shrink + gain;
#pragma unroll
      for (int i = 0; i < 16; ++i) sums[i] = sums[i] * shrink + gain * values[j][i * 4 + part];
      best = peak;
    }
  }
  if (query >= length) return;
#pragma unroll
  for (int i = 0; i < 16; ++i) out[base + query * 64 + i * 4 + part] = sums[i] / weight;
}
