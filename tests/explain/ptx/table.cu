// A small table that the cache keeps, read by every lane elsewhere, and a stream read once.
// nvcc -ptx -arch=sm_75 -lineinfo tests/explain/ptx/table.cu -o tests/explain/ptx/table.ptx
__global__ void looked_up(float *out, const float *table, const float *stream, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float from_table = table[(8 * i) & 255];
    float streamed = stream[i];
    out[i] = from_table * streamed;
}
