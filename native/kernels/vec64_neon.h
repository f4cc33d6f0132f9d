// SPDX-License-Identifier: MIT
// Eight virtual lanes of double as four quadword registers.
#pragma once
#include "vec_neon.h"

namespace {

struct L {
  uint64x2_t v[4];
};
struct Table64 {
  uint64_t entry[8];
};

#define TPS_EACH(type, expression)                      \
  type each;                                            \
  for (int k = 0; k < 4; ++k) each.v[k] = (expression); \
  return each

inline D load(const double* p) { TPS_EACH(D, vld1q_f64(p + 2 * k)); }
inline D load_n(const double* p, size_t n, double fill) {
  D r = set_d(fill);
  size_t k = 0;
  for (; n >= 2; n -= 2, p += 2) r.v[k++] = vld1q_f64(p);
  if (n > 0) r.v[k] = vld1q_lane_f64(p, r.v[k], 0);
  return r;
}
alignas(64) constexpr uint64_t kIndex64[8] = {0, 1, 2, 3, 4, 5, 6, 7};
inline D first_n(D v, size_t n) {
  const uint64x2_t count = vdupq_n_u64(n);
  TPS_EACH(D, vreinterpretq_f64_u64(vandq_u64(vreinterpretq_u64_f64(v.v[k]),
                                              vcltq_u64(vld1q_u64(kIndex64 + 2 * k), count))));
}
inline void store(double* p, D v) {
  for (int k = 0; k < 4; ++k) vst1q_f64(p + 2 * k, v.v[k]);
}
inline void store_n(double* p, D v, size_t n) {
  size_t k = 0;
  for (; n >= 2; n -= 2, p += 2) vst1q_f64(p, v.v[k++]);
  if (n > 0) vst1q_lane_f64(p, v.v[k], 0);
}
inline void stream(double* p, D v) { store(p, v); }

// Not vmaxq: that returns a NaN of either side.
inline float64x2_t max(float64x2_t a, float64x2_t b) { return vbslq_f64(vcgtq_f64(a, b), a, b); }
inline D max(D a, D b) { TPS_EACH(D, max(a.v[k], b.v[k])); }
inline D mul(D a, D b) { TPS_EACH(D, vmulq_f64(a.v[k], b.v[k])); }
inline D fma(D a, D b, D c) { TPS_EACH(D, vfmaq_f64(c.v[k], a.v[k], b.v[k])); }
inline D fnma(D a, D b, D c) { TPS_EACH(D, vfmsq_f64(c.v[k], a.v[k], b.v[k])); }
inline D unless_less(D v, D limit, D r) {
  TPS_EACH(D, vreinterpretq_f64_u64(
                  vbicq_u64(vreinterpretq_u64_f64(r.v[k]), vcltq_f64(v.v[k], limit.v[k]))));
}

inline L bits(D v) { TPS_EACH(L, vreinterpretq_u64_f64(v.v[k])); }
inline D from_bits(L v) { TPS_EACH(D, vreinterpretq_f64_u64(v.v[k])); }
inline L add(L a, L b) { TPS_EACH(L, vaddq_u64(a.v[k], b.v[k])); }
template <int kCount>
inline L shl(L v) {
  TPS_EACH(L, vshlq_n_u64(v.v[k], kCount));
}
inline Table64 make_table(const uint64_t entries[8], uint64_t offset) {
  Table64 t;
  for (int i = 0; i < 8; ++i) t.entry[i] = entries[i] + offset;
  return t;
}
inline L lookup(const Table64& t, L index) {
  const auto entry = [&](uint64_t i) { return vcreate_u64(t.entry[i & 7]); };
  TPS_EACH(
      L, vcombine_u64(entry(vgetq_lane_u64(index.v[k], 0)), entry(vgetq_lane_u64(index.v[k], 1))));
}

inline double reduce_max(D v) { return vmaxvq_f64(max(max(v.v[0], v.v[2]), max(v.v[1], v.v[3]))); }
inline void transpose(D (&r)[8]) {
  D t[8];
  for (int b = 0; b < 4; ++b)
    for (int c = 0; c < 4; ++c) {
      t[2 * c].v[b] = vtrn1q_f64(r[2 * b].v[c], r[2 * b + 1].v[c]);
      t[2 * c + 1].v[b] = vtrn2q_f64(r[2 * b].v[c], r[2 * b + 1].v[c]);
    }
  for (int i = 0; i < 8; ++i) r[i] = t[i];
}

#undef TPS_EACH

}  // namespace
