// Votes for straight lines: each edge pixel of a strip votes for all distances at one angle; a
// block owns an angle and a strip, and counts in shared memory.
__device__ __forceinline__ void count(unsigned* bin)
{
    const unsigned place = (unsigned)__cvta_generic_to_shared(bin);
    asm volatile("red.shared.add.u32 [%0], 1;" ::"r"(place) : "memory");  // pin: bin
}

extern "C" __global__ void hough_lines(
    const unsigned char* __restrict__ edges, const float2* __restrict__ directions,
    unsigned* __restrict__ votes, unsigned width, unsigned height, unsigned strip,
    unsigned distances, float scale)
{
    extern __shared__ unsigned counts[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    for (unsigned d = tid; d < distances; d += threads) counts[d] = 0;
    __syncthreads();
    const float2 direction = directions[blockIdx.x];
    const unsigned first = blockIdx.y * strip * width;
    const unsigned last = min((blockIdx.y + 1) * strip, height) * width;
    const float middle = 0.5f * (float)distances;
#pragma unroll 1
    for (unsigned i = first + tid; i < last; i += threads)
        if (edges[i]) {  // pin: edge
            const unsigned y = i / width, x = i - y * width;
            const float along = (float)x * direction.x + (float)y * direction.y;
            const int place = __float2int_rd(fmaf(along, scale, middle));
            count(&counts[place]);
        }
    __syncthreads();
    unsigned* mine = votes + (size_t)(blockIdx.y * gridDim.x + blockIdx.x) * distances;
    for (unsigned d = tid; d < distances; d += threads) mine[d] = counts[d];
}
