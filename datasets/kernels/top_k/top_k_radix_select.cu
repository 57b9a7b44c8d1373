// The k-th greatest of each row of 16-bit keys, one block a row: the key is found a digit of four
// bits at a time, by counting how many keys with the prefix found so far have each next digit.
extern "C" __global__ void top_k_radix_select(
    const unsigned short* __restrict__ keys, unsigned* __restrict__ found,
    unsigned* __restrict__ above, unsigned columns, unsigned k)
{
    __shared__ unsigned counts[16];
    __shared__ unsigned chosen[2];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned first = (unsigned)__cvta_generic_to_shared(counts);
    const unsigned short* row = keys + (size_t)blockIdx.x * columns;
    unsigned prefix = 0, wanted = k;
#pragma unroll 1
    for (int shift = 12; shift >= 0; shift -= 4) {
        if (tid < 16) counts[tid] = 0;
        __syncthreads();
        for (unsigned i = tid; i < columns; i += threads) {
            const unsigned key = row[i];
            const unsigned at = first + 4 * ((key >> shift) & 15u);
            if (key >> (shift + 4) == prefix)  // pin: prefix
                asm volatile("red.shared.add.u32 [%0], 1;" ::"r"(at) : "memory");  // pin: count
        }
        __syncthreads();
        if (tid == 0) {
            unsigned digit = 15, passed = 0;
#pragma unroll 1
            for (unsigned next = counts[15]; passed + next < wanted;) {  // pin: digits
                passed += next;
                next = counts[--digit];  // pin: count
            }
            chosen[0] = prefix << 4 | digit;
            chosen[1] = wanted - passed;
        }
        __syncthreads();
        prefix = chosen[0];
        wanted = chosen[1];
    }
    if (tid == 0) {
        found[blockIdx.x] = prefix;
        above[blockIdx.x] = k - wanted;
    }
}
