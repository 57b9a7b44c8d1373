// build: nvcc-13.0 sm_90
// build: nvrtc-12.9 sm_60
// The 16 largest scores of each row with their places: every thread keeps a sorted list in local
// memory, then lists are merged pairwise through shared memory.
struct Best {
  float score[16];
  int place[16];
};

__device__ void insert(Best& best, float score, int place) {
  if (score <= best.score[15]) return;
  int i = 15;
  while (i > 0 && best.score[i - 1] < score) {
    best.score[i] = best.score[i - 1];
    best.place[i] = best.place[i - 1];
    --i;
  }
  best.score[i] = score;
  best.place[i] = place;
}

extern "C" __global__ void top_k(const float* __restrict__ scores, float* __restrict__ top,
                                 int* __restrict__ places, int columns) {
  extern __shared__ Best lists[];
  Best mine;
  for (int i = 0; i < 16; ++i) mine.score[i] = -3.4e38f, mine.place[i] = -1;
  const float* row = scores + (long long)blockIdx.x * columns;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) insert(mine, row[i], i);
  lists[threadIdx.x] = mine;
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half)
      for (int i = 0; i < 16; ++i)
        insert(lists[threadIdx.x], lists[threadIdx.x + half].score[i],
               lists[threadIdx.x + half].place[i]);
  }
  __syncthreads();
  if (threadIdx.x < 16) {
    top[blockIdx.x * 16 + threadIdx.x] = lists[0].score[threadIdx.x];
    places[blockIdx.x * 16 + threadIdx.x] = lists[0].place[threadIdx.x];
  }
}
