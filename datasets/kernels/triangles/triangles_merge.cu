// Triangles at each edge: how many vertices follow both of its ends, by merging their two sorted
// lists of followers.
extern "C" __global__ void triangles_merge(
    const int* __restrict__ starts, const int* __restrict__ followers,
    unsigned* __restrict__ counts, unsigned edges, unsigned degree)
{
    const unsigned edge = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (edge >= edges) return;
    const unsigned from = edge / degree, to = followers[edge];
    int i = starts[from];
    const int end_i = starts[from + 1];
    int j = starts[to];  // pin: starts
    const int end_j = starts[to + 1];  // pin: starts
    unsigned count = 0;
    if ((i < end_i) & (j < end_j)) {  // pin: any
#pragma unroll 1
        do {
            const int a = followers[i];  // pin: from
            const int b = followers[j];  // pin: to
            count += a == b;
            i += a <= b;
            j += b <= a;
        } while ((i < end_i) & (j < end_j));  // pin: merge
    }
    counts[edge] = count;
}
