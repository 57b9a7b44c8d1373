// Several generations of a one-dimensional automaton of many states: a cell becomes what a table
// says of the sum of itself and its neighbours; the chunk and its rim stay in shared memory.
extern "C" __global__ void rule_generations(
    const unsigned char* __restrict__ cells, const unsigned char* __restrict__ table,
    unsigned char* __restrict__ next, unsigned count, unsigned chunk, unsigned generations)
{
    extern __shared__ unsigned char held[];
    __shared__ unsigned char rule[64];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y, width = chunk + 2 * generations;
    const long long first = (long long)blockIdx.x * chunk - generations;
    for (unsigned i = tid; i < 64; i += threads) rule[i] = table[i];
    for (unsigned i = tid; i < width; i += threads) {
        const long long at = first + i;
        held[i] = at >= 0 && at < count ? cells[at] : 0;
    }
    unsigned char *now = held, *then = held + width;
    for (unsigned g = 0; g < generations; ++g) {
        __syncthreads();
        for (unsigned i = tid; i < width; i += threads) {
            const unsigned left = i ? now[i - 1] : 0, right = i + 1 < width ? now[i + 1] : 0;
            const long long at = first + i;
            const unsigned sum = left + 2 * now[i] + right;
            unsigned char becomes = 0;
            if (at >= 0 && at < count)
                becomes = rule[sum];  // pin: rule
            then[i] = becomes;
        }
        unsigned char* const spare = now;
        now = then;
        then = spare;
    }
    __syncthreads();
    for (unsigned i = tid; i < chunk; i += threads) {
        const long long at = (long long)blockIdx.x * chunk + i;
        if (at < count) next[at] = now[i + generations];
    }
}
