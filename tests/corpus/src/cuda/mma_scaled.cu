// build: nvcc-13.0 sm_120a
// Four-bit matrix product with a scale for every 32 values along k (block-scaled mma); fragments
// lie in memory in the order that the instruction takes them.
extern "C" __global__ void gemm_fp4(const uint4* __restrict__ a, const uint2* __restrict__ b,
                                    const unsigned* __restrict__ scales_a,
                                    const unsigned* __restrict__ scales_b,
                                    float4* __restrict__ c, int steps) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  int row = blockIdx.y, column = blockIdx.x * (blockDim.x / 32) + warp;
  float4 sum = make_float4(0, 0, 0, 0);
  unsigned short none = 0;
  for (int i = 0; i < steps; ++i) {
    uint4 left = a[((size_t)row * steps + i) * 32 + lane];
    uint2 right = b[((size_t)column * steps + i) * 32 + lane];
    unsigned scale_a = scales_a[((size_t)row * steps + i) * 16 + lane / 4 + lane % 2 * 8];
    unsigned scale_b = scales_b[((size_t)column * steps + i) * 8 + lane / 4];
    asm volatile(
        "mma.sync.aligned.kind::mxf4.block_scale.scale_vec::2X.m16n8k64.row.col.f32.e2m1.e2m1.f32."
        "ue8m0 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3}, {%10}, {%12,%12}, {%11}, "
        "{%12,%12};"
        : "+f"(sum.x), "+f"(sum.y), "+f"(sum.z), "+f"(sum.w)
        : "r"(left.x), "r"(left.y), "r"(left.z), "r"(left.w), "r"(right.x), "r"(right.y),
          "r"(scale_a), "r"(scale_b), "h"(none));
  }
  c[((size_t)row * gridDim.x * (blockDim.x / 32) + column) * 32 + lane] = sum;
}
