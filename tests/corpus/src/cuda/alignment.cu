// build: nvcc-13.0 sm_75 sm_90
// Global sequence alignment scores in 32x32 tiles along an anti-diagonal of tiles; and the length
// of the common prefix of each suffix pair.
extern "C" __global__ void needleman_wunsch(const signed char* __restrict__ first,
                                            const signed char* __restrict__ second,
                                            const int* __restrict__ substitution,
                                            int* __restrict__ scores, int pitch, int penalty,
                                            int diagonal, int low) {
  __shared__ int tile[33][33];
  int t = threadIdx.x, tile_x = low + blockIdx.x, tile_y = diagonal - tile_x;
  int x = tile_x * 32, y = tile_y * 32;
  int letter = first[x + t];
  tile[0][t + 1] = scores[y * pitch + x + t + 1];
  tile[t + 1][0] = scores[(y + t + 1) * pitch + x];
  if (t == 0) tile[0][0] = scores[y * pitch + x];
  __syncwarp();
  for (int step = 0; step < 63; ++step) {
    int row = step - t;
    if (row >= 0 && row < 32) {
      int match = tile[row][t] + substitution[second[y + row] * 24 + letter];
      int gap = max(tile[row][t + 1], tile[row + 1][t]) - penalty;
      tile[row + 1][t + 1] = max(match, gap);
    }
    __syncwarp();
  }
  for (int row = 0; row < 32; ++row)
    scores[(y + row + 1) * pitch + x + t + 1] = tile[row + 1][t + 1];
}

extern "C" __global__ void common_prefix(const unsigned char* __restrict__ text,
                                         const int* __restrict__ suffixes,
                                         int* __restrict__ lengths, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x + 1;
  if (i >= n) return;
  int a = suffixes[i - 1], b = suffixes[i], length = 0;
  while (a + length < n && b + length < n && text[a + length] == text[b + length]) ++length;
  lengths[i] = length;
}
