// SPDX-License-Identifier: MIT
// From block sums to the factor of the second pass. Plain double arithmetic without FMA, so that
// every object that includes this gives the same bits.
#pragma once
#include <string.h>

#include "kernels.h"

namespace {

// 2^e for e in -1022..1023.
inline double pow2(int32_t e) {
  const uint64_t u = static_cast<uint64_t>(1023 + e) << 52;
  double d;
  memcpy(&d, &u, sizeof(d));
  return d;
}
inline float pow2f(int32_t e) { return static_cast<float>(pow2(e)); }

// A block's maximum as the range that its exponentials are relative to can hold it.
inline float within_range(float block_max) {
  return block_max < -kSafe ? -kSafe : block_max > kSafe ? kSafe : block_max;
}

// Of a positive normal number.
inline int32_t exponent_of(double value) {
  uint64_t u;
  memcpy(&u, &value, sizeof(u));
  return static_cast<int32_t>(u >> 52) - 1023;
}

// value * 2^exponent as a mantissa in [1, 2) and an exponent; value is positive and normal.
inline RowSum normalized(double value, int32_t exponent, float max) {
  const int32_t shift = exponent_of(value);
  return {value * pow2(-shift), exponent + shift, max};
}

// Adds the blocks in index order, relative to the largest exponent so far: powers of two round
// nothing. What lies 2^-400 below the largest cannot change a bit.
inline RowSum fold(const BlockSum* blocks, size_t count) {
  const auto shrunk = [](double sum, int32_t by) { return sum * (by <= 400 ? pow2(-by) : 0); };
  int32_t exponent = blocks[0].exponent, lowest = blocks[0].lowest;
  float max = blocks[0].max;
  double sum = blocks[0].sum;
  for (size_t i = 1; i < count; ++i) {
    const BlockSum& block = blocks[i];
    max = block.max > max ? block.max : max;
    lowest = block.lowest < lowest ? block.lowest : lowest;
    const int32_t up = block.exponent - exponent;
    if (up > 0) {
      sum = shrunk(sum, up);
      exponent = block.exponent;
    }
    sum += up < 0 ? shrunk(block.sum, -up) : block.sum;
  }
  if (sum != sum) return {sum, 0, max};
  RowSum row = normalized(sum * (1 / kScale), exponent - kHeadroom, max);
  row.lowest = lowest;
  return row;
}

inline float next_float(float f, int32_t steps) {
  uint32_t u;
  memcpy(&u, &f, sizeof(u));
  u += static_cast<uint32_t>(steps);
  memcpy(&f, &u, sizeof(f));
  return f;
}

inline float reciprocal(double mantissa) { return static_cast<float>(1 / (kScale * mantissa)); }

inline Normalizer normalizer(const RowSum& sum) {
  const float r = reciprocal(sum.mantissa);
  // y is normal when fl(v * r) >= bound. Products of floats rise with v, so the least such v is the
  // quotient or one of its neighbours.
  const float bound = pow2f(kHeadroom - 126);
  const float quotient = bound / r;
  const float below = next_float(quotient, -1);
  const float least = below * r >= bound      ? below
                      : quotient * r >= bound ? quotient
                                              : next_float(quotient, 1);
  const bool all_stay =
      sum.lowest - sum.exponent >= -124 && sum.exponent > -100 && sum.exponent < 100;
  return {r, least, sum.exponent, all_stay};
}

}  // namespace
