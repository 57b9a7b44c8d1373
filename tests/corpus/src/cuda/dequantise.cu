// build: nvcc-13.0 sm_80 sm_90
// Weights in few bits: 4-bit to half by bit tricks with a scale and zero a group of 64, inside a
// matrix-vector product; and int8 activations requantised with a per-row maximum.
#include <cuda_fp16.h>

__device__ __forceinline__ __half2 low_nibbles(unsigned word) {
  unsigned bits;
  asm("lop3.b32 %0, %1, 0x000f000f, 0x64006400, 0xea;" : "=r"(bits) : "r"(word));
  return __hsub2(*reinterpret_cast<__half2*>(&bits), __float2half2_rn(1024.0f));
}

extern "C" __global__ void gemv_int4(const uint4* __restrict__ weights,
                                     const __half2* __restrict__ scales_zeros,
                                     const __half2* __restrict__ x, float* __restrict__ y,
                                     int groups) {
  int row = blockIdx.x * blockDim.y + threadIdx.y;
  float sum = 0.0f;
  for (int group = threadIdx.x; group < groups; group += 32) {
    __half2 pair = scales_zeros[(size_t)row * groups + group];
    __half2 scale = __low2half2(pair), zero = __high2half2(pair), part = __float2half2_rn(0.0f);
#pragma unroll
    for (int chunk = 0; chunk < 2; ++chunk) {
      uint4 packed = weights[((size_t)row * groups + group) * 2 + chunk];
      unsigned words[4] = {packed.x, packed.y, packed.z, packed.w};
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int nibble = 0; nibble < 4; ++nibble) {
          __half2 weight = __hmul2(__hsub2(low_nibbles(words[i] >> 4 * nibble), zero), scale);
          part = __hfma2(weight, x[group * 32 + chunk * 16 + i * 4 + nibble], part);
        }
    }
    sum += __low2float(part) + __high2float(part);
  }
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_down_sync(~0u, sum, offset);
  if (threadIdx.x == 0) y[row] = sum;
}

extern "C" __global__ void quantise_rows(const float4* __restrict__ in, char4* __restrict__ out,
                                         float* __restrict__ scales, int quads) {
  __shared__ unsigned largest;
  if (threadIdx.x == 0) largest = 0;
  __syncthreads();
  const float4* row = in + (size_t)blockIdx.x * quads;
  float peak = 0.0f;
  for (int i = threadIdx.x; i < quads; i += blockDim.x) {
    float4 v = row[i];
    peak = fmaxf(peak, fmaxf(fmaxf(fabsf(v.x), fabsf(v.y)), fmaxf(fabsf(v.z), fabsf(v.w))));
  }
  atomicMax(&largest, __float_as_uint(peak));
  __syncthreads();
  float scale = __uint_as_float(largest) / 127.0f, inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
  if (threadIdx.x == 0) scales[blockIdx.x] = scale;
  for (int i = threadIdx.x; i < quads; i += blockDim.x) {
    float4 v = row[i];
    out[(size_t)blockIdx.x * quads + i] =
        make_char4(__float2int_rn(v.x * inverse), __float2int_rn(v.y * inverse),
                   __float2int_rn(v.z * inverse), __float2int_rn(v.w * inverse));
  }
}
