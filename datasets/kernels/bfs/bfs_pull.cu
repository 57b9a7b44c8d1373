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
    int parent = -1;
    const unsigned known = vertex < vertices ? visited[word] >> bit & 1u : 1u;
    if (known == 0) {  // pin: searches
        int i = starts[vertex];
        const int end = starts[vertex + 1];
        if (i < end) {  // pin: any
#pragma unroll 1
            do {
                const int neighbour = neighbours[i];  // pin: edge
                const unsigned flags = frontier[neighbour >> 5];  // pin: flags
                parent = flags >> (neighbour & 31) & 1u ? neighbour : -1;
                ++i;
            } while ((parent < 0) & (i < end));  // pin: looked
        }
    }
    const unsigned all = __ballot_sync(0xffffffffu, parent >= 0);
    if (parent >= 0)  // pin: found
        parents[vertex] = parent;  // pin: parent
    if (bit == 0 && vertex < vertices) next[word] = all;
}
