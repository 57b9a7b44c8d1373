// Convolution of feature maps, one thread an output pixel of one output channel; zeros outside.
extern "C" __global__ void convolution_direct(
    const float* __restrict__ in, const float* __restrict__ weights, float* __restrict__ out,
    unsigned channels, unsigned height, unsigned width, unsigned edge)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned filter = blockIdx.z;
    if (x >= (int)width || y >= (int)height) return;
    const int reach = edge / 2;
    float sum = 0.0f;
    for (unsigned channel = 0; channel < channels; ++channel) {
        const float* map = in + (size_t)channel * height * width;
        const float* window = weights + (size_t)(filter * channels + channel) * edge * edge;
        for (int v = 0; v < (int)edge; ++v) {
            const int row = y + v - reach;
            if (row < 0 || row >= (int)height) continue;
            for (int u = 0; u < (int)edge; ++u) {
                const int column = x + u - reach;
                if (column >= 0 && column < (int)width)
                    sum += window[v * edge + u] * map[row * (int)width + column];
            }
        }
    }
    out[((size_t)filter * height + y) * width + x] = sum;
}
