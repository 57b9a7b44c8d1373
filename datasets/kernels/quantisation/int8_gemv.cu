// Product of an 8-bit matrix and several 8-bit vectors by four-way dot products, a warp a row;
// the vectors lie in shared memory. Each row and each vector has a scale.
#define MOST 4
extern "C" __global__ void int8_gemv(
    const int4* __restrict__ matrix, const int4* __restrict__ vectors,
    const float* __restrict__ row_scales, const float* __restrict__ vector_scales,
    float* __restrict__ out, unsigned rows, unsigned blocks16, unsigned vector_count)
{
    extern __shared__ int4 kept[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned lane = tid & 31u;
    for (unsigned i = tid; i < blocks16 * vector_count; i += threads) kept[i] = vectors[i];
    __syncthreads();
    const unsigned row = blockIdx.x * (threads >> 5) + (tid >> 5);
    if (row >= rows) return;
    int sum[MOST] = {};
    for (unsigned i = lane; i < blocks16; i += 32u) {
        const int4 m = matrix[(size_t)row * blocks16 + i];
#pragma unroll
        for (unsigned v = 0; v < MOST; ++v)
            if (v < vector_count) {
                const int4 x = kept[v * blocks16 + i];
                asm("dp4a.s32.s32 %0, %1, %2, %0;" : "+r"(sum[v]) : "r"(m.x), "r"(x.x));
                asm("dp4a.s32.s32 %0, %1, %2, %0;" : "+r"(sum[v]) : "r"(m.y), "r"(x.y));
                asm("dp4a.s32.s32 %0, %1, %2, %0;" : "+r"(sum[v]) : "r"(m.z), "r"(x.z));
                asm("dp4a.s32.s32 %0, %1, %2, %0;" : "+r"(sum[v]) : "r"(m.w), "r"(x.w));
            }
    }
#pragma unroll
    for (unsigned v = 0; v < MOST; ++v)
        if (v < vector_count) {
#pragma unroll
            for (unsigned mask = 16; mask; mask >>= 1)
                sum[v] += __shfl_xor_sync(0xffffffffu, sum[v], mask);
            if (lane == v) out[v * rows + row] = row_scales[row] * vector_scales[v] * (float)sum[v];
        }
}
