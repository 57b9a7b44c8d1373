// Fused attention on tensor cores: a warp owns 16 queries of 64 16-bit floats, keys and values come
// 16 at a time, and what the first product leaves in registers is the left side of the second.
// Values lie transposed (width before keys); the number of keys is a multiple of 16. Heads along y.
#define WIDTH 64
#define KEY_PITCH 36
#define VALUE_PITCH 12

__device__ __forceinline__ void multiply(float* sum, const unsigned* a, unsigned b0, unsigned b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ __forceinline__ float exponential(float x)
{
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

__device__ __forceinline__ unsigned packed(float low, float high)
{
    unsigned pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

extern "C" __global__ void attention_flash_mma(
    const unsigned* __restrict__ queries, const uint4* __restrict__ keys,
    const uint4* __restrict__ values, float2* __restrict__ out, unsigned query_count,
    unsigned key_count, float scale)
{
    __shared__ __align__(16) unsigned tile_k[16 * KEY_PITCH];
    __shared__ __align__(16) unsigned tile_v[WIDTH * VALUE_PITCH];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned lane = tid & 31u, group = lane >> 2, member = lane & 3u;
    const unsigned first = (blockIdx.x * (threads >> 5) + (tid >> 5)) * 16 + group;
    const size_t head = blockIdx.y;
    unsigned q[4][4];
#pragma unroll
    for (unsigned i = 0; i < 16; ++i) {
        const unsigned row = min(first + (i & 1u) * 8, query_count - 1);
        q[i >> 2][i & 3u] = queries[(head * query_count + row) * (WIDTH / 2) + (i >> 2) * 8 +
                                    member + ((i >> 1) & 1u) * 4];
    }
    float sum[8][4] = {}, top[2] = {-1e30f, -1e30f}, weight_sum[2] = {};
    for (unsigned start = 0; start < key_count; start += 16) {
        __syncthreads();
        for (unsigned e = tid; e < 128; e += threads) {
            *(uint4*)&tile_k[(e >> 3) * KEY_PITCH + (e & 7u) * 4] =
                keys[(head * key_count + start + (e >> 3)) * 8 + (e & 7u)];
            *(uint4*)&tile_v[(e >> 1) * VALUE_PITCH + (e & 1u) * 4] =
                values[((head * WIDTH + (e >> 1)) * key_count + start) / 8 + (e & 1u)];
        }
        __syncthreads();
        float s[2][4] = {};
#pragma unroll
        for (unsigned step = 0; step < 4; ++step)
#pragma unroll
            for (unsigned t = 0; t < 2; ++t) {
                const unsigned* line = tile_k + (t * 8 + group) * KEY_PITCH + step * 8 + member;
                multiply(s[t], q[step], line[0], line[4]);
            }
        float shrink[2];
#pragma unroll
        for (unsigned h = 0; h < 2; ++h) {
            float here = fmaxf(fmaxf(s[0][2 * h], s[0][2 * h + 1]),
                               fmaxf(s[1][2 * h], s[1][2 * h + 1]));
            here = fmaxf(here, __shfl_xor_sync(0xffffffffu, here, 1));
            here = fmaxf(here, __shfl_xor_sync(0xffffffffu, here, 2));
            const float higher = fmaxf(top[h], here * scale);
            shrink[h] = exponential(top[h] - higher);
            top[h] = higher;
            weight_sum[h] *= shrink[h];
#pragma unroll
            for (unsigned t = 0; t < 2; ++t)
#pragma unroll
                for (unsigned i = 0; i < 2; ++i) {
                    s[t][2 * h + i] = exponential(s[t][2 * h + i] * scale - higher);
                    weight_sum[h] += s[t][2 * h + i];
                }
        }
        const unsigned p[4] = {packed(s[0][0], s[0][1]), packed(s[0][2], s[0][3]),
                               packed(s[1][0], s[1][1]), packed(s[1][2], s[1][3])};
#pragma unroll
        for (unsigned n = 0; n < 8; ++n) {
#pragma unroll
            for (unsigned i = 0; i < 4; ++i) sum[n][i] *= shrink[i >> 1];
            const unsigned* line = tile_v + (n * 8 + group) * VALUE_PITCH + member;
            multiply(sum[n], p, line[0], line[4]);
        }
    }
#pragma unroll
    for (unsigned h = 0; h < 2; ++h) {
        float whole = weight_sum[h];
        whole += __shfl_xor_sync(0xffffffffu, whole, 1);
        whole += __shfl_xor_sync(0xffffffffu, whole, 2);
        const unsigned row = first + h * 8;
        if (row >= query_count) continue;
#pragma unroll
        for (unsigned n = 0; n < 8; ++n)
            out[(head * query_count + row) * (WIDTH / 2) + n * 4 + member] =
                make_float2(sum[n][2 * h] / whole, sum[n][2 * h + 1] / whole);
    }
}
