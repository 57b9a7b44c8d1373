// C = alpha A B by 64 x 64 tiles of 256 threads: 16-byte loads into registers, two shared stages.
// m and n are multiples of 64, k of 16.
#define TILE 64
#define DEPTH 16
#define PITCH (TILE + 4)

extern "C" __global__ void gemm_vectorised(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c,
    float alpha, unsigned n, unsigned k)
{
    __shared__ float stage_a[2][DEPTH][PITCH];
    __shared__ float stage_b[2][DEPTH][TILE];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned a_row = tid >> 2, a_quad = tid & 3u;
    const unsigned b_row = tid >> 4, b_quad = tid & 15u;
    const unsigned row = (tid >> 4) * 4, column = (tid & 15u) * 4;
    const float* next_a = a + (size_t)(blockIdx.y * TILE + a_row) * k + a_quad * 4;
    const float* next_b = b + (size_t)b_row * n + blockIdx.x * TILE + b_quad * 4;
    float sum[4][4] = {};
    float4 held_a = *(const float4*)next_a, held_b = *(const float4*)next_b;
    for (unsigned start = 0, stage = 0; start < k; start += DEPTH, stage ^= 1u) {
        stage_a[stage][a_quad * 4 + 0][a_row] = held_a.x;
        stage_a[stage][a_quad * 4 + 1][a_row] = held_a.y;
        stage_a[stage][a_quad * 4 + 2][a_row] = held_a.z;
        stage_a[stage][a_quad * 4 + 3][a_row] = held_a.w;
        *(float4*)&stage_b[stage][b_row][b_quad * 4] = held_b;
        __syncthreads();
        if (start + DEPTH < k) {
            held_a = *(const float4*)(next_a += DEPTH);
            held_b = *(const float4*)(next_b += (size_t)DEPTH * n);
        }
#pragma unroll
        for (unsigned i = 0; i < DEPTH; ++i) {
            const float4 l = *(const float4*)&stage_a[stage][i][row];
            const float4 r = *(const float4*)&stage_b[stage][i][column];
            const float left[4] = {l.x, l.y, l.z, l.w}, right[4] = {r.x, r.y, r.z, r.w};
#pragma unroll
            for (unsigned p = 0; p < 4; ++p)
#pragma unroll
                for (unsigned q = 0; q < 4; ++q) sum[p][q] = fmaf(left[p], right[q], sum[p][q]);
        }
    }
    for (unsigned p = 0; p < 4; ++p) {
        float* target = c + (size_t)(blockIdx.y * TILE + row + p) * n + blockIdx.x * TILE + column;
        *(float4*)target = make_float4(
            alpha * sum[p][0], alpha * sum[p][1], alpha * sum[p][2], alpha * sum[p][3]);
    }
}
