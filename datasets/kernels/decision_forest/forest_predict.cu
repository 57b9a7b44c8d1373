// A forest of decision trees on many samples, a sample a thread: each step reads a node and one
// feature and goes left or right, until a leaf. Trees differ in depth from place to place.
extern "C" __global__ void forest_predict(
    const float* __restrict__ features, const int2* __restrict__ nodes,
    const float* __restrict__ limits, float* __restrict__ votes,
    unsigned samples, unsigned trees, unsigned tree_nodes)
{
    const unsigned s = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (s >= samples) return;
    float sum = 0.0f;
#pragma unroll 1
    for (unsigned tree = 0; tree < trees; ++tree) {
        const size_t base = (size_t)tree * tree_nodes;
        int feature, at = 0, next = 0;
        float limit;
#pragma unroll 1
        do {
            at = next;
            const int2 node = nodes[base + at];  // pin: node
            limit = limits[base + at];  // pin: limit
            feature = node.x;
            const float value = features[(size_t)max(feature, 0) * samples + s];  // pin: feature
            next = node.y + (value < limit ? 0 : 1);
        } while (feature >= 0);  // pin: depth
        sum += limit;
    }
    votes[s] = sum / (float)trees;
}
