// Loss and gradient of classification, one block a row: logarithm of the sum of exponentials in
// one sweep kept up online, the gradient in a second. Rows whose target is negative count nothing.
extern "C" __global__ void cross_entropy(
    const float* __restrict__ logits, const int* __restrict__ targets, float* __restrict__ losses,
    float* __restrict__ gradients, unsigned classes, float smoothing)
{
    __shared__ float3 of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned row = blockIdx.x;
    const int target = targets[row];
    const float* values = logits + (size_t)row * classes;
    float* gradient = gradients + (size_t)row * classes;
    if (target < 0) {  // pin: ignored
        for (unsigned i = tid; i < classes; i += threads) gradient[i] = 0.0f;
        if (tid == 0) losses[row] = 0.0f;
        return;
    }
    float top = -1e30f, sum = 0.0f, plain = 0.0f;
    for (unsigned i = tid; i < classes; i += threads) {
        const float value = values[i];
        const float higher = fmaxf(top, value);
        sum = sum * expf(top - higher) + expf(value - higher);
        plain += value;
        top = higher;
    }
    for (unsigned mask = 16; mask; mask >>= 1) {
        const float other_top = __shfl_xor_sync(0xffffffffu, top, mask);
        const float other_sum = __shfl_xor_sync(0xffffffffu, sum, mask);
        plain += __shfl_xor_sync(0xffffffffu, plain, mask);
        const float higher = fmaxf(top, other_top);
        sum = sum * expf(top - higher) + other_sum * expf(other_top - higher);
        top = higher;
    }
    if ((tid & 31u) == 0) of_warp[tid >> 5] = make_float3(top, sum, plain);
    __syncthreads();
    plain = 0.0f;
    float whole_top = -1e30f, whole_sum = 0.0f;
    for (unsigned warp = 0; warp < threads >> 5; ++warp) {
        const float3 part = of_warp[warp];
        const float higher = fmaxf(whole_top, part.x);
        whole_sum = whole_sum * expf(whole_top - higher) + part.y * expf(part.x - higher);
        whole_top = higher;
        plain += part.z;
    }
    const float total = whole_top + logf(whole_sum), even = smoothing / (float)classes;
    if (tid == 0) {
        const float wanted = values[target];  // pin: target
        losses[row] = total - (1.0f - smoothing) * wanted - even * plain;
    }
    for (unsigned i = tid; i < classes; i += threads) {
        const float hit = (int)i == target ? 1.0f - smoothing : 0.0f;
        gradient[i] = expf(values[i] - total) - hit - even;
    }
}
