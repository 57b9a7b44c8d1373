// Many products of small square matrices: a group of `edge` threads owns one product, a thread
// one row of it, which it keeps in registers eight columns at a time.
extern "C" __global__ void gemm_batched_small(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c,
    unsigned batch, unsigned edge)
{
    const unsigned thread = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    const unsigned matrix = thread / edge, row = thread % edge;
    if (matrix >= batch) return;
    const size_t base = (size_t)matrix * edge * edge;
    for (unsigned first = 0; first < edge; first += 8) {
        float sum[8] = {};
        for (unsigned i = 0; i < edge; ++i) {
            const float left = a[base + row * edge + i];
#pragma unroll
            for (unsigned j = 0; j < 8; ++j)
                if (first + j < edge) sum[j] = fmaf(left, b[base + i * edge + first + j], sum[j]);
        }
#pragma unroll
        for (unsigned j = 0; j < 8; ++j)
            if (first + j < edge) c[base + row * edge + first + j] = sum[j];
    }
}
