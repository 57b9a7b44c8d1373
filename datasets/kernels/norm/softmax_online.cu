// Softmax of short rows, one warp a row: greatest value and sum are kept together in one sweep,
// and rescaled where a greater value comes.
extern "C" __global__ void softmax_online(
    const float* __restrict__ in, float* __restrict__ out, unsigned rows, unsigned columns)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned warps = (blockDim.x * blockDim.y) >> 5;
    const unsigned lane = tid & 31u;
    const unsigned row = blockIdx.x * warps + (tid >> 5);
    if (row >= rows) return;
    const float* values = in + (size_t)row * columns;
    float top = -1e30f, sum = 0.0f;
    for (unsigned i = lane; i < columns; i += 32u) {
        const float value = values[i];
        const float higher = fmaxf(top, value);
        sum = sum * __expf(top - higher) + __expf(value - higher);
        top = higher;
    }
#pragma unroll
    for (unsigned mask = 16; mask; mask >>= 1) {
        const float other_top = __shfl_xor_sync(0xffffffffu, top, mask);
        const float other_sum = __shfl_xor_sync(0xffffffffu, sum, mask);
        const float higher = fmaxf(top, other_top);
        sum = sum * __expf(top - higher) + other_sum * __expf(other_top - higher);
        top = higher;
    }
    const float offset = top + __logf(sum);
    for (unsigned i = lane; i < columns; i += 32u)
        out[(size_t)row * columns + i] = __expf(values[i] - offset);
}
