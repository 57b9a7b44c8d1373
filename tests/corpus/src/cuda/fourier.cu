// build: nvcc-13.0 sm_75 sm_90
// A radix-4 Stockham pass over batches of complex lines, and a whole 512-point transform in
// registers and shared memory (three radix-8 passes).
__device__ float2 operator+(float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); }
__device__ float2 operator-(float2 a, float2 b) { return make_float2(a.x - b.x, a.y - b.y); }
__device__ float2 times(float2 a, float2 b) {
  return make_float2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}
__device__ float2 minus_i(float2 a) { return make_float2(a.y, -a.x); }
__device__ float2 turn(float part) {
  float sine, cosine;
  sincospif(-2.0f * part, &sine, &cosine);
  return make_float2(cosine, sine);
}

extern "C" __global__ void fft_radix4_pass(const float2* __restrict__ in, float2* __restrict__ out,
                                           int quarter, int done) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= quarter) return;
  const float2* line = in + (size_t)blockIdx.y * 4 * quarter;
  int k = i & (done - 1);
  float2 w = turn((float)k / (4 * done)), w2 = times(w, w), w3 = times(w2, w);
  float2 a = line[i], b = times(line[i + quarter], w), c = times(line[i + 2 * quarter], w2);
  float2 d = times(line[i + 3 * quarter], w3);
  float2 sum = a + c, difference = a - c, other = b + d, rotated = minus_i(b - d);
  float2* to = out + (size_t)blockIdx.y * 4 * quarter + ((i - k) << 2) + k;
  to[0] = sum + other;
  to[done] = difference + rotated;
  to[2 * done] = sum - other;
  to[3 * done] = difference - rotated;
}

__device__ void butterfly8(float2 (&v)[8]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    float2 sum = v[i] + v[i + 4], difference = v[i] - v[i + 4];
    v[i] = sum;
    v[i + 4] = times(difference, turn(i / 8.0f));
  }
#pragma unroll
  for (int half = 0; half < 8; half += 4) {
    float2 a = v[half] + v[half + 2], b = v[half + 1] + v[half + 3];
    float2 c = v[half] - v[half + 2], d = minus_i(v[half + 1] - v[half + 3]);
    v[half] = a + b, v[half + 1] = a - b, v[half + 2] = c + d, v[half + 3] = c - d;
  }
}

extern "C" __global__ void __launch_bounds__(64) fft_512(float2* __restrict__ lines) {
  __shared__ float2 exchange[512];
  const int reversed[8] = {0, 4, 2, 6, 1, 5, 3, 7};
  float2* line = lines + (size_t)blockIdx.x * 512;
  int t = threadIdx.x;
  float2 v[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) v[i] = line[t + 64 * i];
#pragma unroll
  for (int pass = 0; pass < 3; ++pass) {
    butterfly8(v);
    if (pass == 2) break;
    int stride = pass == 0 ? 64 : 8, low = t % stride, high = t / stride;
#pragma unroll
    for (int i = 0; i < 8; ++i)
      v[i] = times(v[i], turn((float)(reversed[i] * low) / (8 * stride)));
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 8; ++i) exchange[(high * 8 + reversed[i]) * stride + low] = v[i];
    __syncthreads();
    int next = stride / 8;
#pragma unroll
    for (int i = 0; i < 8; ++i) v[i] = exchange[t / next * stride + i * next + t % next];
  }
#pragma unroll
  for (int i = 0; i < 8; ++i) line[t / 8 + t % 8 * 8 + reversed[i] * 64] = v[i];
}
