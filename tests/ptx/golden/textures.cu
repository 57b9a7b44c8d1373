// Textures, surfaces, shuffles and votes: operands in pairs, in braces, with coordinates.
extern "C" __global__ void samples(cudaTextureObject_t image, cudaSurfaceObject_t target,
                                   float4 *out) {
    float4 seen = tex2D<float4>(image, threadIdx.x + 0.5f, threadIdx.y + 0.25f);
    seen.x += tex1Dfetch<float>(image, threadIdx.x);
    surf2Dwrite(seen.x, target, threadIdx.x * 4, threadIdx.y);
    out[threadIdx.x] = seen;
}

extern "C" __global__ void votes(const float *values, int *out) {
    float value = values[threadIdx.x];
    unsigned busy = __ballot_sync(0xffffffffu, value > 0.0f);
    value += __shfl_xor_sync(0xffffffffu, value, 16);
    int all;
    __match_all_sync(0xffffffffu, busy, &all);
    out[threadIdx.x] = __any_sync(busy, value < 1.0f) + all + __reduce_add_sync(busy, 3u);
}
