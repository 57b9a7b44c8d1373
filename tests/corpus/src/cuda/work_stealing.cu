// build: nvcc-13.0 sm_100a
// Blocks that finish early take over blocks that have not started (cluster launch control): rows
// of different lengths are summed in log space.
extern "C" __global__ void __launch_bounds__(128)
    log_sum_rows(const float* __restrict__ values, const int* __restrict__ starts,
                 float* __restrict__ sums) {
  __shared__ __align__(16) uint4 response;
  __shared__ __align__(8) unsigned long long ready;
  __shared__ float parts[4];
  unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(&response));
  unsigned barrier = static_cast<unsigned>(__cvta_generic_to_shared(&ready));
  if (threadIdx.x == 0) asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(barrier));
  __syncthreads();
  int row = blockIdx.x;
  for (unsigned parity = 0;; parity ^= 1) {
    if (threadIdx.x == 0) {
      asm volatile("fence.proxy.async::generic.acquire.sync_restrict::shared::cluster.cluster;");
      asm volatile("mbarrier.arrive.expect_tx.relaxed.cta.shared::cta.b64 _, [%0], 16;" ::"r"(
          barrier));
      asm volatile(
          "clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes.b128 "
          "[%0], [%1];" ::"r"(at), "r"(barrier) : "memory");
    }
    float sum = 0.0f;
    for (int i = starts[row] + threadIdx.x; i < starts[row + 1]; i += 128) sum += __expf(values[i]);
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x == 0) sums[row] = __logf(parts[0] + parts[1] + parts[2] + parts[3]);
    asm volatile(
        "{\n\t.reg .pred p;\nwait:\n\t"
        "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 p, [%0], %1;\n\t"
        "@!p bra wait;\n\t}" ::"r"(barrier), "r"(parity) : "memory");
    unsigned stolen, next;
    asm volatile(
        "{\n\t.reg .pred p;\n\t.reg .b128 handle;\n\t"
        "ld.shared.b128 handle, [%2];\n\t"
        "clusterlaunchcontrol.query_cancel.is_canceled.pred.b128 p, handle;\n\t"
        "selp.u32 %0, 1, 0, p;\n\t"
        "mov.u32 %1, 0;\n\t"
        "@p clusterlaunchcontrol.query_cancel.get_first_ctaid::x.b32.b128 %1, handle;\n\t}"
        : "=r"(stolen), "=r"(next) : "r"(at) : "memory");
    if (!stolen) return;
    row = next;
    __syncthreads();
  }
}
