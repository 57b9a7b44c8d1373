// `rounds` updates of a lattice of magnets held as one bit a spin, 32 spins a word: neighbours are
// summed bit by bit in logic alone, and a spin turns as random words and the sum say. A thread owns
// a word and sees the words around it as they were before the launch.
__device__ __forceinline__ unsigned random_word(unsigned x, unsigned y)
{
    unsigned word = x * 0x8da6b343u ^ y * 0xd8163841u;
    word ^= word << 13;
    word ^= word >> 17;
    word ^= word << 5;
    return word * 0x9e3779b1u ^ word >> 11;
}

extern "C" __global__ void monte_carlo_lattice(
    const unsigned* __restrict__ spins, unsigned* __restrict__ out, unsigned words, unsigned rows,
    unsigned rounds, unsigned seed)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= words || y >= rows) return;
    const unsigned left_x = x == 0 ? words - 1 : x - 1, right_x = x + 1 == words ? 0 : x + 1;
    const unsigned up_y = y == 0 ? rows - 1 : y - 1, down_y = y + 1 == rows ? 0 : y + 1;
    unsigned own = spins[y * words + x];
    const unsigned up = spins[up_y * words + x], down = spins[down_y * words + x];
    const unsigned before = spins[y * words + left_x], after = spins[y * words + right_x];
    for (unsigned round = 0; round < rounds; ++round) {
        const unsigned left = own << 1 | before >> 31, right = own >> 1 | after << 31;
        const unsigned half1 = up ^ down, carry1 = up & down;
        const unsigned half2 = left ^ right, carry2 = left & right;
        const unsigned one = half1 ^ half2, carry3 = half1 & half2;
        const unsigned two = carry1 ^ carry2 ^ carry3;
        const unsigned four = carry1 & carry2;
        const unsigned chance = random_word(x + seed, y * rounds + round);
        const unsigned rare = chance & random_word(x + seed + 1, y * rounds + round);
        const unsigned more = four | (two & one), even = two & ~one;
        own = more | (even & (own ^ rare)) | (~more & ~even & chance & rare);
    }
    out[y * words + x] = own;
}
