// The first version of each kernel. From the repository's root, for sm_80 and sm_90:
// nvcc -ptx -arch=sm_90 -lineinfo tests/compare/ptx/old.cu -o tests/compare/ptx/old_sm_90.ptx
__global__ void spread(float *out, const float *in, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * in[i];
}

__global__ void divided(float *out, const float *in, float by, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = in[i] * by;
}

__global__ void spilled(float *out, const float *in, const int *order, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    float window[4];
#pragma unroll
    for (int k = 0; k < 4; ++k)
        window[k] = in[i + k * n];
    out[i] = window[0] + window[3] + order[i];
}

__global__ void waiting(float *out, const float *in)
{
    __shared__ float tile[256];
    int i = blockIdx.x * 256 + threadIdx.x;
    tile[threadIdx.x] = in[i];
    __syncthreads();
    out[i] = tile[255 - threadIdx.x];
}

__global__ void conflicting(float *out, const float *in)
{
    __shared__ float tile[32 * 33];
    int lane = threadIdx.x % 32, row = threadIdx.x / 32;
    int i = blockIdx.x * 256 + threadIdx.x;
    for (int k = 0; k < 4; ++k)
        tile[(row + 8 * k) * 33 + lane] = in[i];
    __syncthreads();
    float sum = 0.0f;
    for (int k = 0; k < 32; ++k)
        sum += tile[lane * 33 + (k ^ row)];
    out[i] = sum;
}

__global__ void resident(float *out, const float *in)
{
    __shared__ float tile[256];
    int i = blockIdx.x * 256 + threadIdx.x;
    tile[threadIdx.x] = in[i];
    __syncthreads();
    out[i] = tile[threadIdx.x ^ 1];
}

__global__ void counted(int *out, const int *in, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        atomicAdd(&out[i], in[i]);
}

__global__ void unchanged(float *out, const float *in, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = in[i] + 1.0f;
}

__global__ void __launch_bounds__(256, 8) crowded(float *out, const float *in, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    float sum[32];
#pragma unroll
    for (int k = 0; k < 32; ++k)
        sum[k] = in[i + k * n];
#pragma unroll
    for (int k = 0; k < 32; ++k)
        out[i + k * n] = sum[k] * sum[31 - k];
}

__global__ void removed(float *out) { out[threadIdx.x] = 0.0f; }
