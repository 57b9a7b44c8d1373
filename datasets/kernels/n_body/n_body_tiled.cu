// Pull of all bodies on each target: as many sources at a time as a block has threads.
extern "C" __global__ void n_body_tiled(
    const float4* __restrict__ targets, const float4* __restrict__ sources,
    float4* __restrict__ pulls, unsigned target_count, unsigned source_count, float softening)
{
    extern __shared__ float4 tile[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned target = blockIdx.x * threads + tid;
    const float4 me = targets[min(target, target_count - 1)];
    float3 pull = make_float3(0.0f, 0.0f, 0.0f);
    float potential = 0.0f;
    for (unsigned start = 0; start < source_count; start += threads) {
        const unsigned source = start + tid;
        tile[tid] = source < source_count ? sources[source] : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        __syncthreads();
#pragma unroll 4
        for (unsigned i = 0; i < threads; ++i) {
            const float4 other = tile[i];
            const float dx = other.x - me.x, dy = other.y - me.y, dz = other.z - me.z;
            const float inverse = rsqrtf(dx * dx + dy * dy + dz * dz + softening);
            const float share = other.w * inverse;
            const float factor = share * inverse * inverse;
            pull.x = fmaf(dx, factor, pull.x);
            pull.y = fmaf(dy, factor, pull.y);
            pull.z = fmaf(dz, factor, pull.z);
            potential -= share;
        }
        __syncthreads();
    }
    if (target < target_count) pulls[target] = make_float4(pull.x, pull.y, pull.z, potential);
}
