// SPDX-License-Identifier: MIT
// The sixteen virtual lanes as one zmm register. Needs AVX-512 F, BW, DQ and VL.
#pragma once
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

namespace {

constexpr bool kScalar = false;
constexpr bool kHasScalef = true;
constexpr size_t kInFlight = 4;  // vectors that the registers hold side by side

struct F {
  __m512 v;
};
struct I {
  __m512i v;
};
struct D {
  __m512d v;
};
struct Table {
  __m512i v;
};

inline __mmask16 lanes(size_t n) { return static_cast<__mmask16>((1u << n) - 1); }

inline F set(float v) { return {_mm512_set1_ps(v)}; }
inline F load(const float* p) { return {_mm512_loadu_ps(p)}; }
TPS_INLINE F in_register(F v) {
  TPS_IN_REGISTER(v.v);
  return v;
}
inline F load_n(const float* p, size_t n, float fill) {
  return {_mm512_mask_loadu_ps(_mm512_set1_ps(fill), lanes(n), p)};
}
inline F first_n(F v, size_t n) { return {_mm512_maskz_mov_ps(lanes(n), v.v)}; }
inline void store(float* p, F v) { _mm512_storeu_ps(p, v.v); }
inline void store_n(float* p, F v, size_t n) { _mm512_mask_storeu_ps(p, lanes(n), v.v); }
inline void stream(float* p, F v) { _mm512_stream_ps(p, v.v); }
inline void stream_fence() { _mm_sfence(); }
TPS_INLINE void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }

inline F max(F a, F b) { return {_mm512_max_ps(a.v, b.v)}; }
inline F below(F v, F limit) {
  const __m512 none = _mm512_set1_ps(-__builtin_huge_valf());
  return {_mm512_mask_mov_ps(none, _mm512_cmp_ps_mask(v.v, limit.v, _CMP_LT_OQ), v.v)};
}
inline F add(F a, F b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F sub(F a, F b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F mul(F a, F b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F fma(F a, F b, F c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline F fnma(F a, F b, F c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
inline F unless_less(F v, F limit, F r) {
  return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v.v, limit.v, _CMP_NLT_UQ), r.v)};
}
inline F mul_unless_less(F v, F limit, F factor) {
  return {_mm512_maskz_mul_ps(_mm512_cmp_ps_mask(v.v, limit.v, _CMP_NLT_UQ), v.v, factor.v)};
}
inline uint32_t not_at_most(F v, F limit) { return _mm512_cmp_ps_mask(v.v, limit.v, _CMP_NLE_UQ); }
inline F round(F v) {
  return {_mm512_roundscale_ps(v.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
inline F scale_pow2(F v, F e) { return {_mm512_scalef_ps(v.v, e.v)}; }

inline I bits(F v) { return {_mm512_castps_si512(v.v)}; }
inline F from_bits(I v) { return {_mm512_castsi512_ps(v.v)}; }
inline I add(I a, I b) { return {_mm512_add_epi32(a.v, b.v)}; }
template <int kCount>
inline I shl(I v) {
  return {_mm512_slli_epi32(v.v, kCount)};
}

inline Table make_table(const uint32_t entries[8], uint32_t offset) {
  const __m512i eight =
      _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(entries)));
  return {_mm512_add_epi32(eight, _mm512_set1_epi32(static_cast<int>(offset)))};
}
inline I lookup(Table t, I index) { return {_mm512_permutexvar_epi32(index.v, t.v)}; }

inline float reduce_max(F v) { return _mm512_reduce_max_ps(v.v); }
inline float reduce_add(F v) { return _mm512_reduce_add_ps(v.v); }

inline D zero_d() { return {_mm512_setzero_pd()}; }
inline D add(D a, D b) { return {_mm512_add_pd(a.v, b.v)}; }
inline D widen_add(F v) {
  return {_mm512_add_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(v.v)),
                        _mm512_cvtps_pd(_mm512_extractf32x8_ps(v.v, 1)))};
}
inline D widen_add(const float* p) {
  return {
      _mm512_add_pd(_mm512_cvtps_pd(_mm256_loadu_ps(p)), _mm512_cvtps_pd(_mm256_loadu_ps(p + 8)))};
}
inline double reduce_add(D v) {
  const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(v.v), _mm512_extractf64x4_pd(v.v, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

// The operations of rows held lane by lane (lanes.h).
inline bool all_within(F v, float low, float high) {
  return (_mm512_cmp_ps_mask(v.v, _mm512_set1_ps(low), _CMP_GE_OQ) &
          _mm512_cmp_ps_mask(v.v, _mm512_set1_ps(high), _CMP_LE_OQ)) == 0xffff;
}
inline I to_int(F v) { return {_mm512_cvttps_epi32(v.v)}; }
inline F to_float(I v) { return {_mm512_cvtepi32_ps(v.v)}; }
inline I set_int(int32_t v) { return {_mm512_set1_epi32(v)}; }
inline I sub(I a, I b) { return {_mm512_sub_epi32(a.v, b.v)}; }
inline I both(I a, I b) { return {_mm512_and_si512(a.v, b.v)}; }
inline bool all_set(I v, uint32_t mask) {
  const __m512i m = _mm512_set1_epi32(static_cast<int>(mask));
  return _mm512_cmpeq_epi32_mask(_mm512_and_si512(v.v, m), m) == 0xffff;
}

struct Wide {
  D low, high;
};
inline Wide widen(F v) {
  return {{_mm512_cvtps_pd(_mm512_castps512_ps256(v.v))},
          {_mm512_cvtps_pd(_mm512_extractf32x8_ps(v.v, 1))}};
}
inline Wide widen(const float* p) {
  return {{_mm512_cvtps_pd(_mm256_loadu_ps(p))}, {_mm512_cvtps_pd(_mm256_loadu_ps(p + 8))}};
}
inline Wide add(Wide a, Wide b) { return {add(a.low, b.low), add(a.high, b.high)}; }
inline F narrow(Wide v) {
  return {_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(v.low.v)),
                             _mm512_cvtpd_ps(v.high.v), 1)};
}
inline D load_d(const double* p) { return {_mm512_loadu_pd(p)}; }
inline D mul(D a, double b) { return {_mm512_mul_pd(a.v, _mm512_set1_pd(b))}; }
inline D inverse(D a) { return {_mm512_div_pd(_mm512_set1_pd(1), a.v)}; }
inline D mantissa(D a) {
  return {_mm512_castsi512_pd(_mm512_or_si512(
      _mm512_and_si512(_mm512_castpd_si512(a.v), _mm512_set1_epi64(0xfffffffffffff)),
      _mm512_set1_epi64(0x3ff0000000000000)))};
}
inline D inverse_power(D a) {
  return {_mm512_castsi512_pd(_mm512_sub_epi64(
      _mm512_set1_epi64(0x7fe0000000000000),
      _mm512_and_si512(_mm512_castpd_si512(a.v), _mm512_set1_epi64(0x7ff0000000000000))))};
}
inline void transpose(F (&r)[16]) {
  __m512d t[16];
  for (int i = 0; i < 16; i += 4) {  // pairs, then fours, within 128 bits
    const __m512 a = _mm512_unpacklo_ps(r[i].v, r[i + 1].v);
    const __m512 b = _mm512_unpackhi_ps(r[i].v, r[i + 1].v);
    const __m512 c = _mm512_unpacklo_ps(r[i + 2].v, r[i + 3].v);
    const __m512 d = _mm512_unpackhi_ps(r[i + 2].v, r[i + 3].v);
    t[i] = _mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(c));
    t[i + 1] = _mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(c));
    t[i + 2] = _mm512_unpacklo_pd(_mm512_castps_pd(b), _mm512_castps_pd(d));
    t[i + 3] = _mm512_unpackhi_pd(_mm512_castps_pd(b), _mm512_castps_pd(d));
  }
  for (int k = 0; k < 4; ++k) {  // 128-bit parts: rows 4g + k of group g, part p is column 4p + k
    const __m512 a = _mm512_castpd_ps(t[k]), b = _mm512_castpd_ps(t[4 + k]);
    const __m512 c = _mm512_castpd_ps(t[8 + k]), d = _mm512_castpd_ps(t[12 + k]);
    const __m512 ab02 = _mm512_shuffle_f32x4(a, b, 0x88), ab13 = _mm512_shuffle_f32x4(a, b, 0xdd);
    const __m512 cd02 = _mm512_shuffle_f32x4(c, d, 0x88), cd13 = _mm512_shuffle_f32x4(c, d, 0xdd);
    r[k].v = _mm512_shuffle_f32x4(ab02, cd02, 0x88);
    r[8 + k].v = _mm512_shuffle_f32x4(ab02, cd02, 0xdd);
    r[4 + k].v = _mm512_shuffle_f32x4(ab13, cd13, 0x88);
    r[12 + k].v = _mm512_shuffle_f32x4(ab13, cd13, 0xdd);
  }
}

// The operations of the family (family.h).
inline D set_d(double v) { return {_mm512_set1_pd(v)}; }
inline D sub(D a, D b) { return {_mm512_sub_pd(a.v, b.v)}; }
inline D if_less(D v, double limit, D yes, D no) {
  const __mmask8 less = _mm512_cmp_pd_mask(v.v, _mm512_set1_pd(limit), _CMP_LT_OQ);
  return {_mm512_mask_mov_pd(no.v, less, yes.v)};
}

// The operations of halves (convert.h).
inline F number_or(F v, F other) {
  return {_mm512_mask_mov_ps(v.v, _mm512_cmp_ps_mask(v.v, v.v, _CMP_UNORD_Q), other.v)};
}
template <int kCount>
inline I shr(I v) {
  return {_mm512_srli_epi32(v.v, kCount)};
}
inline __m256i load_sixteen(const uint16_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline I load_16(const uint16_t* p) { return {_mm512_cvtepu16_epi32(load_sixteen(p))}; }
inline void store_16(uint16_t* p, I v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(v.v));
}
inline F load_float16(const uint16_t* p) { return {_mm512_cvtph_ps(load_sixteen(p))}; }
inline void store_float16(uint16_t* p, F v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      _mm512_cvtps_ph(v.v, _MM_FROUND_TO_NEAREST_INT));
}

}  // namespace
