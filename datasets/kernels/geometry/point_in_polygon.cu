// Whether points are inside a polygon: how often a ray to the right crosses its sides. Sides come
// by tiles of shared memory; a side that the ray's height misses costs little.
extern "C" __global__ void point_in_polygon(
    const double2* __restrict__ points, const double2* __restrict__ corners,
    int* __restrict__ crossings, unsigned count, unsigned sides)
{
    extern __shared__ double2 tile[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned point = blockIdx.x * threads + tid;
    const double2 me = points[min(point, count - 1)];
    int crossed = 0;
    for (unsigned start = 0; start < sides; start += threads) {
        const unsigned held = min(threads, sides - start);
        for (unsigned i = tid; i <= held; i += threads) tile[i] = corners[(start + i) % sides];
        __syncthreads();
#pragma unroll 1
        for (unsigned i = 0; i < held; ++i) {
            const double2 a = tile[i], b = tile[i + 1];
            if ((a.y > me.y) != (b.y > me.y)) {  // pin: level
                const double x = a.x + (me.y - a.y) * (b.x - a.x) / (b.y - a.y);
                crossed += me.x < x ? 1 : 0;
            }
        }
        __syncthreads();
    }
    if (point < count) crossings[point] = crossed;
}
