// Attention without a matrix of scores: a thread owns a query of 32 values, keys and values pass
// through shared memory a tile at a time, and the softmax is kept up as they come. Heads along y.
#define WIDTH 32
#define TILE 16
extern "C" __global__ void attention_flash(
    const float* __restrict__ queries, const float* __restrict__ keys,
    const float* __restrict__ values, float* __restrict__ out, unsigned query_count,
    unsigned key_count, float scale)
{
    __shared__ float tile_k[TILE][WIDTH];
    __shared__ float tile_v[TILE][WIDTH];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned query = blockIdx.x * threads + tid;
    const size_t of_keys = (size_t)blockIdx.y * key_count * WIDTH;
    const size_t at = ((size_t)blockIdx.y * query_count + min(query, query_count - 1)) * WIDTH;
    float q[WIDTH], sum[WIDTH];
#pragma unroll
    for (unsigned i = 0; i < WIDTH; ++i) {
        q[i] = queries[at + i] * scale;
        sum[i] = 0.0f;
    }
    float top = -1e30f, weight_sum = 0.0f;
    for (unsigned start = 0; start < key_count; start += TILE) {
        const unsigned count = min(TILE, key_count - start);
        __syncthreads();
        for (unsigned e = tid; e < count * WIDTH; e += threads) {
            tile_k[e / WIDTH][e % WIDTH] = keys[of_keys + start * WIDTH + e];
            tile_v[e / WIDTH][e % WIDTH] = values[of_keys + start * WIDTH + e];
        }
        __syncthreads();
        for (unsigned key = 0; key < count; ++key) {
            float score = 0.0f;
#pragma unroll
            for (unsigned i = 0; i < WIDTH; ++i) score = fmaf(q[i], tile_k[key][i], score);
            const float higher = fmaxf(top, score);
            const float shrink = __expf(top - higher), weight = __expf(score - higher);
            weight_sum = weight_sum * shrink + weight;
            top = higher;
#pragma unroll
            for (unsigned i = 0; i < WIDTH; ++i)
                sum[i] = fmaf(weight, tile_v[key][i], sum[i] * shrink);
        }
    }
    if (query >= query_count) return;
    const float share = 1.0f / weight_sum;
#pragma unroll
    for (unsigned i = 0; i < WIDTH; ++i) out[at + i] = sum[i] * share;
}
