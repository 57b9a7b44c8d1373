// 5 x 5 convolution of feature maps: each channel's tile and its margin pass through shared
// memory, and a thread keeps `PER_THREAD` output channels of its pixel in registers.
#define EDGE 5
#define PER_THREAD 4
extern "C" __global__ void convolution_tiled(
    const float* __restrict__ in, const float* __restrict__ weights, float* __restrict__ out,
    unsigned channels, unsigned filters, unsigned height, unsigned width)
{
    extern __shared__ float tile[];
    const unsigned tile_width = blockDim.x + EDGE - 1, tile_height = blockDim.y + EDGE - 1;
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const int x0 = blockIdx.x * blockDim.x - EDGE / 2, y0 = blockIdx.y * blockDim.y - EDGE / 2;
    const unsigned first = blockIdx.z * PER_THREAD;
    float sum[PER_THREAD] = {};
    for (unsigned channel = 0; channel < channels; ++channel) {
        __syncthreads();
        for (unsigned e = tid; e < tile_width * tile_height; e += threads) {
            const int x = x0 + (int)(e % tile_width), y = y0 + (int)(e / tile_width);
            const bool inside = x >= 0 && x < (int)width && y >= 0 && y < (int)height;
            tile[e] = inside ? in[((size_t)channel * height + y) * width + x] : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (unsigned v = 0; v < EDGE; ++v)
#pragma unroll
            for (unsigned u = 0; u < EDGE; ++u) {
                const float value = tile[(threadIdx.y + v) * tile_width + threadIdx.x + u];
#pragma unroll
                for (unsigned f = 0; f < PER_THREAD; ++f) {
                    const unsigned filter = min(first + f, filters - 1);
                    const float weight =
                        weights[((size_t)filter * channels + channel) * EDGE * EDGE + v * EDGE + u];
                    sum[f] = fmaf(weight, value, sum[f]);
                }
            }
    }
    const unsigned x = x0 + EDGE / 2 + threadIdx.x, y = y0 + EDGE / 2 + threadIdx.y;
    if (x >= width || y >= height) return;
    for (unsigned f = 0; f < PER_THREAD; ++f)
        if (first + f < filters) out[((size_t)(first + f) * height + y) * width + x] = sum[f];
}
