// Triplet loss: a warp a triplet sums the squared distances of an anchor to a like and an unlike
// vector, and only where the margin is not kept goes on to the gradient of the anchor.
extern "C" __global__ void contrastive_margin(
    const float* __restrict__ anchors, const float* __restrict__ like,
    const float* __restrict__ unlike, float* __restrict__ losses, float* __restrict__ gradients,
    unsigned triplets, unsigned width, float margin)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned warps = (blockDim.x * blockDim.y) >> 5;
    const unsigned triplet = blockIdx.x * warps + (tid >> 5), lane = tid & 31u;
    if (triplet >= triplets) return;
    const size_t base = (size_t)triplet * width;
    float near = 0.0f, far = 0.0f;
    for (unsigned i = lane; i < width; i += 32u) {
        const float a = anchors[base + i];
        const float p = a - like[base + i], q = a - unlike[base + i];
        near += p * p;
        far += q * q;
    }
#pragma unroll
    for (unsigned mask = 16; mask; mask >>= 1) {
        near += __shfl_xor_sync(0xffffffffu, near, mask);
        far += __shfl_xor_sync(0xffffffffu, far, mask);
    }
    const float loss = sqrtf(near) - sqrtf(far) + margin;
    if (lane == 0) losses[triplet] = fmaxf(loss, 0.0f);
    if (loss <= 0.0f) {  // pin: kept
        for (unsigned i = lane; i < width; i += 32u) gradients[base + i] = 0.0f;
        return;
    }
    const float by_near = rsqrtf(near + 1e-12f), by_far = rsqrtf(far + 1e-12f);
    for (unsigned i = lane; i < width; i += 32u) {
        const float a = anchors[base + i];
        gradients[base + i] = (a - like[base + i]) * by_near - (a - unlike[base + i]) * by_far;
    }
}
