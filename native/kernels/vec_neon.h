// SPDX-License-Identifier: MIT
// The sixteen virtual lanes as four quadword registers. Every arm64 processor has them, FMA
// included. There are no masked accesses: tails are loaded and stored piecewise, by calls.
#pragma once
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

#include "kernels.h"

namespace {

constexpr bool kScalar = false;
constexpr bool kHasScalef = false;
constexpr bool kSumsFromMemory = false;
constexpr size_t kInFlight = 2;  // vectors that the registers hold side by side

struct F {
  float32x4_t v[4];
};
struct I {
  uint32x4_t v[4];
};
struct D {
  float64x2_t v[4];
};
struct Table {
  uint8x16x2_t bytes;
};

#define TPS_EACH(type, expression)                      \
  type each;                                            \
  for (int k = 0; k < 4; ++k) each.v[k] = (expression); \
  return each

inline F set(float v) { TPS_EACH(F, vdupq_n_f32(v)); }
inline F load(const float* p) { TPS_EACH(F, vld1q_f32(p + 4 * k)); }
// The first n < 4 lanes from memory, the others from `rest`.
inline float32x4_t load_part(const float* p, size_t n, float32x4_t rest) {
  if (n == 3) rest = vld1q_lane_f32(p + 2, rest, 2);
  if (n >= 2) return vcombine_f32(vld1_f32(p), vget_high_f32(rest));
  return n == 1 ? vld1q_lane_f32(p, rest, 0) : rest;
}
inline void store_part(float* p, float32x4_t v, size_t n) {
  if (n == 3) vst1q_lane_f32(p + 2, v, 2);
  if (n >= 2) return vst1_f32(p, vget_low_f32(v));
  if (n == 1) vst1q_lane_f32(p, v, 0);
}
TPS_OUT_OF_LINE F load_n(const float* p, size_t n, float fill) {
  F r = set(fill);
  size_t k = 0;
  for (; n >= 4; n -= 4, p += 4) r.v[k++] = vld1q_f32(p);
  if (n > 0) r.v[k] = load_part(p, n, r.v[k]);
  return r;
}
alignas(64) constexpr uint32_t kIndex[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
TPS_OUT_OF_LINE F first_n(F v, size_t n) {
  const uint32x4_t count = vdupq_n_u32(static_cast<uint32_t>(n));
  TPS_EACH(F, vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v.v[k]),
                                              vcltq_u32(vld1q_u32(kIndex + 4 * k), count))));
}
inline F in_register(F v) { return v; }
inline void store(float* p, F v) {
  for (int k = 0; k < 4; ++k) vst1q_f32(p + 4 * k, v.v[k]);
}
TPS_OUT_OF_LINE void store_n(float* p, F v, size_t n) {
  for (size_t k = 0; k < 4; ++k) {
    if (n < 4 * k + 4) return store_part(p + 4 * k, v.v[k], n - 4 * k);
    vst1q_f32(p + 4 * k, v.v[k]);
  }
}
inline void stream(float* p, F v) { store(p, v); }
inline void stream_fence() {}
TPS_INLINE void prefetch(const void* p) {
#if defined(_MSC_VER) && !defined(__clang__)
  __prefetch(p);
#else
  __builtin_prefetch(p);
#endif
}

// Not vmaxq: that returns a NaN of either side.
inline float32x4_t max(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
inline F max(F a, F b) { TPS_EACH(F, max(a.v[k], b.v[k])); }
inline F below(F v, F limit) {
  const float32x4_t none = vdupq_n_f32(-__builtin_huge_valf());
  TPS_EACH(F, vbslq_f32(vcltq_f32(v.v[k], limit.v[k]), v.v[k], none));
}
inline F add(F a, F b) { TPS_EACH(F, vaddq_f32(a.v[k], b.v[k])); }
inline F sub(F a, F b) { TPS_EACH(F, vsubq_f32(a.v[k], b.v[k])); }
inline F mul(F a, F b) { TPS_EACH(F, vmulq_f32(a.v[k], b.v[k])); }
inline F fma(F a, F b, F c) { TPS_EACH(F, vfmaq_f32(c.v[k], a.v[k], b.v[k])); }
inline F fnma(F a, F b, F c) { TPS_EACH(F, vfmsq_f32(c.v[k], a.v[k], b.v[k])); }
inline F unless_less(F v, F limit, F r) {
  TPS_EACH(F, vreinterpretq_f32_u32(
                  vbicq_u32(vreinterpretq_u32_f32(r.v[k]), vcltq_f32(v.v[k], limit.v[k]))));
}
inline F mul_unless_less(F v, F limit, F factor) { return mul(unless_less(v, limit, v), factor); }
inline uint32_t not_at_most(F v, F limit) {
  constexpr uint32_t kBits[4] = {1, 2, 4, 8};
  const uint32x4_t bit = vld1q_u32(kBits);
  uint32_t mask = 0;
  for (int k = 0; k < 4; ++k)
    mask |= vaddvq_u32(vbicq_u32(bit, vcleq_f32(v.v[k], limit.v[k]))) << 4 * k;
  return mask;
}
inline F round(F v) { TPS_EACH(F, vrndnq_f32(v.v[k])); }

inline I bits(F v) { TPS_EACH(I, vreinterpretq_u32_f32(v.v[k])); }
inline F from_bits(I v) { TPS_EACH(F, vreinterpretq_f32_u32(v.v[k])); }
inline I add(I a, I b) { TPS_EACH(I, vaddq_u32(a.v[k], b.v[k])); }
inline I sub(I a, I b) { TPS_EACH(I, vsubq_u32(a.v[k], b.v[k])); }
template <int kCount>
inline I shl(I v) {
  TPS_EACH(I, vshlq_n_u32(v.v[k], kCount));
}
inline F scale_pow2(F v, F e) {
  return mul(v, from_bits(shl<23>(bits(add(max(e, set(-127.0f)), set(0x1.8000FEp23f))))));
}

inline Table make_table(const uint32_t entries[8], uint32_t offset) {
  const uint32x4_t o = vdupq_n_u32(offset);
  return {{{vreinterpretq_u8_u32(vaddq_u32(vld1q_u32(entries), o)),
            vreinterpretq_u8_u32(vaddq_u32(vld1q_u32(entries + 4), o))}}};
}
// Entry i is the bytes 4i .. 4i + 3.
inline I lookup(Table t, I index) {
  const uint32x4_t seven = vdupq_n_u32(7), four = vdupq_n_u32(0x04040404);
  const uint32x4_t bytes = vdupq_n_u32(0x03020100);
  TPS_EACH(
      I, vreinterpretq_u32_u8(vqtbl2q_u8(
             t.bytes, vreinterpretq_u8_u32(vmlaq_u32(bytes, vandq_u32(index.v[k], seven), four)))));
}

inline float reduce_max(F v) { return vmaxvq_f32(max(max(v.v[0], v.v[2]), max(v.v[1], v.v[3]))); }
inline float reduce_add(F v) {
  const float32x4_t four = vaddq_f32(vaddq_f32(v.v[0], v.v[2]), vaddq_f32(v.v[1], v.v[3]));
  return vaddv_f32(vadd_f32(vget_low_f32(four), vget_high_f32(four)));
}

inline D zero_d() { TPS_EACH(D, vdupq_n_f64(0.0)); }
inline D add(D a, D b) { TPS_EACH(D, vaddq_f64(a.v[k], b.v[k])); }
inline D widen(float32x4_t a, float32x4_t b) {
  return {{vcvt_f64_f32(vget_low_f32(a)), vcvt_high_f64_f32(a), vcvt_f64_f32(vget_low_f32(b)),
           vcvt_high_f64_f32(b)}};
}
inline double reduce_add(D v) {
  return vaddvq_f64(vaddq_f64(vaddq_f64(v.v[0], v.v[2]), vaddq_f64(v.v[1], v.v[3])));
}

// The operations of rows held lane by lane (lanes.h).
inline bool all_within(F v, float low, float high) {
  const float32x4_t l = vdupq_n_f32(low), h = vdupq_n_f32(high);
  uint32x4_t within = vdupq_n_u32(~0u);
  for (const float32x4_t q : v.v)
    within = vandq_u32(within, vandq_u32(vcgeq_f32(q, l), vcleq_f32(q, h)));
  return vminvq_u32(within) != 0;
}
inline I to_int(F v) { TPS_EACH(I, vreinterpretq_u32_s32(vcvtq_s32_f32(v.v[k]))); }
inline F to_float(I v) { TPS_EACH(F, vcvtq_f32_s32(vreinterpretq_s32_u32(v.v[k]))); }
inline I set_int(int32_t v) { TPS_EACH(I, vdupq_n_u32(static_cast<uint32_t>(v))); }
inline I both(I a, I b) { TPS_EACH(I, vandq_u32(a.v[k], b.v[k])); }
inline I all_three(I a, I b, I c) { return both(both(a, b), c); }
inline bool all_set(I v, uint32_t mask) {
  const uint32x4_t seen = vandq_u32(vandq_u32(v.v[0], v.v[1]), vandq_u32(v.v[2], v.v[3]));
  return vminvq_u32(vceqq_u32(vandq_u32(seen, vdupq_n_u32(mask)), vdupq_n_u32(mask))) != 0;
}

struct Wide {
  D low, high;
};
inline Wide widen(F v) { return {widen(v.v[0], v.v[1]), widen(v.v[2], v.v[3])}; }
inline Wide widen(const float* p) { return widen(load(p)); }
inline float32x4_t narrow(float64x2_t a, float64x2_t b) {
  return vcvt_high_f32_f64(vcvt_f32_f64(a), b);
}
inline Wide add(Wide a, Wide b) { return {add(a.low, b.low), add(a.high, b.high)}; }
inline F narrow(Wide v) {
  return {{narrow(v.low.v[0], v.low.v[1]), narrow(v.low.v[2], v.low.v[3]),
           narrow(v.high.v[0], v.high.v[1]), narrow(v.high.v[2], v.high.v[3])}};
}
inline D load_d(const double* p) { TPS_EACH(D, vld1q_f64(p + 2 * k)); }
inline D mul(D a, double b) { TPS_EACH(D, vmulq_f64(a.v[k], vdupq_n_f64(b))); }
inline D inverse(D a) { TPS_EACH(D, vdivq_f64(vdupq_n_f64(1.0), a.v[k])); }
inline D mantissa(D a) {
  const uint64x2_t fraction = vdupq_n_u64(0xfffffffffffff);
  const uint64x2_t one = vdupq_n_u64(0x3ff0000000000000);
  TPS_EACH(
      D, vreinterpretq_f64_u64(vorrq_u64(vandq_u64(vreinterpretq_u64_f64(a.v[k]), fraction), one)));
}
inline D inverse_power(D a) {
  const uint64x2_t exponent = vdupq_n_u64(0x7ff0000000000000);
  const uint64x2_t bias = vdupq_n_u64(0x7fe0000000000000);
  TPS_EACH(D, vreinterpretq_f64_u64(
                  vsubq_u64(bias, vandq_u64(vreinterpretq_u64_f64(a.v[k]), exponent))));
}

inline float64x2_t pairs(float32x4_t a, float32x4_t b, bool odd) {
  return vreinterpretq_f64_f32(odd ? vtrn2q_f32(a, b) : vtrn1q_f32(a, b));
}
// Sixteen blocks of four by four: columns 4c.. of rows 4b.. become rows 4c.. of columns 4b..
inline void transpose(F (&r)[16]) {
  F t[16];
  for (int b = 0; b < 4; ++b)
    for (int c = 0; c < 4; ++c)
      for (int odd = 0; odd < 2; ++odd) {
        const F* row = r + 4 * b;
        const float64x2_t low = pairs(row[0].v[c], row[1].v[c], odd != 0);
        const float64x2_t high = pairs(row[2].v[c], row[3].v[c], odd != 0);
        t[4 * c + odd].v[b] = vreinterpretq_f32_f64(vzip1q_f64(low, high));
        t[4 * c + 2 + odd].v[b] = vreinterpretq_f32_f64(vzip2q_f64(low, high));
      }
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

// The operations of the family (family.h).
inline D set_d(double v) { TPS_EACH(D, vdupq_n_f64(v)); }
inline D sub(D a, D b) { TPS_EACH(D, vsubq_f64(a.v[k], b.v[k])); }
inline D if_less(D v, double limit, D yes, D no) {
  const float64x2_t l = vdupq_n_f64(limit);
  TPS_EACH(D, vbslq_f64(vcltq_f64(v.v[k], l), yes.v[k], no.v[k]));
}

// The operations of halves (convert.h).
inline F number_or(F v, F other) {
  TPS_EACH(F, vbslq_f32(vceqq_f32(v.v[k], v.v[k]), v.v[k], other.v[k]));
}
template <int kCount>
inline I shr(I v) {
  TPS_EACH(I, vshrq_n_u32(v.v[k], kCount));
}
inline I load_16(const uint16_t* p) { TPS_EACH(I, vmovl_u16(vld1_u16(p + 4 * k))); }
inline void store_16(uint16_t* p, I v) {
  for (int k = 0; k < 4; ++k) vst1_u16(p + 4 * k, vmovn_u32(v.v[k]));
}
inline F load_float16(const uint16_t* p) {
  TPS_EACH(F, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p + 4 * k))));
}
inline void store_float16(uint16_t* p, F v) {
  for (int k = 0; k < 4; ++k) vst1_u16(p + 4 * k, vreinterpret_u16_f16(vcvt_f16_f32(v.v[k])));
}

#undef TPS_EACH

}  // namespace
