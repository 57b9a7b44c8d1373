// build: nvcc-13.0 sm_75 sm_90
// build: nvrtc-11.8 sm_50
// Gravity of all bodies on all bodies, tiles of positions in shared memory, then one leapfrog step.
extern "C" __global__ void n_body(const float4* __restrict__ positions,
                                  float4* __restrict__ velocities, float4* __restrict__ moved,
                                  int n, float step, float softening2) {
  extern __shared__ float4 tile[];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float4 own = i < n ? positions[i] : make_float4(0, 0, 0, 0);
  float ax = 0.0f, ay = 0.0f, az = 0.0f;
  for (int base = 0; base < n; base += blockDim.x) {
    int from = base + threadIdx.x;
    tile[threadIdx.x] = from < n ? positions[from] : make_float4(0, 0, 0, 0);
    __syncthreads();
#pragma unroll 8
    for (int j = 0; j < blockDim.x; ++j) {
      float4 other = tile[j];
      float dx = other.x - own.x, dy = other.y - own.y, dz = other.z - own.z;
      float inverse = rsqrtf(dx * dx + dy * dy + dz * dz + softening2);
      float pull = other.w * inverse * inverse * inverse;
      ax += dx * pull;
      ay += dy * pull;
      az += dz * pull;
    }
    __syncthreads();
  }
  if (i >= n) return;
  float4 v = velocities[i];
  v.x += ax * step, v.y += ay * step, v.z += az * step;
  velocities[i] = v;
  moved[i] = make_float4(own.x + v.x * step, own.y + v.y * step, own.z + v.z * step, own.w);
}
