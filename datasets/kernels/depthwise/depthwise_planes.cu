// 3 x 3 depthwise convolution of planes with a stride: each channel has a window of its own.
extern "C" __global__ void depthwise_planes(
    const float* __restrict__ in, const float* __restrict__ windows, float* __restrict__ out,
    unsigned height, unsigned width, unsigned stride)
{
    const unsigned out_width = (width + stride - 1) / stride;
    const unsigned out_height = (height + stride - 1) / stride;
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned channel = blockIdx.z;
    if (x >= out_width || y >= out_height) return;
    const float* map = in + (size_t)channel * height * width;
    float sum = 0.0f;
#pragma unroll
    for (int v = 0; v < 3; ++v) {
        const int row = (int)(y * stride) + v - 1;
#pragma unroll
        for (int u = 0; u < 3; ++u) {
            const int column = (int)(x * stride) + u - 1;
            const bool inside =
                row >= 0 && row < (int)height && column >= 0 && column < (int)width;
            const float value = inside ? map[(size_t)row * width + column] : 0.0f;
            sum = fmaf(windows[channel * 9 + v * 3 + u], value, sum);
        }
    }
    out[((size_t)channel * out_height + y) * out_width + x] = sum;
}
