// build: nvcc-13.0 sm_90 sm_120
// Histogram of 16-bit keys whose 4096 bins are spread over the shared memory of a cluster of four
// blocks: remote bins are reached through distributed shared memory.
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

extern "C" __global__ void __cluster_dims__(4, 1, 1)
    cluster_histogram(const unsigned short* __restrict__ keys, unsigned* __restrict__ bins, int n) {
  __shared__ unsigned part[1024];
  cg::cluster_group cluster = cg::this_cluster();
  for (int i = threadIdx.x; i < 1024; i += blockDim.x) part[i] = 0;
  cluster.sync();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    unsigned key = keys[i] >> 4;
    atomicAdd(cluster.map_shared_rank(part, key >> 10) + (key & 1023), 1u);
  }
  cluster.sync();
  unsigned first = cluster.block_rank() * 1024;
  for (int i = threadIdx.x; i < 1024; i += blockDim.x) atomicAdd(&bins[first + i], part[i]);
}

// Two blocks exchange their halves of a row through `ld.shared::cluster` with mapa addresses.
extern "C" __global__ void __cluster_dims__(2, 1, 1)
    cluster_exchange(const float* __restrict__ in, float* __restrict__ out) {
  __shared__ float mine[256];
  int i = blockIdx.x * 256 + threadIdx.x;
  mine[threadIdx.x] = in[i];
  asm volatile("barrier.cluster.arrive.release.aligned;\n\tbarrier.cluster.wait.acquire.aligned;");
  unsigned own = static_cast<unsigned>(__cvta_generic_to_shared(&mine[255 - threadIdx.x]));
  unsigned rank, remote;
  float partner;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(own), "r"(rank ^ 1));
  asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(partner) : "r"(remote));
  out[i] = 0.5f * (mine[threadIdx.x] + partner);
  asm volatile("barrier.cluster.arrive.aligned;\n\tbarrier.cluster.wait.aligned;");
}
