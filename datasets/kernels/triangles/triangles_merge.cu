// Triangles at each edge: how many vertices follow both of its ends, by merging their two sorted
// lists of followers.
extern "C" __global__ void triangles_merge(
    const int* __restrict__ starts, const int* __restrict__ followers,
    unsigned* __restrict__ counts, unsigned edges, unsigned degree)
{
    const unsigned edge = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (edge >= edges) return;
    const unsigned from = edge / degree, to = followers[edge];
    int i = starts[from], j = starts[to];
    const int end_i = starts[from + 1], end_j = starts[to + 1];
    unsigned count = 0;
#pragma unroll 1
    while ((i < end_i) & (j < end_j)) {  // pin: merge
        const int a = followers[i];  // pin: from
        const int b = followers[j];  // pin: to
        count += a == b;
        i += a <= b;
        j += b <= a;
    }
    counts[edge] = count;
}
