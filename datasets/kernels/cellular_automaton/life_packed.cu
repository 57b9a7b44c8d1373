// A generation of Life, 32 cells a word: neighbours are added by full adders on whole words, so a
// cell costs less than an instruction. The plane is a torus.
__device__ __forceinline__ unsigned carried(unsigned a, unsigned b, unsigned c)
{
    return (a & b) | (c & (a ^ b));
}

extern "C" __global__ void life_packed(
    const unsigned* __restrict__ cells, unsigned* __restrict__ next, unsigned words, unsigned rows)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= words || y >= rows) return;
    const unsigned west = x ? x - 1 : words - 1, east = x + 1 < words ? x + 1 : 0;
    const unsigned row_of[3] = {y ? y - 1 : rows - 1, y, y + 1 < rows ? y + 1 : 0};
    unsigned low[3], high[3], here = 0;
#pragma unroll
    for (unsigned r = 0; r < 3; ++r) {
        const unsigned* row = cells + (size_t)row_of[r] * words;
        const unsigned mine = row[x];
        const unsigned left = __funnelshift_l(row[west], mine, 1);
        const unsigned right = __funnelshift_r(mine, row[east], 1);
        if (r == 1) here = mine;
        low[r] = r == 1 ? left ^ right : left ^ mine ^ right;
        high[r] = r == 1 ? left & right : carried(left, mine, right);
    }
    const unsigned ones = low[0] ^ low[1] ^ low[2];
    const unsigned carry = carried(low[0], low[1], low[2]);
    const unsigned twos_part = high[0] ^ high[1] ^ high[2];
    const unsigned fours_part = carried(high[0], high[1], high[2]);
    const unsigned twos = twos_part ^ carry, fours = fours_part | (twos_part & carry);
    next[(size_t)y * words + x] = twos & ~fours & (ones | here);
}
