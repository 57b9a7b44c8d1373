// y = A x, one warp a row: quads of the row and of x, then a butterfly. Columns are quads.
extern "C" __global__ void gemv_rows(
    const float4* __restrict__ a, const float4* __restrict__ x, float* __restrict__ y,
    unsigned rows, unsigned quads)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned warps = (blockDim.x * blockDim.y) >> 5;
    const unsigned row = blockIdx.x * warps + (tid >> 5);
    if (row >= rows) return;
    float sum = 0.0f;
    for (unsigned i = tid & 31u; i < quads; i += 32u) {
        const float4 p = a[(size_t)row * quads + i], q = x[i];
        sum += p.x * q.x + p.y * q.y + p.z * q.z + p.w * q.w;
    }
    for (unsigned mask = 16; mask; mask >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, mask);
    if ((tid & 31u) == 0) y[row] = sum;
}
