// SPDX-License-Identifier: MIT
// The exponential as a (mantissa, exponent) pair: kScale * e^z = m * 2^n, with z = (8n + j) ln2/8 +
// t, j in 0..7, |t| <= ln2/16, and m = T[j] * e^t (Dukhan and Ablavatski 2020, section 4, extends a
// float this way; the table of eight is ours).
//
// T[j] are floats that lie within 0.032 ULP of kScale * 2^(j/8): kScale was searched for that, and
// cancels in every quotient. So one rounding remains, that of T + T * p. p = e^t - 1 has the
// coefficients of exp.sollya, relative error 3.4e-10. t is exact but for the last subtraction: k *
// ln2_hi and z are multiples of 2^-28 and their difference is below 2^-4.
//
// Claimed and tested over all floats with |z| <= kSafe: kExpUlp, and never decreasing.
#pragma once
#include <stdint.h>

#include "kernels.h"

namespace {

constexpr float kLog2e = 0x1.715476p+0f;
constexpr float kLn2Hi = 0x1.62e43p-1f;
constexpr float kLn2Lo = -0x1.05c61p-29f;
constexpr float kRound = 0x1.8p+20f;  // a float near it has steps of 1/8
constexpr float kC2 = 0x1p-1f;
constexpr float kC3 = 0x1.555b88p-3f;
constexpr float kC4 = 0x1.55588ap-5f;

// The bits of T[j], less j << 20: adding (8n + j) << 20 then gives the bits of T[j] * 2^n.
constexpr uint32_t kTable[8] = {0x3f8b3a3e,
                                0x3f97d424 - (1u << 20),
                                0x3fa59202 - (2u << 20),
                                0x3fb48e45 - (3u << 20),
                                0x3fc4e5be - (4u << 20),
                                0x3fd6b7da - (5u << 20),
                                0x3fea26de - (6u << 20),
                                0x3fff5829 - (7u << 20)};

// The table that makes exp_scaled return m * 2^(n - reference + kHeadroom).
inline Table exp_table(int32_t reference) {
  return make_table(kTable, static_cast<uint32_t>(kHeadroom - reference) << 23);
}

// The reduced argument: m * 2^n = s + s * p, s = T[j] * 2^n as its bits.
struct Reduced {
  I s;
  F p;
};
TPS_INLINE Reduced reduce(F z, Table table) {
  const F rounded = fma(z, set(kLog2e), set(kRound));
  const F k = sub(rounded, set(kRound));
  const F t = fnma(k, set(kLn2Lo), fnma(k, set(kLn2Hi), z));
  const F q = fma(t, fma(t, set(kC4), set(kC3)), set(kC2));
  const F p = fma(mul(t, t), q, t);
  return {add(lookup(table, bits(rounded)), shl<20>(bits(rounded))), p};
}

TPS_INLINE F exp_scaled(F z, Table table) {
  const Reduced r = reduce(z, table);
  return fma(from_bits(r.s), r.p, from_bits(r.s));
}

}  // namespace
