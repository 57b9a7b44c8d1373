// 3 x 3 convolution as a matrix product whose right side is gathered from the maps as it is
// needed: rows are filters, columns are pixels, the inner index is (channel, v, u).
#define DEPTH 16
extern "C" __global__ void convolution_implicit_gemm(
    const float* __restrict__ in, const float* __restrict__ weights, float* __restrict__ out,
    unsigned channels, unsigned filters, unsigned height, unsigned width)
{
    extern __shared__ float panels[];
    float* panel_w = panels;
    float* panel_x = panels + blockDim.y * (DEPTH + 1);
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned pixels = height * width, inner = channels * 9;
    const unsigned filter0 = blockIdx.y * blockDim.y;
    const unsigned pixel = blockIdx.x * blockDim.x + threadIdx.x;
    const int x = pixel % width, y = pixel / width;
    float sum = 0.0f;
    for (unsigned start = 0; start < inner; start += DEPTH) {
        for (unsigned e = tid; e < blockDim.y * DEPTH; e += threads) {
            const unsigned f = e / DEPTH, i = e % DEPTH;
            panel_w[f * (DEPTH + 1) + i] = filter0 + f < filters && start + i < inner
                                               ? weights[(size_t)(filter0 + f) * inner + start + i]
                                               : 0.0f;
        }
        for (unsigned i = threadIdx.y; i < DEPTH; i += blockDim.y) {
            const unsigned at = start + i, channel = at / 9, tap = at - channel * 9;
            const int row = y + (int)(tap / 3) - 1, column = x + (int)(tap % 3) - 1;
            const bool inside = at < inner && pixel < pixels && row >= 0 && row < (int)height &&
                                column >= 0 && column < (int)width;
            panel_x[i * blockDim.x + threadIdx.x] =
                inside ? in[((size_t)channel * height + row) * width + column] : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (unsigned i = 0; i < DEPTH; ++i)
            sum += panel_w[threadIdx.y * (DEPTH + 1) + i] * panel_x[i * blockDim.x + threadIdx.x];
        __syncthreads();
    }
    const unsigned filter = filter0 + threadIdx.y;
    if (filter < filters && pixel < pixels) out[(size_t)filter * pixels + pixel] = sum;
}
