// Needleman-Wunsch: the best score of aligning two whole sequences, a pair a block, one
// anti-diagonal after the other; only three of them are kept, in shared memory.
extern "C" __global__ void alignment_global(
    const signed char* __restrict__ first, const signed char* __restrict__ second,
    int* __restrict__ scores, unsigned length, int match, int mismatch, int gap)
{
    extern __shared__ int diagonals[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y, cells = length + 1;
    const signed char* a = first + (size_t)blockIdx.x * length;
    const signed char* b = second + (size_t)blockIdx.x * length;
    int *older = diagonals, *old = diagonals + cells, *now = diagonals + 2 * cells;
    for (unsigned d = 0; d <= 2 * length; ++d) {
        const unsigned low = d > length ? d - length : 0, high = min(d, length);
        for (unsigned i = low + tid; i <= high; i += threads) {
            const unsigned j = d - i;
            int best = -gap * (int)d;
            if (i > 0 && j > 0) {
                const int pair = older[i - 1] + (a[i - 1] == b[j - 1] ? match : mismatch);
                best = max(pair, max(old[i - 1], old[i]) - gap);
            }
            now[i] = best;
        }
        __syncthreads();
        int* const spare = older;
        older = old;
        old = now;
        now = spare;
    }
    if (tid == 0) scores[blockIdx.x] = old[length];
}
