// SPDX-License-Identifier: MIT
// The exponential of exp.h in float64. The table's factor kScale64 was searched for entries within
// 0.019 ULP; p has the coefficients of exp64.sollya, relative error of e^t 2.5e-20. t is exact but
// for its last subtraction: k * ln2_hi, k a multiple of 1/8, and z are multiples of 2^-57 and their
// difference is below 2^-4.
#pragma once
#include <stdint.h>

#include "kernels.h"

namespace {

constexpr double kLog2e64 = 0x1.71547652b82fep+0;
constexpr double kLn2Hi64 = 0x1.62e42fefa39efp-1;
constexpr double kLn2Lo64 = 0x1.abc9e3b39803fp-56;
constexpr double kRound64 = 0x1.8p+49;  // a double near it has steps of 1/8
constexpr double kP2 = 0x1p-1;
constexpr double kP3 = 0x1.555555555559dp-3;
constexpr double kP4 = 0x1.555555555559bp-5;
constexpr double kP5 = 0x1.1111110c66596p-7;
constexpr double kP6 = 0x1.6c16c16638c48p-10;
constexpr double kP7 = 0x1.a01edd6c95714p-13;
constexpr double kP8 = 0x1.a01eafabbe5bcp-16;

// The bits of T[j], less j << 49: adding (8n + j) << 49 then gives the bits of T[j] * 2^n.
constexpr uint64_t kTable64[8] = {0x3ff00001427feace,
                                  0x3ff172b99c2d8be1 - (uint64_t{1} << 49),
                                  0x3ff306ff89b68e5e - (uint64_t{2} << 49),
                                  0x3ff4bfdc77712184 - (uint64_t{3} << 49),
                                  0x3ff6a0a02e949695 - (uint64_t{4} << 49),
                                  0x3ff8ace733876d29 - (uint64_t{5} << 49),
                                  0x3ffae8a1b7bb80f3 - (uint64_t{6} << 49),
                                  0x3ffd581b2c7332ce - (uint64_t{7} << 49)};

// The table that makes exp_scaled return m * 2^(n - reference + kHeadroom64).
inline Table64 exp64_table(int32_t reference) {
  return make_table(kTable64, static_cast<uint64_t>(kHeadroom64 - reference) << 52);
}

// `offset`: added to the bits of the leading part.
inline D exp_scaled(D z, const Table64& table, L offset) {
  const D rounded = fma(z, set_d(kLog2e64), set_d(kRound64));
  const D k = sub(rounded, set_d(kRound64));
  const D t = fnma(k, set_d(kLn2Lo64), fnma(k, set_d(kLn2Hi64), z));
  const D t2 = mul(t, t);
  const D high = fma(t2, set_d(kP8), fma(t, set_d(kP7), set_d(kP6)));
  const D q =
      fma(t2, fma(t2, high, fma(t, set_d(kP5), set_d(kP4))), fma(t, set_d(kP3), set_d(kP2)));
  const D p = fma(t2, q, t);
  const L s = add(add(lookup(table, bits(rounded)), shl<49>(bits(rounded))), offset);
  return fma(from_bits(s), p, from_bits(s));
}
inline D exp_scaled(D z, const Table64& table) { return exp_scaled(z, table, bits(zero_d())); }

}  // namespace
