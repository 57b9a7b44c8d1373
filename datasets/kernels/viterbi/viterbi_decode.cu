// The likeliest path of a hidden Markov model through each sequence: a block owns a sequence, a
// thread a state; scores pass from step to step in shared memory, and where they came from is kept.
extern "C" __global__ void viterbi_decode(
    const float* __restrict__ moves, const float* __restrict__ emits,
    const unsigned char* __restrict__ seen, unsigned char* __restrict__ came_from,
    float* __restrict__ scores, unsigned states, unsigned symbols, unsigned steps)
{
    extern __shared__ float held[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    float *now = held, *then = held + states;
    const unsigned char* mine = seen + (size_t)blockIdx.x * steps;
    const float* first = emits + mine[0] * states;
    for (unsigned s = tid; s < states; s += threads)
        now[s] =
            first[s];  // pin: first
    for (unsigned t = 1; t < steps; ++t) {
        __syncthreads();
        const float* const emit = emits + mine[t] * states;
        for (unsigned s = tid; s < states; s += threads) {
            float best = now[0] + moves[s];
            unsigned from = 0;
            for (unsigned p = 1; p < states; ++p) {
                const float score = now[p] + moves[p * states + s];
                from = score > best ? p : from;
                best = fmaxf(best, score);
            }
            const float here = emit[s];  // pin: emit
            then[s] = best + here;
            came_from[((size_t)blockIdx.x * steps + t) * states + s] = (unsigned char)from;
        }
        float* const spare = now;
        now = then;
        then = spare;
    }
    __syncthreads();
    for (unsigned s = tid; s < states; s += threads)
        scores[(size_t)blockIdx.x * states + s] = now[s];
}
