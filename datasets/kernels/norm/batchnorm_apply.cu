// Batch normalisation with known statistics, then a clamp at zero and six: planes along z.
extern "C" __global__ void batchnorm_apply(
    const float* __restrict__ in, const float4* __restrict__ statistics, float* __restrict__ out,
    unsigned height, unsigned width, unsigned channels)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    const unsigned channel = blockIdx.z % channels;
    const float4 known = statistics[channel];
    const float scale = known.z / sqrtf(known.y + 1e-5f);
    const size_t at = ((size_t)blockIdx.z * height + y) * width + x;
    const float value = (in[at] - known.x) * scale + known.w;
    out[at] = fminf(fmaxf(value, 0.0f), 6.0f);
}
