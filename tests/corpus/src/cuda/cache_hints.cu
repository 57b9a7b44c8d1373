// build: nvcc-13.0 sm_90 sm_100a
// Cache and launch control: a gather whose table is kept in L2 and whose stream is not, started
// early by programmatic launch; and the sum of rows over all GPUs of a multicast group.
extern "C" __global__ void gather_with_policy(const float4* __restrict__ table,
                                              const int* __restrict__ places,
                                              float4* __restrict__ out, int n, int ahead) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned long long keep, stream;
  asm("createpolicy.fractional.L2::evict_last.b64 %0, 0.75;" : "=l"(keep));
  asm("createpolicy.fractional.L2::evict_first.b64 %0;" : "=l"(stream));
  asm volatile("griddepcontrol.wait;" ::: "memory");
  if (i + ahead < n)
    asm volatile("prefetch.global.L2 [%0];" ::"l"(places + i + ahead));
  if (i < n) {
    int place;
    float4 v;
    asm volatile("ld.global.L1::no_allocate.L2::cache_hint.s32 %0, [%1], %2;"
                 : "=r"(place) : "l"(places + i), "l"(stream));
    asm volatile("ld.global.nc.L1::evict_last.L2::cache_hint.v4.f32 {%0,%1,%2,%3}, [%4], %5;"
                 : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(table + place), "l"(keep));
    asm volatile("st.global.L1::no_allocate.v4.f32 [%0], {%1,%2,%3,%4};" ::"l"(out + i), "f"(v.x),
                 "f"(v.y), "f"(v.z), "f"(v.w) : "memory");
  }
  asm volatile("griddepcontrol.launch_dependents;");
}

extern "C" __global__ void sum_over_gpus(float4* group, int quads, int rank, int ranks) {
  int share = quads / ranks, first = rank * share;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < share; i += gridDim.x * blockDim.x) {
    float4 v;
    asm volatile("multimem.ld_reduce.relaxed.sys.global.add.v4.f32 {%0,%1,%2,%3}, [%4];"
                 : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(group + first + i) : "memory");
    asm volatile("multimem.st.relaxed.sys.global.v4.f32 [%0], {%1,%2,%3,%4};" ::"l"(
                     group + first + i), "f"(v.x), "f"(v.y), "f"(v.z), "f"(v.w) : "memory");
  }
}
