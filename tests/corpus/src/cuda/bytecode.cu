// build: nvcc-13.0 sm_90
// build: nvcc-13.0 sm_90 --jump-table-density=10 as jumptable
// build: nvcc-13.0 sm_100a --jump-table-density=10 -lineinfo as jumptable
// Runs a stack program over every element: the switch becomes an indexed branch through a table.
extern "C" __global__ void bytecode(const unsigned* __restrict__ program, int length,
                                    const float* __restrict__ x, float* __restrict__ y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float stack[16];
  int top = 0;
  stack[0] = x[i];
  for (int pc = 0; pc < length; ++pc) {
    float a = stack[top], b = top > 0 ? stack[top - 1] : 0.0f;
    switch (program[pc]) {
      case 0: stack[++top & 15] = x[i]; continue;
      case 1: stack[--top & 15] = a + b; break;
      case 2: stack[--top & 15] = b - a; break;
      case 3: stack[--top & 15] = a * b; break;
      case 4: stack[--top & 15] = __fdividef(b, a); break;
      case 5: stack[top] = sqrtf(fabsf(a)); break;
      case 6: stack[top] = -a; break;
      case 7: stack[top] = fminf(a, 1.0f); break;
      case 8: stack[top] = __expf(a); break;
      case 9: stack[++top & 15] = a; continue;
      case 10: stack[top] = b, stack[top - 1 & 15] = a; break;
      default: pc = length; break;
    }
    top &= 15;
  }
  y[i] = stack[top & 15];
}
