// Scaled products of queries and keys under a causal mask, one thread a score; heads along z.
// Scores behind the mask are a large negative number. `quads` quads a vector.
extern "C" __global__ void attention_scores(
    const float4* __restrict__ queries, const float4* __restrict__ keys, float* __restrict__ scores,
    unsigned length, unsigned quads, float scale)
{
    const unsigned key = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned query = blockIdx.y * blockDim.y + threadIdx.y;
    if (key >= length || query >= length) return;
    float score = -1e30f;
    if (key <= query) {
        const float4* q = queries + ((size_t)blockIdx.z * length + query) * quads;
        const float4* k = keys + ((size_t)blockIdx.z * length + key) * quads;
        float sum = 0.0f;
        for (unsigned i = 0; i < quads; ++i) {
            const float4 a = q[i], b = k[i];
            sum += a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
        }
        score = scale * sum;
    }
    scores[((size_t)blockIdx.z * length + query) * length + key] = score;
}
