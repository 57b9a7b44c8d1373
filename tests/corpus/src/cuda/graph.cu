// build: nvcc-13.0 sm_80 sm_90
// build: nvrtc-12.9 sm_60
// Graphs in CSR: one level of breadth-first search, one pull of PageRank, and hooking with pointer
// jumping for connected components.
extern "C" __global__ void bfs_level(const int* __restrict__ starts, const int* __restrict__ edges,
                                     int* __restrict__ depth, int* __restrict__ changed, int level,
                                     int nodes) {
  int node = blockIdx.x * blockDim.x + threadIdx.x;
  if (node >= nodes || depth[node] != level) return;
  bool found = false;
  int end = starts[node + 1];
  for (int i = starts[node]; i < end; ++i) {
    int other = edges[i];
    if (depth[other] < 0) {
      depth[other] = level + 1;
      found = true;
    }
  }
  if (found) *changed = 1;
}

extern "C" __global__ void page_rank_pull(const int* __restrict__ starts,
                                          const int* __restrict__ sources,
                                          const float* __restrict__ shares,
                                          const int* __restrict__ out_degrees,
                                          float* __restrict__ next_shares,
                                          double* __restrict__ change, float damping, int nodes) {
  int node = blockIdx.x * blockDim.x + threadIdx.x;
  double moved = 0.0;
  if (node < nodes) {
    float sum = 0.0f;
#pragma unroll 4
    for (int i = starts[node]; i < starts[node + 1]; ++i) sum += __ldg(shares + sources[i]);
    int degree = out_degrees[node];
    float rank = (1.0f - damping) / nodes + damping * sum;
    float share = degree > 0 ? rank / degree : 0.0f;
    moved = share > shares[node] ? share - shares[node] : shares[node] - share;
    next_shares[node] = share;
  }
  if (__syncthreads_or(moved > 1e-7)) atomicAdd(change, moved);
}

extern "C" __global__ void hook_components(const int2* __restrict__ edges, int* parents,
                                           int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  int2 edge = edges[i];
  volatile int* links = parents;
  int a = edge.x, b = edge.y;
  while (true) {
    while (links[a] != a) a = links[a];
    while (links[b] != b) b = links[b];
    if (a == b) break;
    int high = a > b ? a : b, low = a > b ? b : a;
    if (atomicCAS(&parents[high], high, low) == high) break;
  }
}
