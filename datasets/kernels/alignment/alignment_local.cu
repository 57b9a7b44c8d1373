// Smith-Waterman with affine gaps: the best score of any pieces of two sequences, a pair a warp.
// Each lane owns four letters of a query of 128; rows of the target pass from lane to lane.
extern "C" __global__ void alignment_local(
    const signed char* __restrict__ queries, const signed char* __restrict__ targets,
    const int* __restrict__ table, int* __restrict__ scores,
    unsigned pairs, unsigned length, int open, int extend)
{
    __shared__ int similar[24 * 24];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y, lane = tid & 31u;
    for (unsigned e = tid; e < 24 * 24; e += threads) similar[e] = table[e];
    __syncthreads();
    const unsigned pair = blockIdx.x * (threads >> 5) + (tid >> 5);
    if (pair >= pairs) return;
    const char4 mine = ((const char4*)queries)[pair * 32 + lane];
    const int letters[4] = {mine.x * 24, mine.y * 24, mine.z * 24, mine.w * 24};
    const signed char* target = targets + (size_t)pair * length;
    int above[4] = {0, 0, 0, 0}, down[4] = {-1000, -1000, -1000, -1000};
    int best = 0, corner = 0, last = 0, along = -1000;
    for (unsigned step = 0; step < length + 31; ++step) {
        int left = __shfl_up_sync(0xffffffffu, last, 1);
        int gap = __shfl_up_sync(0xffffffffu, along, 1);
        left = lane ? left : 0;
        gap = lane ? gap : -1000;
        const unsigned row = step - lane;
        if (row >= length) continue;
        const int letter = target[row];
        int diagonal = corner;
        corner = left;
#pragma unroll
        for (unsigned c = 0; c < 4; ++c) {
            gap = max(gap - extend, left - open);
            down[c] = max(down[c] - extend, above[c] - open);
            const int likeness = similar[letters[c] + letter];  // pin: likeness
            const int pair = max(diagonal + likeness, 0);
            const int here = max(pair, max(gap, down[c]));
            diagonal = above[c];
            above[c] = left = here;
            best = max(best, here);
        }
        last = left;
        along = gap;
    }
    best = max(best, __shfl_xor_sync(0xffffffffu, best, 16));
    best = max(best, __shfl_xor_sync(0xffffffffu, best, 8));
    best = max(best, __shfl_xor_sync(0xffffffffu, best, 4));
    best = max(best, __shfl_xor_sync(0xffffffffu, best, 2));
    best = max(best, __shfl_xor_sync(0xffffffffu, best, 1));
    if (lane == 0) scores[pair] = best;
}
