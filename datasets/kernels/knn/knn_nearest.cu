// The four nearest of all references to each query, kept in order in registers; references come
// by tiles of shared memory, and few of them are near enough to be put in order.
extern "C" __global__ void knn_nearest(
    const float4* __restrict__ queries, const float4* __restrict__ references,
    float4* __restrict__ distances, int4* __restrict__ places, unsigned count, unsigned among)
{
    extern __shared__ float4 tile[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned query = blockIdx.x * threads + tid;
    const float4 me = queries[min(query, count - 1)];
    const float far = 3.0e38f;
    float d0 = far, d1 = far, d2 = far, d3 = far;
    int p0 = -1, p1 = -1, p2 = -1, p3 = -1;
    for (unsigned start = 0; start < among; start += threads) {
        if (start + tid < among) tile[tid] = references[start + tid];
        __syncthreads();
        const unsigned held = min(threads, among - start);
#pragma unroll 1
        for (unsigned i = 0; i < held; ++i) {
            const float4 other = tile[i];
            const float x = other.x - me.x, y = other.y - me.y;
            const float z = other.z - me.z, w = other.w - me.w;
            const float d = x * x + y * y + z * z + w * w;
            if (d < d3) {  // pin: closer
                const int place = (int)(start + i);
                const bool before0 = d < d0, before1 = d < d1, before2 = d < d2;
                d3 = before2 ? d2 : d;
                p3 = before2 ? p2 : place;
                d2 = before1 ? d1 : before2 ? d : d2;
                p2 = before1 ? p1 : before2 ? place : p2;
                d1 = before0 ? d0 : before1 ? d : d1;
                p1 = before0 ? p0 : before1 ? place : p1;
                d0 = before0 ? d : d0;
                p0 = before0 ? place : p0;
            }
        }
        __syncthreads();
    }
    if (query >= count) return;
    distances[query] = make_float4(d0, d1, d2, d3);
    places[query] = make_int4(p0, p1, p2, p3);
}
