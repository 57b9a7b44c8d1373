// A step of PageRank: eight lanes own a page and share out the pages that point to it; each gives
// its rank over the number of its links. The change of each page is kept to tell when to stop.
extern "C" __global__ void pagerank_pull(
    const int* __restrict__ starts, const int* __restrict__ sources,
    const float* __restrict__ ranks, const int* __restrict__ links,
    float* __restrict__ next, float* __restrict__ change, unsigned pages, float damping)
{
    const unsigned thread = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    const unsigned page = min(thread >> 3, pages - 1), lane = thread & 7u;
    int i = starts[page] + (int)lane;
    const int end = starts[page + 1];
    float sum = 0.0f;
    if (i < end) {  // pin: any
#pragma unroll 1
        do {
            const int source = sources[i];  // pin: source
            const float rank = ranks[source];  // pin: rank
            const float count = (float)links[source];  // pin: rank
            sum += __fdividef(rank, count);
            i += 8;
        } while (i < end);  // pin: links
    }
    sum += __shfl_down_sync(0xffffffffu, sum, 4, 8);
    sum += __shfl_down_sync(0xffffffffu, sum, 2, 8);
    sum += __shfl_down_sync(0xffffffffu, sum, 1, 8);
    if (lane != 0 || thread >= pages * 8) return;
    const float rank = (1.0f - damping) + damping * sum;
    next[page] = rank;
    change[page] = fabsf(rank - ranks[page]);
}
