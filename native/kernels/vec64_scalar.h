// SPDX-License-Identifier: MIT
// Eight virtual lanes of double in plain C++: the definition of every operation on them. Every
// other vec64_*.h must give the same bits.
#pragma once
#include "vec_scalar.h"

namespace {

struct L {
  uint64_t lane[8];
};
struct Table64 {
  uint64_t entry[8];
};

#if !defined(__FP_FAST_FMA)
struct Sum {
  double high, low;  // exactly a + b, high rounded
};
inline Sum two_sum(double a, double b) {
  const double s = a + b, b_part = s - a;
  return {s, (a - (s - b_part)) + (b - b_part)};
}
inline Sum halves(double a) {  // of 26 bits each
  const double t = 0x8000001p0 * a, high = t - (t - a);
  return {high, a - high};
}
#endif

// a * b + c rounded once, where the product is far from overflow. The part of it that the sum loses
// is rounded to odd, so that the last rounding is the only one that counts (Boldo and Melquiond,
// 2008).
inline double fma1(double a, double b, double c) {
#if defined(__FP_FAST_FMA)
  return __builtin_fma(a, b, c);
#else
  const Sum x = halves(a), y = halves(b);
  const double product = a * b;
  const double rest =
      ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low;
  const Sum low = two_sum(c, rest), high = two_sum(product, low.high);
  const Sum lost = two_sum(high.low, low.low);
  uint64_t u = bit_cast<uint64_t>(lost.high);
  if (lost.low != 0 && (u & 1) == 0) u += (lost.low > 0) == (lost.high > 0) ? 1 : uint64_t(-1);
  return high.high + bit_cast<double>(u);
#endif
}

#define TPS_EACH(type, expression)                         \
  type each;                                               \
  for (int i = 0; i < 8; ++i) each.lane[i] = (expression); \
  return each

inline D load(const double* p) { TPS_EACH(D, p[i]); }
inline D load_n(const double* p, size_t n, double fill) {
  TPS_EACH(D, size_t(i) < n ? p[i] : fill);
}
inline D first_n(const D& v, size_t n) { TPS_EACH(D, size_t(i) < n ? v.lane[i] : 0.0); }
inline void store(double* p, const D& v) { memcpy(p, v.lane, sizeof(v)); }
inline void store_n(double* p, const D& v, size_t n) { memcpy(p, v.lane, n * sizeof(double)); }
inline void stream(double* p, const D& v) { store(p, v); }

inline D max(const D& a, const D& b) { TPS_EACH(D, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]); }
inline D mul(const D& a, const D& b) { TPS_EACH(D, a.lane[i] * b.lane[i]); }
inline D fma(const D& a, const D& b, const D& c) {
  TPS_EACH(D, fma1(a.lane[i], b.lane[i], c.lane[i]));
}
inline D fnma(const D& a, const D& b, const D& c) {
  TPS_EACH(D, fma1(-a.lane[i], b.lane[i], c.lane[i]));
}
inline D unless_less(const D& v, const D& limit, const D& r) {
  TPS_EACH(D, v.lane[i] < limit.lane[i] ? 0.0 : r.lane[i]);
}

inline L bits(const D& v) { TPS_EACH(L, bit_cast<uint64_t>(v.lane[i])); }
inline D from_bits(const L& v) { TPS_EACH(D, bit_cast<double>(v.lane[i])); }
inline L add(const L& a, const L& b) { TPS_EACH(L, a.lane[i] + b.lane[i]); }
template <int kCount>
inline L shl(const L& v) {
  TPS_EACH(L, v.lane[i] << kCount);
}
inline Table64 make_table(const uint64_t entries[8], uint64_t offset) {
  Table64 t;
  for (int i = 0; i < 8; ++i) t.entry[i] = entries[i] + offset;
  return t;
}
inline L lookup(const Table64& t, const L& index) { TPS_EACH(L, t.entry[index.lane[i] & 7]); }

inline double reduce_max(const D& v) {
  double m = v.lane[0];
  for (int i = 1; i < 8; ++i) m = v.lane[i] > m ? v.lane[i] : m;
  return m;
}
inline void transpose(D (&r)[8]) {
  for (int i = 0; i < 8; ++i)
    for (int k = 0; k < i; ++k) {
      const double t = r[i].lane[k];
      r[i].lane[k] = r[k].lane[i];
      r[k].lane[i] = t;
    }
}

#undef TPS_EACH

}  // namespace
