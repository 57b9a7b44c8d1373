// Rows of a table picked by token, plus the row of the token's position; a row lies along x.
extern "C" __global__ void embedding_lookup(
    const int* __restrict__ tokens, const float4* __restrict__ table,
    const float4* __restrict__ positions, float4* __restrict__ out,
    unsigned count, unsigned quads, unsigned length)
{
    const unsigned quad = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned token = blockIdx.y * blockDim.y + threadIdx.y;
    if (quad >= quads || token >= count) return;
    const size_t first = (size_t)tokens[token] * quads;
    const float4 row = table[first + quad];  // pin: table
    const float4 place = positions[(size_t)(token % length) * quads + quad];
    out[(size_t)token * quads + quad] =
        make_float4(row.x + place.x, row.y + place.y, row.z + place.z, row.w + place.w);
}
