// SPDX-License-Identifier: MIT
// From block sums to the factor of the second pass, in double-double: pairs high + low, low at most
// half of high's last place. Without FMA, so that every object that includes this gives the same
// bits.
#pragma once
#include "fold.h"
#include "kernels64.h"

namespace {

struct Pair {
  double high, low;
};
// |a| >= |b|, or a is 0.
constexpr Pair ordered_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}
constexpr Pair exact_sum(double a, double b) {
  const double s = a + b, b_part = s - a;
  return {s, (a - (s - b_part)) + (b - b_part)};
}
constexpr Pair exact_product(double a, double b) {
  constexpr double kSplit = 0x8000001p0;
  const double a_part = kSplit * a, a_high = a_part - (a_part - a), a_low = a - a_high;
  const double b_part = kSplit * b, b_high = b_part - (b_part - b), b_low = b - b_high;
  const double p = a * b;
  return {p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low};
}
constexpr Pair add_pairs(Pair a, Pair b) {
  const Pair s = exact_sum(a.high, b.high);
  return ordered_sum(s.high, s.low + (a.low + b.low));
}
constexpr Pair reciprocal(Pair a) {
  const double q = 1 / a.high;
  const Pair p = exact_product(q, a.high);
  return ordered_sum(q, q * (((1 - p.high) - p.low) - q * a.low));
}

// What the kernels sum, without their factor, rounded once.
inline double without_scale(Pair sum) {
  constexpr Pair kInverse = reciprocal({kScale64, 0});
  const Pair p = exact_product(sum.high, kInverse.high);
  return p.high + (p.low + (sum.high * kInverse.low + sum.low * kInverse.high));
}

// Sums that lie 2^-300 below the largest block cannot change a bit.
inline RowSum64 fold(const BlockSum64* blocks, size_t count) {
  int32_t exponent = blocks[0].exponent;
  double max = blocks[0].max;
  for (size_t i = 1; i < count; ++i) {
    exponent = blocks[i].exponent > exponent ? blocks[i].exponent : exponent;
    max = blocks[i].max > max ? blocks[i].max : max;
  }
  Pair sum = {0, 0};
  for (size_t i = 0; i < count; ++i) {
    const int32_t e = blocks[i].exponent - exponent;
    if (e >= -300)
      sum = add_pairs(sum, {blocks[i].sum * pow2(e), blocks[i].low * pow2(e)});
    else if (blocks[i].sum != blocks[i].sum)
      sum = {blocks[i].sum, 0};
  }
  if (sum.high != sum.high) return {sum.high, 0, max};
  const RowSum whole = normalized(without_scale(sum), exponent - kHeadroom64, 0);
  return {whole.mantissa, whole.exponent, max};
}

inline Normalizer64 normalizer(const RowSum64& sum) {
  const Pair r = reciprocal(exact_product(kScale64, sum.mantissa));
  return {r.high, r.low, sum.exponent};
}

}  // namespace
