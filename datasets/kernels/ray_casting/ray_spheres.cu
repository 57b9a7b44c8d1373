// A picture of many spheres: each pixel's ray is tried against all, the nearest hit is lit from
// one side. Spheres come by tiles of shared memory; most rays miss most spheres.
extern "C" __global__ void ray_spheres(
    const float4* __restrict__ spheres, float4* __restrict__ picture,
    unsigned width, unsigned height, unsigned count)
{
    extern __shared__ float4 tile[];
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const float px = 2.0f * ((float)x + 0.5f) / (float)width - 1.0f;
    const float py = 2.0f * ((float)y + 0.5f) / (float)height - 1.0f;
    const float scale = rsqrtf(px * px + py * py + 1.0f);
    const float dx = px * scale, dy = py * scale, dz = scale;
    float nearest = 1.0e30f;
    unsigned hit = 0xffffffffu;
    for (unsigned start = 0; start < count; start += threads) {
        if (start + tid < count) tile[tid] = spheres[start + tid];
        __syncthreads();
        const unsigned held = min(threads, count - start);
#pragma unroll 1
        for (unsigned i = 0; i < held; ++i) {
            const float4 s = tile[i];
            const float along = s.x * dx + s.y * dy + s.z * dz;
            const float rest = s.w - (s.x * s.x + s.y * s.y + s.z * s.z) + along * along;
            if (rest > 0.0f) {  // pin: hit
                const float depth = along - sqrtf(rest);
                hit = depth < nearest ? start + i : hit;
                nearest = fminf(nearest, depth);
            }
        }
        __syncthreads();
    }
    if (x >= width || y >= height) return;
    float4 colour = make_float4(0.0f, 0.0f, 0.0f, nearest);
    if (hit != 0xffffffffu) {  // pin: any
        const float4 s = spheres[hit];  // pin: sphere
        const float inverse = rsqrtf(s.w);
        colour.x = (nearest * dx - s.x) * inverse;
        colour.y = (nearest * dy - s.y) * inverse;
        colour.z = fmaxf(0.0f, 0.6f * colour.x - 0.8f * colour.y);
    }
    picture[(size_t)y * width + x] = colour;
}
