// SPDX-License-Identifier: MIT
// Sixteen virtual lanes in plain C++: the definition of every vector operation. Every other vec_*.h
// must give the same bits. Not meant to be fast.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels.h"

namespace {

constexpr bool kScalar = true;
constexpr bool kHasScalef = false;
constexpr bool kSumsFromMemory = false;
constexpr size_t kInFlight = 1;  // vectors that the registers hold side by side

struct F {
  float lane[16];
};
struct I {
  uint32_t lane[16];
};
struct D {
  double lane[8];
};
struct Table {
  uint32_t entry[8];
};

template <typename To, typename From>
inline To bit_cast(From from) {
  static_assert(sizeof(To) == sizeof(From), "same size");
  To to;
  memcpy(&to, &from, sizeof(to));
  return to;
}

// a * b + c rounded once. The product of two floats is exact in double; the sum is rounded to odd,
// so that the last rounding, to float, is the only one that counts (Boldo and Melquiond, 2008).
inline float fma1(float a, float b, float c) {
#if defined(__FP_FAST_FMAF)
  return __builtin_fmaf(a, b, c);
#else
  const double p = static_cast<double>(a) * b;
  const double s = p + c;
  const double c_part = s - p;
  const double error = (p - (s - c_part)) + (c - c_part);
  uint64_t u = bit_cast<uint64_t>(s);
  if (error != 0 && (u & 1) == 0 && s - s == 0) u += (error > 0) == (s > 0) ? 1 : uint64_t(-1);
  return static_cast<float>(bit_cast<double>(u));
#endif
}

#define TPS_EACH(type, expression)                          \
  type each;                                                \
  for (int i = 0; i < 16; ++i) each.lane[i] = (expression); \
  return each

inline F set(float v) { TPS_EACH(F, v); }
inline F in_register(F v) { return v; }
inline F load(const float* p) { TPS_EACH(F, p[i]); }
inline F load_n(const float* p, size_t n, float fill) { TPS_EACH(F, size_t(i) < n ? p[i] : fill); }
inline F first_n(const F& v, size_t n) { TPS_EACH(F, size_t(i) < n ? v.lane[i] : 0.0f); }
inline void store(float* p, const F& v) { memcpy(p, v.lane, sizeof(v)); }
inline void store_n(float* p, const F& v, size_t n) { memcpy(p, v.lane, n * sizeof(float)); }
inline void stream(float* p, const F& v) { store(p, v); }
inline void stream_fence() {}
TPS_INLINE void prefetch(const void*) {}

// a where a > b, else b: a NaN in a is dropped, a NaN in b stays.
inline F max(const F& a, const F& b) { TPS_EACH(F, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]); }
// v where v < limit, else -infinity; a NaN in v is dropped.
inline F below(const F& v, const F& limit) {
  TPS_EACH(F, v.lane[i] < limit.lane[i] ? v.lane[i] : -__builtin_huge_valf());
}
inline F add(const F& a, const F& b) { TPS_EACH(F, a.lane[i] + b.lane[i]); }
inline F sub(const F& a, const F& b) { TPS_EACH(F, a.lane[i] - b.lane[i]); }
inline F mul(const F& a, const F& b) { TPS_EACH(F, a.lane[i] * b.lane[i]); }
inline F fma(const F& a, const F& b, const F& c) {
  TPS_EACH(F, fma1(a.lane[i], b.lane[i], c.lane[i]));
}
inline F fnma(const F& a, const F& b, const F& c) {
  TPS_EACH(F, fma1(-a.lane[i], b.lane[i], c.lane[i]));
}
// r, but +0 where v < limit; a NaN in v keeps r.
inline F unless_less(const F& v, const F& limit, const F& r) {
  TPS_EACH(F, v.lane[i] < limit.lane[i] ? 0.0f : r.lane[i]);
}
inline F mul_unless_less(const F& v, const F& limit, const F& factor) {
  return mul(unless_less(v, limit, v), factor);
}
// Bit i: whether lane i is not <= the limit's; a NaN in v is not.
inline uint32_t not_at_most(const F& v, const F& limit) {
  uint32_t mask = 0;
  for (int i = 0; i < 16; ++i) mask |= static_cast<uint32_t>(!(v.lane[i] <= limit.lane[i])) << i;
  return mask;
}
// To the nearest integer, ties to even.
inline F round(const F& v) {
  TPS_EACH(F, v.lane[i] > -0x1p23f && v.lane[i] < 0x1p23f ? (v.lane[i] + 0x1.8p23f) - 0x1.8p23f
                                                          : v.lane[i]);
}
// v * 2^e for an integral e <= 0; zero from e = -127 on (XNNPACK's AVX2 reconstruction).
inline F scale_pow2(const F& v, const F& e) {
  TPS_EACH(F,
           v.lane[i] *
               bit_cast<float>(
                   bit_cast<uint32_t>((e.lane[i] > -127.0f ? e.lane[i] : -127.0f) + 0x1.8000FEp23f)
                   << 23));
}

inline I bits(const F& v) { TPS_EACH(I, bit_cast<uint32_t>(v.lane[i])); }
inline F from_bits(const I& v) { TPS_EACH(F, bit_cast<float>(v.lane[i])); }
inline I add(const I& a, const I& b) { TPS_EACH(I, a.lane[i] + b.lane[i]); }
template <int kCount>
inline I shl(const I& v) {
  TPS_EACH(I, v.lane[i] << kCount);
}

inline Table make_table(const uint32_t entries[8], uint32_t offset) {
  Table t;
  for (int i = 0; i < 8; ++i) t.entry[i] = entries[i] + offset;
  return t;
}
inline I lookup(const Table& t, const I& index) { TPS_EACH(I, t.entry[index.lane[i] & 7]); }

inline float reduce_max(const F& v) {
  float m = v.lane[0];
  for (int i = 1; i < 16; ++i) m = v.lane[i] > m ? v.lane[i] : m;
  return m;
}
inline float reduce_add(F v) {
  for (int w = 8; w > 0; w /= 2)
    for (int i = 0; i < w; ++i) v.lane[i] += v.lane[i + w];
  return v.lane[0];
}

inline D zero_d() { return D{}; }
inline D add(D a, const D& b) {
  for (int i = 0; i < 8; ++i) a.lane[i] += b.lane[i];
  return a;
}
inline double reduce_add(const D& v) {
  const double* d = v.lane;
  return ((d[0] + d[4]) + (d[2] + d[6])) + ((d[1] + d[5]) + (d[3] + d[7]));
}

// The operations of rows held lane by lane (lanes.h).
inline bool all_within(const F& v, float low, float high) {
  bool within = true;
  for (float lane : v.lane) within &= lane >= low && lane <= high;
  return within;
}
inline I to_int(const F& v) { TPS_EACH(I, static_cast<uint32_t>(static_cast<int32_t>(v.lane[i]))); }
inline F to_float(const I& v) { TPS_EACH(F, static_cast<float>(static_cast<int32_t>(v.lane[i]))); }
inline I set_int(int32_t v) { TPS_EACH(I, static_cast<uint32_t>(v)); }
inline I sub(const I& a, const I& b) { TPS_EACH(I, a.lane[i] - b.lane[i]); }
inline I both(const I& a, const I& b) { TPS_EACH(I, a.lane[i] & b.lane[i]); }
inline I all_three(const I& a, const I& b, const I& c) { return both(both(a, b), c); }
// Whether every lane has all the bits of the mask.
inline bool all_set(const I& v, uint32_t mask) {
  bool all = true;
  for (uint32_t lane : v.lane) all &= (lane & mask) == mask;
  return all;
}

// Sixteen doubles: lanes 0..7, 8..15.
struct Wide {
  D low, high;
};
inline Wide widen(const F& v) {
  Wide r;
  for (int i = 0; i < 8; ++i) {
    r.low.lane[i] = v.lane[i];
    r.high.lane[i] = v.lane[i + 8];
  }
  return r;
}
inline Wide widen(const float* p) { return widen(load(p)); }
inline Wide add(const Wide& a, const Wide& b) { return {add(a.low, b.low), add(a.high, b.high)}; }
inline F narrow(const Wide& v) {
  F r;
  for (int i = 0; i < 8; ++i) {
    r.lane[i] = static_cast<float>(v.low.lane[i]);
    r.lane[i + 8] = static_cast<float>(v.high.lane[i]);
  }
  return r;
}
inline D load_d(const double* p) {
  D r;
  for (int i = 0; i < 8; ++i) r.lane[i] = p[i];
  return r;
}
inline D mul(D a, double b) {
  for (double& lane : a.lane) lane *= b;
  return a;
}
inline D inverse(D a) {
  for (double& lane : a.lane) lane = 1 / lane;
  return a;
}
// A positive normal double is mantissa * 2^e, mantissa in [1, 2): the mantissa, and 2^-e.
inline D mantissa(D a) {
  for (double& lane : a.lane)
    lane = bit_cast<double>((bit_cast<uint64_t>(lane) & 0xfffffffffffff) | 0x3ff0000000000000);
  return a;
}
inline D inverse_power(D a) {
  for (double& lane : a.lane)
    lane = bit_cast<double>(0x7fe0000000000000 - (bit_cast<uint64_t>(lane) & 0x7ff0000000000000));
  return a;
}
inline void transpose(F (&r)[16]) {
  for (int i = 0; i < 16; ++i)
    for (int k = 0; k < i; ++k) {
      const float t = r[i].lane[k];
      r[i].lane[k] = r[k].lane[i];
      r[k].lane[i] = t;
    }
}

// The operations of the family (family.h).
inline D set_d(double v) {
  D r;
  for (double& lane : r.lane) lane = v;
  return r;
}
inline D sub(D a, const D& b) {
  for (int i = 0; i < 8; ++i) a.lane[i] -= b.lane[i];
  return a;
}
// yes where v < limit, else no.
inline D if_less(D v, double limit, const D& yes, const D& no) {
  for (int i = 0; i < 8; ++i) v.lane[i] = v.lane[i] < limit ? yes.lane[i] : no.lane[i];
  return v;
}

// The operations of halves (convert.h).
inline F number_or(const F& v, const F& other) {
  TPS_EACH(F, v.lane[i] == v.lane[i] ? v.lane[i] : other.lane[i]);
}
template <int kCount>
inline I shr(const I& v) {
  TPS_EACH(I, v.lane[i] >> kCount);
}
inline I load_16(const uint16_t* p) { TPS_EACH(I, p[i]); }
inline void store_16(uint16_t* p, const I& v) {
  for (int i = 0; i < 16; ++i) p[i] = static_cast<uint16_t>(v.lane[i]);
}
inline float from_float16(uint32_t half) {
  const uint32_t sign = (half & 0x8000) << 16, magnitude = half & 0x7fff;
  const float exact = static_cast<float>(magnitude) * 0x1p-24f;  // of a subnormal
  const uint32_t u = magnitude < 0x400    ? bit_cast<uint32_t>(exact)
                     : magnitude < 0x7c00 ? (magnitude << 13) + (112u << 23)
                     : magnitude > 0x7c00 ? 0x7fc00000 | magnitude << 13
                                          : 0x7f800000;
  return bit_cast<float>(sign | u);
}
inline uint32_t to_float16(float v) {
  const uint32_t u = bit_cast<uint32_t>(v), magnitude = u & 0x7fffffff, sign = u >> 16 & 0x8000;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | (magnitude >> 13 & 0x1ff);
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000)  // a float in [0.5, 1) has the steps of a subnormal
    return sign | (bit_cast<uint32_t>(bit_cast<float>(magnitude) + 0.5f) - 0x3f000000);
  return sign | ((magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13);
}
inline F load_float16(const uint16_t* p) { TPS_EACH(F, from_float16(p[i])); }
inline void store_float16(uint16_t* p, const F& v) {
  for (int i = 0; i < 16; ++i) p[i] = static_cast<uint16_t>(to_float16(v.lane[i]));
}

#undef TPS_EACH

}  // namespace
