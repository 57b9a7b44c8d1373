// Weighted sums of bags of table rows: a warp owns a bag and 32 columns at a time; bags differ
// in how many rows they hold.
extern "C" __global__ void embedding_bag(
    const int* __restrict__ starts, const int* __restrict__ members,
    const float* __restrict__ weights, const float* __restrict__ table, float* __restrict__ out,
    unsigned bags, unsigned columns)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned warps = (blockDim.x * blockDim.y) >> 5;
    const unsigned bag = blockIdx.x * warps + (tid >> 5);
    if (bag >= bags) return;
    const int begin = starts[bag], end = starts[bag + 1];
    for (unsigned column = tid & 31u; column < columns; column += 32u) {
        float sum = 0.0f;
        if (begin < end) {  // pin: filled
            int i = begin;
#pragma unroll 1
            do {
                const size_t first = (size_t)members[i] * columns;  // pin: member
                const float weight = weights[i];  // pin: member
                sum = fmaf(weight, table[first + column], sum);  // pin: row
            } while (++i < end);  // pin: bag
        }
        out[(size_t)bag * columns + column] = sum;
    }
}
