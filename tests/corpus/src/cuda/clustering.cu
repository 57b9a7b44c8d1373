// build: nvcc-13.0 sm_80 sm_90
// The k-means step (nearest centre, and running sums of its members); and distances to the eight
// nearest neighbours, kept in a register list by insertion.
extern "C" __global__ void k_means_assign(const float* __restrict__ points,
                                          const float* __restrict__ centres,
                                          int* __restrict__ labels, float* __restrict__ sums,
                                          int* __restrict__ counts, int n, int k, int dimensions) {
  extern __shared__ float shared_centres[];
  for (int i = threadIdx.x; i < k * dimensions; i += blockDim.x) shared_centres[i] = centres[i];
  __syncthreads();
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float nearest = 3.4e38f;
  int label = 0;
  for (int centre = 0; centre < k; ++centre) {
    float distance = 0.0f;
    for (int d = 0; d < dimensions; ++d) {
      float away = points[d * n + i] - shared_centres[centre * dimensions + d];
      distance += away * away;
    }
    if (distance < nearest) nearest = distance, label = centre;
  }
  labels[i] = label;
  atomicAdd(&counts[label], 1);
  for (int d = 0; d < dimensions; ++d)
    atomicAdd(&sums[label * dimensions + d], points[d * n + i]);
}

extern "C" __global__ void nearest_eight(const float3* __restrict__ queries,
                                         const float3* __restrict__ points,
                                         float* __restrict__ distances, int query_count, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= query_count) return;
  float3 query = queries[i];
  float list[8];
#pragma unroll
  for (int j = 0; j < 8; ++j) list[j] = 3.4e38f;
  for (int p = 0; p < n; ++p) {
    float3 point = points[p];
    float dx = point.x - query.x, dy = point.y - query.y, dz = point.z - query.z;
    float distance = dx * dx + dy * dy + dz * dz;
    if (distance < list[7]) {
      list[7] = distance;
#pragma unroll
      for (int j = 7; j > 0; --j) {
        float low = fminf(list[j - 1], list[j]);
        list[j] = fmaxf(list[j - 1], list[j]);
        list[j - 1] = low;
      }
    }
  }
#pragma unroll
  for (int j = 0; j < 8; ++j) distances[i * 8 + j] = sqrtf(list[j]);
}
