// One step of a bitonic sorting network between two buffers: a thread writes the lesser or the
// greater of two keys with its value, without a branch on either.
extern "C" __global__ void bitonic_step(
    const unsigned* __restrict__ keys, const unsigned* __restrict__ values,
    unsigned* __restrict__ out_keys, unsigned* __restrict__ out_values, unsigned n,
    unsigned distance, unsigned run)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const unsigned partner = i ^ distance;
    const unsigned own = keys[i], other = keys[partner];
    const bool wants_less = ((i & distance) == 0) == ((i & run) == 0);
    const bool takes_other = wants_less ? other < own : other > own;
    out_keys[i] = takes_other ? other : own;
    const unsigned value = values[takes_other ? partner : i];  // pin: value
    out_values[i] = value;
}
