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

// The bits of T[j].
constexpr uint32_t kMantissas[8] = {0x3f8b3a3e, 0x3f97d424, 0x3fa59202, 0x3fb48e45,
                                    0x3fc4e5be, 0x3fd6b7da, 0x3fea26de, 0x3fff5829};

// The same less j << 20: adding (8n + j) << 20 then gives the bits of T[j] * 2^n.
constexpr uint32_t kTable[8] = {kMantissas[0],
                                kMantissas[1] - (1u << 20),
                                kMantissas[2] - (2u << 20),
                                kMantissas[3] - (3u << 20),
                                kMantissas[4] - (4u << 20),
                                kMantissas[5] - (5u << 20),
                                kMantissas[6] - (6u << 20),
                                kMantissas[7] - (7u << 20)};

// The table that makes exp_scaled return m * 2^(n - reference + kHeadroom).
inline Table exp_table(int32_t reference) {
  return make_table(kTable, static_cast<uint32_t>(kHeadroom - reference) << 23);
}

// The reduced argument: e^z = 2^k * (1 + p), k in eighths. The last three bits of `rounded` are j.
struct Reduced {
  I rounded;
  F k, p;
};
TPS_INLINE Reduced reduce(F logits) {
  const F z = in_register(logits);  // else it is loaded twice, often across two lines
  const F rounded = fma(z, set(kLog2e), set(kRound));
  const F k = sub(rounded, set(kRound));
  const F t = fnma(k, set(kLn2Lo), fnma(k, set(kLn2Hi), z));
  const F q = fma(t, fma(t, set(kC4), set(kC3)), set(kC2));
  return {bits(rounded), k, fma(mul(t, t), q, t)};
}
// T[j] * 2^n as its bits.
TPS_INLINE I leading(const Reduced& r, Table table) {
  return add(lookup(table, r.rounded), shl<20>(r.rounded));
}

TPS_INLINE F exp_scaled(F z, Table table) {
  const Reduced r = reduce(z);
  const F s = from_bits(leading(r, table));
  return fma(s, r.p, s);
}

// A table for exponentials m * 2^(n + offset) that are normal numbers, the offset within 125, and
// these from it.
inline Table near_table(int32_t offset) {
  return make_table(kHasScalef ? kMantissas : kTable, static_cast<uint32_t>(offset) << 23);
}
TPS_INLINE F near_exp(const Reduced& r, Table table) {
  const F s = from_bits(kHasScalef ? lookup(table, r.rounded) : leading(r, table));
  const F m = fma(s, r.p, s);
  return kHasScalef ? scale_pow2(m, r.k) : m;
}

// The exponentials m * 2^(n + offset) of elements that are believed to lie close together; the
// offset is within 125. Nothing is raised and nothing looked at before: held() says afterwards
// whether each result was a normal number of at least 1, and so equals, but for a power of two,
// what any reference exponent gives. Else the results are void.
class Window {
 public:
  explicit Window(int32_t offset)
      : table_(near_table(offset)), top_(set_int(kRoundBits + 8 * (128 - offset))) {}

  TPS_INLINE F exp(F z) {
    I seen;
    const F v = exp(z, &seen);
    seen_ = both(seen_, seen);
    return v;
  }
  TPS_INLINE void exp(const F (&z)[2], F (&v)[2]) {
    I seen[2];
    for (size_t u = 0; u < 2; ++u) v[u] = exp(z[u], &seen[u]);
    seen_ = all_three(seen_, seen[0], seen[1]);
  }
  bool held(double sum) const {
    return sum - sum == 0 && all_set(seen_, kHasScalef ? 0x40000000u : ~1023u);
  }

 private:
  // Scalef saturates: below 2 a result has bit 30 clear, beyond the largest float it is infinite.
  // Without it the eighths must be one of the 1,024 below the top.
  TPS_INLINE F exp(F z, I* seen) const {
    const Reduced r = reduce(z);
    const F v = near_exp(r, table_);
    *seen = kHasScalef ? bits(v) : sub(r.rounded, top_);
    return v;
  }

  static constexpr int32_t kRoundBits = 0x49c00000;  // of kRound
  Table table_;
  I top_;
  I seen_ = set_int(-1);
};

// Some at a time, for who has something to do once for two.
constexpr size_t kPair = kInFlight < 2 ? kInFlight : 2;
template <typename Exp, size_t kCount>
TPS_INLINE void exp_some(Exp& exp, const F (&z)[kCount], F (&v)[kCount]) {
  for (size_t u = 0; u < kCount; ++u) v[u] = exp.exp(z[u]);
}
TPS_INLINE void exp_some(Window& window, const F (&z)[2], F (&v)[2]) { window.exp(z, v); }

}  // namespace
