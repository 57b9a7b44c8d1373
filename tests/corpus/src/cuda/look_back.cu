// build: nvcc-13.0 sm_80 sm_90
// Inclusive prefix sum in one pass: each block publishes its total, looks back over its
// predecessors' flags (spinning with a short sleep), and publishes its prefix.
__device__ unsigned long long published(const unsigned long long* flag) {
  unsigned long long value;
  asm volatile("ld.acquire.gpu.global.u64 %0, [%1];" : "=l"(value) : "l"(flag) : "memory");
  return value;
}

__device__ void publish(unsigned long long* flag, unsigned status, unsigned sum) {
  unsigned long long value = (unsigned long long)status << 32 | sum;
  asm volatile("st.release.gpu.global.u64 [%0], %1;" ::"l"(flag), "l"(value) : "memory");
}

extern "C" __global__ void __launch_bounds__(256)
    scan_look_back(const unsigned* __restrict__ in, unsigned* __restrict__ out,
                   unsigned long long* flags, unsigned* __restrict__ ticket, int n) {
  __shared__ unsigned warp_sums[8], block, before;
  if (threadIdx.x == 0) block = atomicAdd(ticket, 1u);
  __syncthreads();
  unsigned i = block * 256 + threadIdx.x, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  unsigned sum = i < n ? in[i] : 0;
#pragma unroll
  for (int offset = 1; offset < 32; offset *= 2) {
    unsigned left = __shfl_up_sync(~0u, sum, offset);
    if (lane >= offset) sum += left;
  }
  if (lane == 31) warp_sums[warp] = sum;
  __syncthreads();
  for (unsigned w = 0; w < warp; ++w) sum += warp_sums[w];
  if (threadIdx.x == 255) {
    unsigned prefix = 0;
    if (block > 0) publish(&flags[block], 1, sum);
    for (int other = (int)block - 1; other >= 0; --other) {
      unsigned long long seen;
      while ((seen = published(&flags[other])) >> 32 == 0) __nanosleep(40);
      prefix += (unsigned)seen;
      if (seen >> 32 == 2) break;
    }
    publish(&flags[block], 2, prefix + sum);
    before = prefix;
  }
  __syncthreads();
  if (i < n) out[i] = before + sum;
}
