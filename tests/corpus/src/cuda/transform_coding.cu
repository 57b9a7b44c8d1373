// build: nvcc-13.0 sm_75 sm_90
// Discrete cosine transform of 8x8 blocks with quantisation: each thread a row, then a column; the
// quantisation table is an initialised constant.
__constant__ unsigned char quantisation[64] = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};

__device__ void cosine8(float (&v)[8]) {
  float s0 = v[0] + v[7], s1 = v[1] + v[6], s2 = v[2] + v[5], s3 = v[3] + v[4];
  float d0 = v[0] - v[7], d1 = v[1] - v[6], d2 = v[2] - v[5], d3 = v[3] - v[4];
  float e0 = s0 + s3, e1 = s1 + s2, o0 = s0 - s3, o1 = s1 - s2;
  v[0] = 0.35355339f * (e0 + e1);
  v[4] = 0.35355339f * (e0 - e1);
  v[2] = 0.46193977f * o0 + 0.19134172f * o1;
  v[6] = 0.19134172f * o0 - 0.46193977f * o1;
  v[1] = 0.49039264f * d0 + 0.41573481f * d1 + 0.27778512f * d2 + 0.09754516f * d3;
  v[3] = 0.41573481f * d0 - 0.09754516f * d1 - 0.49039264f * d2 - 0.27778512f * d3;
  v[5] = 0.27778512f * d0 - 0.49039264f * d1 + 0.09754516f * d2 + 0.41573481f * d3;
  v[7] = 0.09754516f * d0 - 0.27778512f * d1 + 0.41573481f * d2 - 0.49039264f * d3;
}

extern "C" __global__ void cosine_transform(const unsigned char* __restrict__ image,
                                            short* __restrict__ coefficients, int pitch,
                                            float quality) {
  __shared__ float tile[8][8 * 8 + 8];
  int part = threadIdx.x, line = threadIdx.y, column = (blockIdx.x * 8 + part) * 8;
  const uint2* from = reinterpret_cast<const uint2*>(
      image + (size_t)(blockIdx.y * 8 + line) * pitch + column);
  uint2 eight = *from;
  float v[8];
#pragma unroll
  for (int i = 0; i < 8; ++i)
    v[i] = (float)((i < 4 ? eight.x : eight.y) >> 8 * (i % 4) & 255) - 128.0f;
  cosine8(v);
#pragma unroll
  for (int i = 0; i < 8; ++i) tile[line][part * 9 + i] = v[i];
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 8; ++i) v[i] = tile[i][part * 9 + line];
  cosine8(v);
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    float step = quantisation[i * 8 + line] * quality;
    coefficients[(size_t)(blockIdx.y * 8 + i) * pitch + column + line] =
        (short)__float2int_rn(__fdividef(v[i], step));
  }
}
