// C = A Bt of 16-bit brain floats on tensor cores, 64 x 64 elements by four warps: the next panels
// are copied to shared memory asynchronously while the present ones are multiplied.
// m and n are multiples of 64, k of 32; blocks hold 128 threads.
#define DEPTH 32
#define PITCH 20

__device__ __forceinline__ void fetch(
    unsigned* stage, const uint4* a, const uint4* bt, size_t row0, size_t column0, unsigned k,
    unsigned start, unsigned tid)
{
#pragma unroll
    for (unsigned e = tid; e < 128 * 4; e += 128) {
        const unsigned r = e >> 2, quad = e & 3u;
        const uint4* source = r < 64 ? a + ((row0 + r) * k + start) / 8 + quad
                                     : bt + ((column0 + r - 64) * k + start) / 8 + quad;
        const unsigned target =
            (unsigned)__cvta_generic_to_shared(stage + r * PITCH + quad * 4);
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(target), "l"(source));
    }
    asm volatile("cp.async.commit_group;");
}

extern "C" __global__ void gemm_mma_pipelined(
    const uint4* __restrict__ a, const uint4* __restrict__ bt, float2* __restrict__ c,
    unsigned n, unsigned k)
{
    __shared__ __align__(16) unsigned stages[2][128 * PITCH];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned lane = tid & 31u, warp = tid >> 5, group = lane >> 2, member = lane & 3u;
    const size_t row0 = (size_t)blockIdx.y * 64, column0 = (size_t)blockIdx.x * 64;
    const unsigned warp_row = (warp >> 1) * 32, warp_column = (warp & 1u) * 32;
    float sum[2][4][4] = {};
    fetch(stages[0], a, bt, row0, column0, k, 0, tid);
    for (unsigned start = 0, now = 0; start < k; start += DEPTH, now ^= 1u) {
        if (start + DEPTH < k) {
            fetch(stages[now ^ 1u], a, bt, row0, column0, k, start + DEPTH, tid);
            asm volatile("cp.async.wait_group 1;" ::: "memory");
        } else {
            asm volatile("cp.async.wait_group 0;" ::: "memory");
        }
        __syncthreads();
        const unsigned* lines_a = stages[now] + (warp_row + group) * PITCH + member;
        const unsigned* lines_b = stages[now] + (64 + warp_column + group) * PITCH + member;
#pragma unroll
        for (unsigned half = 0; half < DEPTH / 2; half += 8) {
            unsigned left[2][4], right[4][2];
#pragma unroll
            for (unsigned i = 0; i < 8; ++i) {
                left[i >> 2][i & 3u] = lines_a[((i >> 2) * 16 + (i & 1u) * 8) * PITCH + half +
                                               ((i >> 1) & 1u) * 4];
                right[i >> 1][i & 1u] = lines_b[(i >> 1) * 8 * PITCH + half + (i & 1u) * 4];
            }
#pragma unroll
            for (unsigned p = 0; p < 2; ++p)
#pragma unroll
                for (unsigned q = 0; q < 4; ++q)
                    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                        "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                        : "+f"(sum[p][q][0]), "+f"(sum[p][q][1]), "+f"(sum[p][q][2]),
                          "+f"(sum[p][q][3])
                        : "r"(left[p][0]), "r"(left[p][1]), "r"(left[p][2]), "r"(left[p][3]),
                          "r"(right[q][0]), "r"(right[q][1]));
        }
        __syncthreads();
    }
#pragma unroll
    for (unsigned p = 0; p < 2; ++p)
#pragma unroll
        for (unsigned q = 0; q < 4; ++q)
#pragma unroll
            for (unsigned low = 0; low < 2; ++low) {
                const size_t row = row0 + warp_row + p * 16 + low * 8 + group;
                const size_t column = column0 + warp_column + q * 8 + member * 2;
                c[(row * n + column) / 2] = make_float2(sum[p][q][2 * low], sum[p][q][2 * low + 1]);
            }
}
