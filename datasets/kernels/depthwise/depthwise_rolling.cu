// Depthwise convolution along time over this step and the three before it, channels last: a thread
// owns a channel and rolls through its stretch of time with the past in registers.
extern "C" __global__ void depthwise_rolling(
    const float* __restrict__ in, const float* __restrict__ taps, const float* __restrict__ bias,
    float* __restrict__ out, unsigned steps, unsigned channels, unsigned stretch)
{
    const unsigned channel = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned part = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned begin = part * stretch;
    if (channel >= channels || begin >= steps) return;
    const unsigned end = min(begin + stretch, steps);
    float weight[4], past[3];
#pragma unroll
    for (unsigned tap = 0; tap < 4; ++tap) weight[tap] = taps[tap * channels + channel];
#pragma unroll
    for (unsigned back = 0; back < 3; ++back)
        past[back] = begin > back ? in[(size_t)(begin - 1 - back) * channels + channel] : 0.0f;
    const float offset = bias[channel];
    for (unsigned step = begin; step < end; ++step) {
        const float now = in[(size_t)step * channels + channel];
        const float sum = offset + weight[0] * now + weight[1] * past[0] + weight[2] * past[1] +
                          weight[3] * past[2];
        past[2] = past[1];
        past[1] = past[0];
        past[0] = now;
        out[(size_t)step * channels + channel] = sum / (1.0f + __expf(-sum));
    }
}
