// One level of a breadth-first search, inwards: each vertex that is not reached looks among its
// neighbours for one of the frontier, a bit map, and stops at the first; a warp writes one word of
// the next bit map.
extern "C" __global__ void bfs_pull(
    const int* __restrict__ starts, const int* __restrict__ neighbours,
    const unsigned* __restrict__ visited, const unsigned* __restrict__ frontier,
    unsigned* __restrict__ next, int* __restrict__ parents, unsigned vertices)
{
    const unsigned vertex = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    const unsigned word = vertex >> 5, bit = vertex & 31u;
    bool found = false;
    const unsigned known = vertex < vertices ? visited[word] >> bit & 1u : 1u;
    if (known == 0) {  // pin: searches
        const int end = starts[vertex + 1];
        int i = starts[vertex];
#pragma unroll 1
        while (i < end) {  // pin: looked
            const int neighbour = neighbours[i++];  // pin: edge
            const unsigned flags = frontier[neighbour >> 5];  // pin: flags
            found = flags >> (neighbour & 31) & 1u;
            if (found) {  // pin: found
                parents[vertex] = neighbour;
                break;
            }
        }
    }
    const unsigned all = __ballot_sync(0xffffffffu, found);
    if (bit == 0 && vertex < vertices) next[word] = all;
}
