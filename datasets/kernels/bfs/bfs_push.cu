// One level of a breadth-first search, from the frontier outwards: each vertex of this depth
// marks its neighbours that nobody has reached.
extern "C" __global__ void bfs_push(
    const int* __restrict__ starts, const int* __restrict__ neighbours,
    const int* __restrict__ depths, int* __restrict__ reached, unsigned vertices, int depth)
{
    const unsigned vertex = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (vertex >= vertices) return;
    if (depths[vertex] != depth) return;  // pin: elsewhere
    int i = starts[vertex];
    const int end = starts[vertex + 1];
    if (i >= end) return;  // pin: alone
#pragma unroll 1
    do {
        const int neighbour = neighbours[i];  // pin: edge
        const int known = depths[neighbour];  // pin: neighbour
        if (known < 0)  // pin: new
            reached[neighbour] = depth + 1;  // pin: mark
    } while (++i < end);  // pin: edges
}
