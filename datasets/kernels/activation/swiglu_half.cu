// Gated unit of 16-bit floats: x * sigmoid(x) * gate, where a row holds x and then its gates;
// eight elements a step by 16-byte loads, arithmetic on pairs.
__device__ __forceinline__ unsigned gated(unsigned x, unsigned gate)
{
    float low, high, gate_low, gate_high;
    asm("{.reg .b16 a, b; mov.b32 {a, b}, %2; cvt.f32.f16 %0, a; cvt.f32.f16 %1, b;}"
        : "=f"(low), "=f"(high) : "r"(x));
    asm("{.reg .b16 a, b; mov.b32 {a, b}, %2; cvt.f32.f16 %0, a; cvt.f32.f16 %1, b;}"
        : "=f"(gate_low), "=f"(gate_high) : "r"(gate));
    low = __fdividef(low, 1.0f + __expf(-low)) * gate_low;
    high = __fdividef(high, 1.0f + __expf(-high)) * gate_high;
    unsigned result;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
    return result;
}

extern "C" __global__ void swiglu_half(
    const uint4* __restrict__ in, uint4* __restrict__ out, unsigned rows, unsigned octets)
{
    const unsigned threads = gridDim.x * blockDim.x * blockDim.y;
    const unsigned total = rows * octets;
    unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    for (; i < total; i += threads) {
        const unsigned row = i / octets, at = i - row * octets;
        const uint4 x = in[(size_t)row * 2 * octets + at];
        const uint4 gate = in[(size_t)(row * 2 + 1) * octets + at];
        out[i] = make_uint4(
            gated(x.x, gate.x), gated(x.y, gate.y), gated(x.z, gate.z), gated(x.w, gate.w));
    }
}
