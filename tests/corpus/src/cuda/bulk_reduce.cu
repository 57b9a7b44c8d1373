// build: nvcc-13.0 sm_90
// Column sums of a tall matrix: each block adds its rows in shared memory and hands the total to
// global memory by one bulk reduction; partial tiles are turned in registers by movmatrix.
extern "C" __global__ void column_sums(const float* __restrict__ matrix, float* __restrict__ sums,
                                       int rows, int columns) {
  __shared__ __align__(16) float total[256];
  int first = blockIdx.x * 256, column = first + threadIdx.x;
  float sum = 0.0f;
  for (int row = blockIdx.y; row < rows; row += gridDim.y)
    sum += matrix[(size_t)row * columns + column];
  total[threadIdx.x] = sum;
  asm volatile("fence.proxy.async.shared::cta;");
  __syncthreads();
  if (threadIdx.x == 0) {
    unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(total));
    asm volatile(
        "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%0], [%1], 1024;" ::"l"(
            sums + first), "r"(from) : "memory");
    asm volatile("cp.async.bulk.commit_group;");
    asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
  }
}

extern "C" __global__ void turn_tiles(const unsigned* __restrict__ in, unsigned* __restrict__ out,
                                      int tiles_across, int tiles_down) {
  __shared__ __align__(16) unsigned stage[4][32];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int tile = blockIdx.x * 4 + warp;
  if (tile >= tiles_across * tiles_down) return;
  int x = tile % tiles_across, y = tile / tiles_across;
  unsigned pair = in[(y * 8 + lane / 4) * tiles_across * 4 + x * 4 + lane % 4], turned;
  asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(turned) : "r"(pair));
  unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(&stage[warp][lane % 8 * 4]));
  asm volatile("stmatrix.sync.aligned.m8n8.x1.shared.b16 [%0], {%1};" ::"r"(to), "r"(turned));
  __syncwarp();
  out[(x * 8 + lane / 4) * tiles_down * 4 + y * 4 + lane % 4] = stage[warp][lane];
}
