// Mean over all pixels of each channel, channels last in 8-bit bytes, four channels a word: bytes
// are summed in 16-bit halves and spread before they could overflow. Images lie along y.
extern "C" __global__ void pooling_mean_channels(
    const unsigned* __restrict__ in, float4* __restrict__ mean, unsigned pixels, unsigned words)
{
    extern __shared__ unsigned sums[];
    const unsigned word = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    unsigned total[4] = {};
    if (word < words) {
        const unsigned* image = in + (size_t)blockIdx.y * pixels * words;
        unsigned even = 0, odd = 0, count = 0;
        for (unsigned pixel = threadIdx.y; pixel < pixels; pixel += blockDim.y) {
            const unsigned bytes = image[(size_t)pixel * words + word];
            even += bytes & 0x00ff00ffu;
            odd += (bytes >> 8) & 0x00ff00ffu;
            if (++count == 256 || pixel + blockDim.y >= pixels) {
                total[0] += even & 0xffffu;
                total[1] += odd & 0xffffu;
                total[2] += even >> 16;
                total[3] += odd >> 16;
                even = odd = count = 0;
            }
        }
    }
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
#pragma unroll
    for (unsigned i = 0; i < 4; ++i) sums[i * threads + tid] = total[i];
    __syncthreads();
    if (threadIdx.y != 0 || word >= words) return;
    for (unsigned other = 1; other < blockDim.y; ++other)
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) total[i] += sums[i * threads + other * blockDim.x + tid];
    const float scale = 1.0f / (float)pixels;
    mean[(size_t)blockIdx.y * words + word] = make_float4(
        scale * (float)total[0], scale * (float)total[1], scale * (float)total[2],
        scale * (float)total[3]);
}
