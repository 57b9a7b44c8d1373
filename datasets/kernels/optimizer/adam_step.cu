// One step of Adam with decoupled decay from old to new weights and moments. Tensors of many
// parameters lie one after another, `tensor` each, and each has a rate of its own.
extern "C" __global__ void adam_step(
    const float* __restrict__ weights, const float* __restrict__ gradients,
    const float* __restrict__ first, const float* __restrict__ second,
    const float* __restrict__ rates, float* __restrict__ new_weights,
    float* __restrict__ new_first, float* __restrict__ new_second, unsigned n, unsigned tensor,
    float first_correction, float second_correction, float decay)
{
    const unsigned step = gridDim.x * blockDim.x * blockDim.y;
    unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    for (; i < n; i += step) {
        const float gradient = gradients[i], weight = weights[i], rate = rates[i / tensor];
        const float m = 0.9f * first[i] + 0.1f * gradient;
        const float v = 0.999f * second[i] + 0.001f * gradient * gradient;
        const float unbiased = sqrtf(v * second_correction) + 1e-8f;
        new_first[i] = m;
        new_second[i] = v;
        new_weights[i] = weight - rate * (m * first_correction / unbiased + decay * weight);
    }
}
