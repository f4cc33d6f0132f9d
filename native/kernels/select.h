// SPDX-License-Identifier: MIT
// Finding large elements without sorting: one read and one comparison per element.
#pragma once
#include "passes.h"
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace {

inline uint32_t lowest_bit(uint64_t mask) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long index;
  _BitScanForward64(&index, mask);
  return index;
#else
  return static_cast<uint32_t>(__builtin_ctzll(mask));
#endif
}

// Writes the indices of the elements of x that are not at most `threshold` (a NaN is not), rising.
size_t above(const float* x, size_t n, float threshold, uint32_t* indices, const float* next) {
  const F limit = set(threshold);
  size_t count = 0;
  const auto take = [&](uint64_t mask, size_t at) {
    for (; mask != 0; mask &= mask - 1)
      indices[count++] = static_cast<uint32_t>(at) + lowest_bit(mask);
  };
  const auto some = [&](size_t at, size_t length) {
    take(not_at_most(load_n(x + at, length, -kInfinity), limit), at);
  };
  size_t i = to_line(x, n);
  if (i > 0) some(0, i);
  for (; i + 64 <= n; i += 64) {
    uint32_t masks[4];
    for (size_t k = 0; k < 4; ++k) {
      const float* at = x + i + 16 * k;
      masks[k] = not_at_most(load(at), limit);
      prefetch(next + i + 16 * k);
    }
    if ((masks[0] | masks[1] | masks[2] | masks[3]) == 0) continue;
    uint64_t mask = 0;
    for (size_t k = 0; k < 4; ++k) mask |= static_cast<uint64_t>(masks[k]) << 16 * k;
    take(mask, i);
  }
  for (; i < n; i += 16) some(i, n - i < 16 ? n - i : 16);
  return count;
}

}  // namespace
