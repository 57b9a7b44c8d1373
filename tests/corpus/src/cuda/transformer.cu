// build: nvcc-13.0 sm_80 sm_90
// Pieces of a transformer: gelu on half pairs, gather of embedding rows with positions added,
// and rotary position embedding.
#include <cuda_fp16.h>

extern "C" __global__ void gelu_half2(const __half2* __restrict__ in, __half2* __restrict__ out,
                                      int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  __half2 x = in[i], cube = __hmul2(__hmul2(x, x), x);
  __half2 inner = __hmul2(__hfma2(cube, __float2half2_rn(0.044715f), x),
                          __float2half2_rn(0.7978846f));
  __half2 double_exp = h2exp(__hadd2(inner, inner));
  __half2 one = __float2half2_rn(1.0f);
  __half2 tangent = __h2div(__hsub2(double_exp, one), __hadd2(double_exp, one));
  out[i] = __hmul2(__hmul2(x, __float2half2_rn(0.5f)), __hadd2(one, tangent));
}

extern "C" __global__ void gather_embeddings(const int* __restrict__ tokens,
                                             const float4* __restrict__ table,
                                             const float4* __restrict__ positions,
                                             float4* __restrict__ out, int length, int quads,
                                             int vocabulary) {
  int token = tokens[blockIdx.y * length + blockIdx.x];
  if (token < 0 || token >= vocabulary) return;
  for (int i = threadIdx.x; i < quads; i += blockDim.x) {
    float4 word = table[(size_t)token * quads + i], place = positions[blockIdx.x * quads + i];
    out[(size_t)(blockIdx.y * length + blockIdx.x) * quads + i] =
        make_float4(word.x + place.x, word.y + place.y, word.z + place.z, word.w + place.w);
  }
}

extern "C" __global__ void rotate_positions(float2* __restrict__ q, const int* __restrict__ places,
                                            int tokens, int heads, int half_width,
                                            float log_base) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int total = tokens * heads * half_width;
  if (i >= total) return;
  int lane = i % half_width, token = i / (half_width * heads);
  float angle = places[token] * __expf(-log_base * lane / half_width), sine, cosine;
  sincosf(angle, &sine, &cosine);
  float2 pair = q[i];
  q[i] = make_float2(pair.x * cosine - pair.y * sine, pair.x * sine + pair.y * cosine);
}
