// build: nvcc-13.0 sm_80 sm_100a
// build: nvrtc-12.1 sm_70
// Text: an automaton over strings of different lengths, the decoding of variable-length integers,
// and the expansion of run lengths.
extern "C" __global__ void run_automaton(const unsigned char* __restrict__ text,
                                         const long long* __restrict__ offsets,
                                         const unsigned short* __restrict__ table,
                                         const unsigned char* __restrict__ accepting,
                                         unsigned char* __restrict__ matched, int strings) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= strings) return;
  unsigned state = 1;
  for (long long at = offsets[i]; at < offsets[i + 1] && state != 0; ++at)
    state = table[state * 256 + text[at]];
  matched[i] = accepting[state];
}

extern "C" __global__ void decode_varints(const unsigned char* __restrict__ bytes,
                                          const unsigned* __restrict__ starts,
                                          unsigned long long* __restrict__ sums, int lists) {
  int list = blockIdx.x * blockDim.x + threadIdx.x;
  if (list >= lists) return;
  unsigned long long value = 0, total = 0;
  int shift = 0;
  for (unsigned i = starts[list]; i < starts[list + 1]; ++i) {
    unsigned char byte = bytes[i];
    value |= (unsigned long long)(byte & 127) << shift;
    shift += 7;
    if (byte < 128) {
      total += value;
      value = 0;
      shift = 0;
    }
  }
  sums[list] = total;
}

extern "C" __global__ void expand_runs(const int* __restrict__ ends,
                                       const short* __restrict__ values, short* __restrict__ out,
                                       int runs, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    int low = 0, high = runs - 1;
    while (low < high) {
      int mid = low + (high - low) / 2;
      if (ends[mid] <= i)
        low = mid + 1;
      else
        high = mid;
    }
    out[i] = values[low];
  }
}
