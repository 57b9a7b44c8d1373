// a + s * b of vectors by 16-byte accesses; each thread owns `chunk` neighbouring quads.
extern "C" __global__ void vector_triad(
    const float4* __restrict__ a, const float4* __restrict__ b, float4* __restrict__ out,
    float s, unsigned quads, unsigned chunk)
{
    const unsigned thread =
        (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    const unsigned warp = thread >> 5, lane = thread & 31u;
    unsigned i = warp * 32u * chunk + lane;
#pragma unroll 2
    for (unsigned step = 0; step < chunk; ++step, i += 32u) {
        if (i < quads) {
            const float4 p = a[i], q = b[i];
            out[i] = make_float4(p.x + s * q.x, p.y + s * q.y, p.z + s * q.z, p.w + s * q.w);
        }
    }
}
