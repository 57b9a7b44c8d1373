// Recursion, calls through tables of functions, printf, constants and a dense switch.
#include <cstdio>

__constant__ float weights[4] = {1.0f, 2.5f, 3.0f, 4.0f};
__constant__ double halves[3] = {0.5, 0.25, -0.125};
__device__ int counter = 7;
__device__ int *chosen[3] = {&counter, nullptr, &counter};

typedef float (*Step)(float);
__device__ float rise(float x) { return x + 1.0f; }
__device__ float fall(float x) { return x - weights[2]; }
__device__ Step steps[2] = {rise, fall};

__device__ __noinline__ int depth(int n) { return n <= 1 ? 1 : n + depth(n - 1); }

struct Bundle {
    int first;
    double second;
    float rest[5];
};

extern "C" __global__ void __launch_bounds__(256, 2)
walk(float *values, int count, Bundle bundle) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    values[i] = steps[i & 1](values[i]) + bundle.rest[i % 5] + float(halves[i & 1]);
    *chosen[0] = depth(count);
    if (i == 0) printf("%d of %d: %f\n", i, count, values[i]);
}

extern "C" __global__ void dispatch(int *out, const int *codes) {
    int result = out[threadIdx.x];
    switch (codes[threadIdx.x]) {
        case 0: result += atomicAdd(out + 1, 3); break;
        case 1: result *= out[9]; break;
        case 2: result ^= __popc(out[2]); break;
        case 3: result -= __clz(result); break;
        case 4: result /= 7; break;
        case 5: result <<= out[5] & 7; break;
        case 6: result = __brev(result); break;
        case 7: result = atomicMax(out + 2, result); break;
        case 8: result %= 11; break;
        case 9: result = __ffs(out[3]); break;
        default: result = -1;
    }
    out[threadIdx.x] = result;
}
