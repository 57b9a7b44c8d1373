// build: nvcc-13.0 sm_80 sm_90
// One decoding step of attention: keys and values lie in pages of 16 tokens that a block table
// names. One block of 128 threads a (sequence, head) pair, head width 128.
#include <cuda_fp16.h>

extern "C" __global__ void __launch_bounds__(128)
    paged_attention(const __half* __restrict__ query, const __half* __restrict__ keys,
                    const __half* __restrict__ values, const int* __restrict__ tables,
                    const int* __restrict__ lengths, __half* __restrict__ out, int heads,
                    int pages, float scale) {
  extern __shared__ float scores[];
  __shared__ float q[128], exchange[8];
  int head = blockIdx.x, sequence = blockIdx.y, t = threadIdx.x, warp = t / 32, lane = t % 32;
  int length = lengths[sequence];
  const int* table = tables + sequence * pages;
  q[t] = __half2float(query[(sequence * heads + head) * 128 + t]) * scale;
  __syncthreads();
  float best = -1e30f;
  for (int token = warp; token < length; token += 4) {
    size_t row = ((size_t)table[token / 16] * 16 + token % 16) * heads + head;
    float sum = 0.0f;
    for (int i = lane; i < 128; i += 32) sum += q[i] * __half2float(keys[row * 128 + i]);
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
    if (lane == 0) scores[token] = sum;
    best = fmaxf(best, sum);
  }
  if (lane == 0) exchange[warp] = best;
  __syncthreads();
  best = fmaxf(fmaxf(exchange[0], exchange[1]), fmaxf(exchange[2], exchange[3]));
  float sum = 0.0f;
  for (int token = t; token < length; token += 128) {
    float weight = __expf(scores[token] - best);
    scores[token] = weight;
    sum += weight;
  }
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
  if (lane == 0) exchange[4 + warp] = sum;
  __syncthreads();
  sum = exchange[4] + exchange[5] + exchange[6] + exchange[7];
  float result = 0.0f;
  for (int token = 0; token < length; ++token) {
    size_t row = ((size_t)table[token / 16] * 16 + token % 16) * heads + head;
    result += scores[token] * __half2float(values[row * 128 + t]);
  }
  out[(sequence * heads + head) * 128 + t] = __float2half(result / sum);
}
