// Cosine transform of 8 x 8 pixel blocks over a table of steps, as in image coding: a thread
// transforms a row in registers by even and odd halves, then a column, through shared memory.
// 8 neighbouring threads own a block of pixels; the image's extents are multiples of 8.
__device__ __forceinline__ void transform(float* v)
{
    const float e0 = v[0] + v[7], e1 = v[1] + v[6], e2 = v[2] + v[5], e3 = v[3] + v[4];
    const float o0 = v[0] - v[7], o1 = v[1] - v[6], o2 = v[2] - v[5], o3 = v[3] - v[4];
    const float p = e0 + e3, q = e1 + e2, r = e0 - e3, s = e1 - e2;
    v[0] = 0.35355339f * (p + q);
    v[4] = 0.35355339f * (p - q);
    v[2] = 0.46193977f * r + 0.19134172f * s;
    v[6] = 0.19134172f * r - 0.46193977f * s;
    v[1] = 0.49039264f * o0 + 0.41573481f * o1 + 0.27778512f * o2 + 0.09754516f * o3;
    v[3] = 0.41573481f * o0 - 0.09754516f * o1 - 0.49039264f * o2 - 0.27778512f * o3;
    v[5] = 0.27778512f * o0 - 0.49039264f * o1 + 0.09754516f * o2 + 0.41573481f * o3;
    v[7] = 0.09754516f * o0 - 0.27778512f * o1 + 0.41573481f * o2 - 0.49039264f * o3;
}

extern "C" __global__ void dct_blocks(
    const float* __restrict__ image, const float* __restrict__ steps, float* __restrict__ out,
    unsigned width, unsigned blocks, float quality)
{
    extern __shared__ float crossing[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned thread = blockIdx.x * blockDim.x * blockDim.y + tid;
    const unsigned block = thread >> 3, line = thread & 7u, own = (tid >> 3) * 72;
    const unsigned across = width / 8;
    const unsigned corner_y = block / across * 8, corner_x = block % across * 8;
    float v[8] = {};
    if (block < blocks) {
        const float4* row = (const float4*)(image + (size_t)(corner_y + line) * width + corner_x);
        const float4 left = row[0], right = row[1];
        v[0] = left.x, v[1] = left.y, v[2] = left.z, v[3] = left.w;
        v[4] = right.x, v[5] = right.y, v[6] = right.z, v[7] = right.w;
    }
    transform(v);
#pragma unroll
    for (unsigned i = 0; i < 8; ++i) crossing[own + line * 9 + i] = v[i];
    __syncwarp();
#pragma unroll
    for (unsigned i = 0; i < 8; ++i) v[i] = crossing[own + i * 9 + line];
    transform(v);
    if (block >= blocks) return;
#pragma unroll
    for (unsigned i = 0; i < 8; ++i)
        out[(size_t)(corner_y + i) * width + corner_x + line] =
            v[i] * quality / steps[i * 8 + line];
}
