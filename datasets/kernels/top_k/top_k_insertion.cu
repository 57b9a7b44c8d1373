// The eight greatest of each lane's share of a row, kept sorted in registers by insertion: most
// values are turned away by one comparison. Lists of `lists` lanes a row are left to be merged.
#define KEPT 8
extern "C" __global__ void top_k_insertion(
    const float* __restrict__ values, float* __restrict__ best, unsigned* __restrict__ places,
    unsigned rows, unsigned columns, unsigned lists)
{
    const unsigned thread = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    const unsigned list = thread % lists, row = thread / lists;
    if (row >= rows) return;
    float top[KEPT];
    unsigned place[KEPT];
#pragma unroll
    for (unsigned k = 0; k < KEPT; ++k) top[k] = -3.4e38f, place[k] = 0;
    for (unsigned i = list; i < columns; i += lists) {
        const float value = values[(size_t)row * columns + i];
        if (value > top[KEPT - 1]) {  // pin: insert
            top[KEPT - 1] = value;
            place[KEPT - 1] = i;
#pragma unroll
            for (int k = KEPT - 1; k > 0; --k) {
                const bool rises = top[k] > top[k - 1];
                const float higher = rises ? top[k] : top[k - 1];
                const float lower = rises ? top[k - 1] : top[k];
                const unsigned higher_at = rises ? place[k] : place[k - 1];
                const unsigned lower_at = rises ? place[k - 1] : place[k];
                top[k - 1] = higher, top[k] = lower;
                place[k - 1] = higher_at, place[k] = lower_at;
            }
        }
    }
#pragma unroll
    for (unsigned k = 0; k < KEPT; ++k) {
        const size_t at = ((size_t)row * KEPT + k) * lists + list;
        best[at] = top[k];
        places[at] = place[k];
    }
}
