// build: nvcc-13.0 sm_90 sm_100a
// Affine map over chunks that bulk copies bring in and take out: four mbarrier stages, one thread
// issues the copies, all compute. Chunks are 4 KiB.
namespace {
constexpr int kStages = 4, kChunk = 1024;

__device__ __forceinline__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

__device__ __forceinline__ void fetch(float* to, const float* from, unsigned barrier) {
  asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], 4096;" ::"r"(barrier));
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], 4096, [%2];" ::
          "r"(shared_address(to)), "l"(from), "r"(barrier) : "memory");
}
}  // namespace

extern "C" __global__ void affine_bulk(const float* __restrict__ in, float* __restrict__ out,
                                       float scale, float shift, int chunks) {
  __shared__ __align__(128) float buffer[kStages][kChunk];
  __shared__ __align__(8) unsigned long long full[kStages];
  unsigned barriers = shared_address(full);
  int mine = (chunks - (int)blockIdx.x + (int)gridDim.x - 1) / (int)gridDim.x;
  if (threadIdx.x == 0) {
    for (int i = 0; i < kStages; ++i)
      asm volatile("mbarrier.init.shared.b64 [%0], 1;" ::"r"(barriers + 8 * i));
    asm volatile("fence.proxy.async.shared::cta;");
    for (int i = 0; i < kStages - 1 && i < mine; ++i)
      fetch(buffer[i], in + (blockIdx.x + (size_t)i * gridDim.x) * kChunk, barriers + 8 * i);
  }
  __syncthreads();
  for (int i = 0; i < mine; ++i) {
    int stage = i % kStages;
    asm volatile(
        "{\n\t.reg .pred %%ready;\n\t$wait_%=:\n\t"
        "mbarrier.try_wait.parity.shared.b64 %%ready, [%0], %1;\n\t@!%%ready bra $wait_%=;\n\t}" ::
            "r"(barriers + 8 * stage), "r"(i / kStages & 1) : "memory");
    for (int j = threadIdx.x; j < kChunk; j += blockDim.x)
      buffer[stage][j] = fmaf(buffer[stage][j], scale, shift);
    asm volatile("fence.proxy.async.shared::cta;");
    __syncthreads();
    if (threadIdx.x == 0) {
      asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], 4096;" ::"l"(
                       out + (blockIdx.x + (size_t)i * gridDim.x) * kChunk),
                   "r"(shared_address(buffer[stage])) : "memory");
      asm volatile("cp.async.bulk.commit_group;");
      int next = i + kStages - 1;
      if (next < mine) {
        asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
        fetch(buffer[next % kStages], in + (blockIdx.x + (size_t)next * gridDim.x) * kChunk,
              barriers + 8 * (next % kStages));
      }
    }
  }
  if (threadIdx.x == 0) asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}
