// The nearest of `clusters` centres to each point, eight centres at a time from shared memory;
// points lie coordinate by coordinate.
extern "C" __global__ void kmeans_assign(
    const float* __restrict__ points, const float* __restrict__ centres,
    int* __restrict__ labels, float* __restrict__ distances,
    unsigned n, unsigned dimensions, unsigned clusters)
{
    extern __shared__ float held[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    for (unsigned i = tid; i < clusters * dimensions; i += threads) held[i] = centres[i];
    __syncthreads();
    const unsigned point = blockIdx.x * threads + tid;
    if (point >= n) return;
    float least = __int_as_float(0x7f800000);
    int nearest = 0;
    for (unsigned first = 0; first < clusters; first += 8) {
        float sums[8] = {};
        for (unsigned d = 0; d < dimensions; ++d) {
            const float value = points[(size_t)d * n + point];
#pragma unroll
            for (unsigned j = 0; j < 8; ++j) {
                const float apart = value - held[(first + j) * dimensions + d];
                sums[j] = fmaf(apart, apart, sums[j]);
            }
        }
#pragma unroll
        for (unsigned j = 0; j < 8; ++j) {
            nearest = sums[j] < least ? (int)(first + j) : nearest;
            least = fminf(least, sums[j]);
        }
    }
    labels[point] = nearest;
    distances[point] = least;
}
