// C = A Bt of 16-bit floats on tensor cores: a warp makes 32 x 32 elements of C by 2 x 4
// products of 16 x 8 x 16; A and B lie in shared memory in panels of 32 columns.
// m is a multiple of 32, n of 32 times the block's warps, k of 32.
#define DEPTH 32
#define PITCH 20

extern "C" __global__ void gemm_mma_half(
    const uint4* __restrict__ a, const uint4* __restrict__ bt, float2* __restrict__ c,
    unsigned n, unsigned k)
{
    extern __shared__ unsigned panels[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned lane = tid & 31u, warp = tid >> 5, warps = threads >> 5;
    unsigned* panel_a = panels;
    unsigned* panel_b = panels + 32 * PITCH;
    const unsigned row0 = blockIdx.y * 32, column0 = blockIdx.x * 32 * warps;
    const unsigned group = lane >> 2, member = lane & 3u;
    float sum[2][4][4] = {};
    for (unsigned start = 0; start < k; start += DEPTH) {
        for (unsigned e = tid; e < 32 * 4 * (1 + warps); e += threads) {
            const unsigned r = e >> 2, quad = e & 3u;
            const bool is_a = r < 32;
            const size_t line = is_a ? row0 + r : column0 + r - 32;
            const uint4 words = (is_a ? a : bt)[(line * k + start) / 8 + quad];
            *(uint4*)&panels[r * PITCH + quad * 4] = words;
        }
        __syncthreads();
#pragma unroll
        for (unsigned half = 0; half < 2; ++half) {
            unsigned left[2][4], right[4][2];
#pragma unroll
            for (unsigned p = 0; p < 2; ++p)
#pragma unroll
                for (unsigned i = 0; i < 4; ++i)
                    left[p][i] = panel_a[(p * 16 + group + (i & 1u) * 8) * PITCH + half * 8 +
                                         member + (i >> 1) * 4];
#pragma unroll
            for (unsigned q = 0; q < 4; ++q)
#pragma unroll
                for (unsigned i = 0; i < 2; ++i)
                    right[q][i] = panel_b[(warp * 32 + q * 8 + group) * PITCH + half * 8 + member +
                                          i * 4];
#pragma unroll
            for (unsigned p = 0; p < 2; ++p)
#pragma unroll
                for (unsigned q = 0; q < 4; ++q)
                    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                        "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                        : "+f"(sum[p][q][0]), "+f"(sum[p][q][1]), "+f"(sum[p][q][2]),
                          "+f"(sum[p][q][3])
                        : "r"(left[p][0]), "r"(left[p][1]), "r"(left[p][2]), "r"(left[p][3]),
                          "r"(right[q][0]), "r"(right[q][1]));
        }
        __syncthreads();
    }
    for (unsigned p = 0; p < 2; ++p)
        for (unsigned q = 0; q < 4; ++q)
            for (unsigned low = 0; low < 2; ++low) {
                const size_t row = row0 + p * 16 + group + low * 8;
                const unsigned column = column0 + warp * 32 + q * 8 + member * 2;
                c[(row * n + column) / 2] = make_float2(sum[p][q][2 * low], sum[p][q][2 * low + 1]);
            }
}
