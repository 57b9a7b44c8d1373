// Predators and prey with a season of their own, a pair a thread, by the classic fourth-order
// Runge-Kutta rule with a fixed step.
struct Pair {
    float prey, hunters;
};

__device__ __forceinline__ Pair slope(Pair now, float4 rates, float season)
{
    const float meets = now.prey * now.hunters;
    const float growth = rates.x * (1.0f + 0.3f * season) * now.prey;
    return {growth - rates.y * meets, rates.z * meets - rates.w * now.hunters};
}

__device__ __forceinline__ Pair moved(Pair now, float by, Pair along)
{
    return {fmaf(by, along.prey, now.prey), fmaf(by, along.hunters, now.hunters)};
}

extern "C" __global__ void ode_runge_kutta(
    const float2* __restrict__ starts, const float4* __restrict__ rates,
    float2* __restrict__ ends, unsigned count, unsigned steps, float step)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const float2 start = starts[i];
    const float4 rate = rates[i];
    Pair now = {start.x, start.y};
    for (unsigned k = 0; k < steps; ++k) {
        const float time = (float)k * step;
        const float s0 = __sinf(time), s1 = __sinf(time + 0.5f * step), s2 = __sinf(time + step);
        const Pair a = slope(now, rate, s0);
        const Pair b = slope(moved(now, 0.5f * step, a), rate, s1);
        const Pair c = slope(moved(now, 0.5f * step, b), rate, s1);
        const Pair d = slope(moved(now, step, c), rate, s2);
        now.prey += step / 6.0f * (a.prey + 2.0f * (b.prey + c.prey) + d.prey);
        now.hunters += step / 6.0f * (a.hunters + 2.0f * (b.hunters + c.hunters) + d.hunters);
    }
    ends[i] = make_float2(now.prey, now.hunters);
}
