// build: nvcc-13.0 sm_75 sm_90
// Hamming distances between one binary code and many; and the sum of absolute differences of
// image blocks with byte-wise SIMD instructions.
extern "C" __global__ void hamming(const unsigned long long* __restrict__ codes,
                                   const unsigned long long* __restrict__ query,
                                   unsigned char* __restrict__ near, int words, int limit, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int distance = 0;
  for (int word = 0; word < words && distance <= limit; ++word)
    distance += __popcll(codes[(size_t)word * n + i] ^ query[word]);
  near[i] = distance <= limit;
}

extern "C" __global__ void block_motion(const unsigned* __restrict__ current,
                                        const unsigned* __restrict__ reference,
                                        short2* __restrict__ vectors, int pitch, int reach) {
  int x = blockIdx.x * 4, y = blockIdx.y * 16, dx = (int)threadIdx.x - reach;
  unsigned best = 0xffffffffu;
  for (int dy = -reach; dy <= reach; ++dy) {
    unsigned sum = 0;
    for (int row = 0; row < 16; ++row)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        sum += __vsadu4(current[(y + row) * pitch + x + i],
                        reference[(y + row + dy + reach) * pitch + x + i + dx + reach]);
    best = min(best, sum << 12 | (unsigned)(dy + reach) << 6 | threadIdx.x);
  }
  __shared__ unsigned winner;
  if (threadIdx.x == 0) winner = 0xffffffffu;
  __syncthreads();
  atomicMin(&winner, best);
  __syncthreads();
  if (threadIdx.x == 0)
    vectors[blockIdx.y * gridDim.x + blockIdx.x] =
        make_short2((winner & 63) - reach, (winner >> 6 & 63) - reach);
}
