// SPDX-License-Identifier: MIT
// What the memory gives: read sweeps and STREAM's four kernels, with the vectors, the stores and
// the page interleaving of the passes they are to be compared with. For benchmarks only.
#pragma once
#include "passes.h"

namespace {

// Calls body(offset, slot) for every sixteen elements of [0, n), kSide pages side by side, and
// returns where the rest begins.
template <size_t kSide, typename Body>
inline size_t side_by_side(size_t n, const Body& body) {
  size_t i = 0;
  if constexpr (kSide == 1) {
    for (; i + 128 <= n; i += 128)
      for (size_t u = 0; u < 8; ++u) body(i + 16 * u, u % 4);
  } else {
    for (; i + kSide * kBlock <= n; i += kSide * kBlock)
      for (size_t k = i; k < i + kBlock; k += 16)
        for (size_t b = 0; b < kSide; ++b) body(k + b * kBlock, b % 4);
  }
  for (; i + 16 <= n; i += 16) body(i, size_t{0});
  return i;
}

// The maximum: one operation to a load, and an answer that can be checked.
template <size_t kSide>
float read_sweep(const float* x, const float*, float*, size_t n) {
  F m[4];
  for (F& k : m) k = set(-kInfinity);
  const size_t i =
      side_by_side<kSide>(n, [&](size_t at, size_t slot) { m[slot] = max(load(x + at), m[slot]); });
  if (i < n) m[0] = max(load_n(x + i, n - i, -kInfinity), m[0]);
  return reduce_max(max(max(m[0], m[1]), max(m[2], m[3])));
}

struct Copy {
  F operator()(F x, F) const { return x; }
};
struct Scale {
  F factor = set(kStreamFactor);
  F operator()(F x, F) const { return mul(x, factor); }
};
struct Add {
  F operator()(F x, F z) const { return add(x, z); }
};
struct Triad {
  F factor = set(kStreamFactor);
  F operator()(F x, F z) const { return fma(z, factor, x); }
};

// y = op(x, z).
template <typename Op, bool kPast, size_t kSide>
float combine(const float* x, const float* z, float* y, size_t n) {
  const Op op;
  const auto part = [&](size_t i, size_t count) {
    store_n(y + i, op(load_n(x + i, count, 0), load_n(z + i, count, 0)), count);
  };
  size_t lead = 0;
  if constexpr (kPast) {  // non-temporal stores want whole lines
    lead = (64 - reinterpret_cast<uintptr_t>(y) % 64) % 64 / sizeof(float);
    lead = lead < n ? lead : n;
    part(0, lead);
  }
  const size_t i = lead + side_by_side<kSide>(n - lead, [&](size_t at, size_t) {
                     const F r = op(load(x + lead + at), load(z + lead + at));
                     if constexpr (kPast)
                       stream(y + lead + at, r);
                     else
                       store(y + lead + at, r);
                   });
  if (i < n) part(i, n - i);
  if constexpr (kPast) stream_fence();
  return 0;
}

// In the order of tables/streams.h.
constexpr Streams kStreamKernels = {{
    read_sweep<1>,
    read_sweep<4>,
    read_sweep<8>,
    combine<Copy, false, 1>,
    combine<Copy, true, 1>,
    combine<Copy, true, 4>,
    combine<Copy, true, 8>,
    combine<Scale, false, 1>,
    combine<Scale, true, 1>,
    combine<Add, false, 1>,
    combine<Add, true, 1>,
    combine<Triad, false, 1>,
    combine<Triad, true, 1>,
}};

}  // namespace
