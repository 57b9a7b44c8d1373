// build: nvcc-13.5 sm_120 sm_103a
// build: nvcc-13.0 sm_80 sm_90
// Training steps: Adam with weight decay and a skip flag, dropout from a counter-based generator,
// and the cross-entropy of half-precision logits with its gradient in place.
#include <cuda_fp16.h>

struct AdamSettings {
  float rate, beta1, beta2, epsilon, decay;
  float correction1, correction2;
};

extern "C" __global__ void adam(float* __restrict__ weights, float2* __restrict__ moments,
                                const float* __restrict__ gradients,
                                const int* __restrict__ overflowed, AdamSettings s, int n) {
  if (*overflowed) return;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    float weight = weights[i], gradient = gradients[i];
    float2 moment = moments[i];
    moment.x = s.beta1 * moment.x + (1.0f - s.beta1) * gradient;
    moment.y = s.beta2 * moment.y + (1.0f - s.beta2) * gradient * gradient;
    float scale = sqrtf(moment.y / s.correction2) + s.epsilon;
    weights[i] = weight - s.rate * (moment.x / s.correction1 / scale + s.decay * weight);
    moments[i] = moment;
  }
}

extern "C" __global__ void dropout(const float4* __restrict__ in, float4* __restrict__ out,
                                   float keep, unsigned seed, unsigned step, int quads) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= quads) return;
  unsigned a = i, b = step, c = 0, d = 0, key0 = seed, key1 = ~seed;
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    unsigned high0 = __umulhi(0xd2511f53u, a), low0 = 0xd2511f53u * a;
    unsigned high1 = __umulhi(0xcd9e8d57u, c), low1 = 0xcd9e8d57u * c;
    a = high1 ^ b ^ key0, b = low1, c = high0 ^ d ^ key1, d = low0;
    key0 += 0x9e3779b9u, key1 += 0xbb67ae85u;
  }
  unsigned limit = (unsigned)(keep * 4294967040.0f);
  float scale = 1.0f / keep;
  float4 v = in[i];
  out[i] = make_float4(a < limit ? v.x * scale : 0.0f, b < limit ? v.y * scale : 0.0f,
                       c < limit ? v.z * scale : 0.0f, d < limit ? v.w * scale : 0.0f);
}

extern "C" __global__ void cross_entropy(__half* __restrict__ logits,
                                         const int* __restrict__ labels,
                                         float* __restrict__ losses, int classes, int ignored) {
  __shared__ float exchange[2][32];
  __half* row = logits + (size_t)blockIdx.x * classes;
  int label = labels[blockIdx.x], warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (label == ignored) {
    for (int i = threadIdx.x; i < classes; i += blockDim.x) row[i] = __float2half(0.0f);
    return;
  }
  float best = -1e30f, sum = 0.0f;
  for (int i = threadIdx.x; i < classes; i += blockDim.x) {
    float value = __half2float(row[i]), peak = fmaxf(best, value);
    sum = sum * __expf(best - peak) + __expf(value - peak);
    best = peak;
  }
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) {
    float best2 = __shfl_xor_sync(~0u, best, offset), sum2 = __shfl_xor_sync(~0u, sum, offset);
    float peak = fmaxf(best, best2);
    sum = sum * __expf(best - peak) + sum2 * __expf(best2 - peak);
    best = peak;
  }
  if (lane == 0) exchange[0][warp] = best, exchange[1][warp] = sum;
  __syncthreads();
  float peak = exchange[0][0], total = 0.0f;
  for (int w = 1; w < blockDim.x / 32; ++w) peak = fmaxf(peak, exchange[0][w]);
  for (int w = 0; w < blockDim.x / 32; ++w) total += exchange[1][w] * __expf(exchange[0][w] - peak);
  if (threadIdx.x == 0) losses[blockIdx.x] = logf(total) + peak - __half2float(row[label]);
  __syncthreads();
  for (int i = threadIdx.x; i < classes; i += blockDim.x) {
    float share = __expf(__half2float(row[i]) - peak) / total;
    row[i] = __float2half(share - (i == label));
  }
}
