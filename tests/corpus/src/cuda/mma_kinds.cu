// build: nvcc-13.0 sm_80 sm_90 sm_120
// Other tensor-core shapes as inline assembly: double precision, tf32 with operands rounded first,
// and int8 with a 2:4 sparse left operand.
extern "C" __global__ void gemm_dmma(const double* __restrict__ a, const double* __restrict__ b,
                                     double* __restrict__ c, int n, int k) {
  int lane = threadIdx.x, row = blockIdx.y * 8 + lane / 4, column = blockIdx.x * 8 + lane / 4;
  double c0 = 0.0, c1 = 0.0;
  for (int i = lane % 4; i < k; i += 4)
    asm volatile(
        "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0,%1}, {%2}, {%3}, {%0,%1};"
        : "+d"(c0), "+d"(c1) : "d"(a[row * k + i]), "d"(b[column * k + i]));
  double2* out = reinterpret_cast<double2*>(&c[row * n + blockIdx.x * 8 + lane % 4 * 2]);
  *out = make_double2(c0, c1);
}

__device__ unsigned to_tf32(float x) {
  unsigned rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
  return rounded;
}

extern "C" __global__ void gemm_tf32(const float* __restrict__ a, const float* __restrict__ b,
                                     float* __restrict__ c, int n, int k) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  int row = blockIdx.y * 16, column = (blockIdx.x * 4 + warp) * 16;
  float sums[2][4] = {};
  for (int i = 0; i < k; i += 8) {
    const float* left = a + (row + lane / 4) * k + i + lane % 4;
    unsigned a0 = to_tf32(left[0]), a1 = to_tf32(left[8 * k]);
    unsigned a2 = to_tf32(left[4]), a3 = to_tf32(left[8 * k + 4]);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const float* right = b + (i + lane % 4) * n + column + 8 * half + lane / 4;
      asm volatile(
          "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
          "{%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
          : "+f"(sums[half][0]), "+f"(sums[half][1]), "+f"(sums[half][2]), "+f"(sums[half][3])
          : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(to_tf32(right[0])), "r"(to_tf32(right[4 * n])));
    }
  }
#pragma unroll
  for (int half = 0; half < 2; ++half)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      c[(row + lane / 4 + i / 2 * 8) * n + column + 8 * half + lane % 4 * 2 + i % 2] =
          sums[half][i];
}

extern "C" __global__ void gemm_sparse_int8(const uint4* __restrict__ a,
                                            const unsigned* __restrict__ metadata,
                                            const uint4* __restrict__ b, int4* __restrict__ c,
                                            int steps) {
  int lane = threadIdx.x, tile = blockIdx.x, total = gridDim.x;
  int4 sum = make_int4(0, 0, 0, 0);
#pragma unroll 2
  for (int i = 0; i < steps; ++i) {
    uint4 left = a[(i * total + tile) * 32 + lane], right = b[i * 32 + lane];
    unsigned places = metadata[(i * total + tile) * 32 + lane];
    asm volatile(
        "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.s32.s8.s8.s32 "
        "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9,%10,%11}, {%0,%1,%2,%3}, %12, 0x0;"
        : "+r"(sum.x), "+r"(sum.y), "+r"(sum.z), "+r"(sum.w)
        : "r"(left.x), "r"(left.y), "r"(left.z), "r"(left.w), "r"(right.x), "r"(right.y),
          "r"(right.z), "r"(right.w), "r"(places));
  }
  c[tile * 32 + lane] = sum;
}
