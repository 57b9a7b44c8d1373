// One load whose lanes lie side by side and one whose lanes lie 32 words apart.
// nvcc -ptx -arch=sm_75 -lineinfo tests/explain/ptx/strided.cu -o tests/explain/ptx/strided.ptx
__device__ float scaled(float value)
{
    return 2.0f * value + 1.0f;
}

__global__ void strided(float *out, const float *side, const float *apart, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float one = side[i];
    float other = apart[32 * i];
    out[i] = scaled(one) + other;
}
