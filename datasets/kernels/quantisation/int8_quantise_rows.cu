// Rounds rows to 8 bits by their greatest absolute value: one warp a row, four bytes a word.
extern "C" __global__ void int8_quantise_rows(
    const float4* __restrict__ in, unsigned* __restrict__ out, float* __restrict__ scales,
    unsigned rows, unsigned quads)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned warps = (blockDim.x * blockDim.y) >> 5;
    const unsigned row = blockIdx.x * warps + (tid >> 5), lane = tid & 31u;
    if (row >= rows) return;
    const float4* values = in + (size_t)row * quads;
    float top = 1e-8f;
    for (unsigned i = lane; i < quads; i += 32u) {
        const float4 v = values[i];
        top = fmaxf(top, fmaxf(fmaxf(fabsf(v.x), fabsf(v.y)), fmaxf(fabsf(v.z), fabsf(v.w))));
    }
#pragma unroll
    for (unsigned mask = 16; mask; mask >>= 1)
        top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, mask));
    const float scale = 127.0f / top;
    for (unsigned i = lane; i < quads; i += 32u) {
        const float4 v = values[i];
        const unsigned a = __float2int_rn(v.x * scale) & 255, b = __float2int_rn(v.y * scale) & 255;
        const unsigned c = __float2int_rn(v.z * scale) & 255, d = __float2int_rn(v.w * scale) & 255;
        out[(size_t)row * quads + i] = a | b << 8 | c << 16 | d << 24;
    }
    if (lane == 0) scales[row] = top / 127.0f;
}
