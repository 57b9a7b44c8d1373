// Sum of each segment by a tree in shared memory: half as many threads add at every level.
extern "C" __global__ void reduction_tree(
    const double* __restrict__ values, double* __restrict__ sums, unsigned length)
{
    extern __shared__ double tree[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const double* segment = values + (size_t)blockIdx.x * length;
    double sum = 0.0;
    for (unsigned i = tid; i < length; i += threads) sum += segment[i];
    tree[tid] = sum;
    for (unsigned half = threads >> 1; half; half >>= 1) {
        __syncthreads();
        if (tid < half) tree[tid] += tree[tid + half];
    }
    if (tid == 0) sums[blockIdx.x] = tree[0];
}
