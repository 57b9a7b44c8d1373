// Exponentials of scaled products of queries and keys under a causal mask, one thread a weight;
// heads along z. Weights behind the mask are zero. `quads` quads a vector.
extern "C" __global__ void attention_scores(
    const float4* __restrict__ queries, const float4* __restrict__ keys, float* __restrict__ weights,
    unsigned length, unsigned quads, float scale)
{
    const unsigned key = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned query = blockIdx.y * blockDim.y + threadIdx.y;
    if (key >= length || query >= length) return;
    float weight = 0.0f;
    if (key <= query) {
        const float4* q = queries + ((size_t)blockIdx.z * length + query) * quads;
        const float4* k = keys + ((size_t)blockIdx.z * length + key) * quads;
        float sum = 0.0f;
        for (unsigned i = 0; i < quads; ++i) {
            const float4 a = q[i], b = k[i];
            sum += a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
        }
        weight = __expf(scale * sum);
    }
    weights[((size_t)blockIdx.z * length + query) * length + key] = weight;
}
