// SPDX-License-Identifier: MIT
// The sixteen virtual lanes as two ymm registers. Needs AVX2 and FMA. Tails are loaded with a mask
// and stored piecewise: masked stores are microcode on Zen.
#pragma once
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

namespace {

constexpr bool kScalar = false;
constexpr bool kHasScalef = false;
constexpr bool kSumsFromMemory = true;
constexpr size_t kInFlight = 2;  // vectors that the registers hold side by side

struct F {
  __m256 a, b;
};
struct I {
  __m256i a, b;
};
struct D {
  __m256d a, b;  // lanes 0..3 and 4..7
};
struct Table {
  __m256i v;
};

inline F set(float v) { return {_mm256_set1_ps(v), _mm256_set1_ps(v)}; }
inline F load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
TPS_INLINE F in_register(F v) {
  TPS_IN_REGISTER(v.a);
  TPS_IN_REGISTER(v.b);
  return v;
}
inline void store(float* p, F v) {
  _mm256_storeu_ps(p, v.a);
  _mm256_storeu_ps(p + 8, v.b);
}
// Sixteen masks of which the first n are set, for n <= 16.
alignas(64) constexpr int32_t kMaskWindow[32] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                 -1, -1, -1, -1, -1, -1, -1, -1};
inline I first_mask(size_t n) {
  const __m256i* p = reinterpret_cast<const __m256i*>(kMaskWindow + 16 - n);
  return {_mm256_loadu_si256(p), _mm256_loadu_si256(p + 1)};
}
inline F load_n(const float* p, size_t n, float fill) {
  const I mask = first_mask(n);
  const __m256 f = _mm256_set1_ps(fill);
  return {_mm256_blendv_ps(f, _mm256_maskload_ps(p, mask.a), _mm256_castsi256_ps(mask.a)),
          _mm256_blendv_ps(f, _mm256_maskload_ps(p + 8, mask.b), _mm256_castsi256_ps(mask.b))};
}
inline F first_n(F v, size_t n) {
  const I mask = first_mask(n);
  return {_mm256_and_ps(v.a, _mm256_castsi256_ps(mask.a)),
          _mm256_and_ps(v.b, _mm256_castsi256_ps(mask.b))};
}
inline void store_n(float* p, F v, size_t n) {
  __m256 eight = v.a;
  if (n >= 8) {
    _mm256_storeu_ps(p, eight);
    eight = v.b;
    p += 8;
    n -= 8;
  }
  if (n >= 8) return _mm256_storeu_ps(p, eight);
  __m128 four = _mm256_castps256_ps128(eight);
  if (n & 4) {
    _mm_storeu_ps(p, four);
    four = _mm256_extractf128_ps(eight, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), four);
    four = _mm_movehl_ps(four, four);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, four);
}
inline void stream(float* p, F v) {
  _mm256_stream_ps(p, v.a);
  _mm256_stream_ps(p + 8, v.b);
}
inline void stream_fence() { _mm_sfence(); }
TPS_INLINE void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }

inline F max(F x, F y) { return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)}; }
inline F below(F v, F limit) {
  const __m256 none = _mm256_set1_ps(-__builtin_huge_valf());
  return {_mm256_blendv_ps(none, v.a, _mm256_cmp_ps(v.a, limit.a, _CMP_LT_OQ)),
          _mm256_blendv_ps(none, v.b, _mm256_cmp_ps(v.b, limit.b, _CMP_LT_OQ))};
}
inline F add(F x, F y) { return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)}; }
inline F sub(F x, F y) { return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)}; }
inline F mul(F x, F y) { return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)}; }
inline F fma(F x, F y, F z) {
  return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
inline F fnma(F x, F y, F z) {
  return {_mm256_fnmadd_ps(x.a, y.a, z.a), _mm256_fnmadd_ps(x.b, y.b, z.b)};
}
inline F unless_less(F v, F limit, F r) {
  return {_mm256_and_ps(r.a, _mm256_cmp_ps(v.a, limit.a, _CMP_NLT_UQ)),
          _mm256_and_ps(r.b, _mm256_cmp_ps(v.b, limit.b, _CMP_NLT_UQ))};
}
inline F mul_unless_less(F v, F limit, F factor) { return mul(unless_less(v, limit, v), factor); }
inline uint32_t not_at_most(F v, F limit) {
  const int a = _mm256_movemask_ps(_mm256_cmp_ps(v.a, limit.a, _CMP_NLE_UQ));
  const int b = _mm256_movemask_ps(_mm256_cmp_ps(v.b, limit.b, _CMP_NLE_UQ));
  return static_cast<uint32_t>(a | b << 8);
}
inline F round(F v) {
  constexpr int kMode = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return {_mm256_round_ps(v.a, kMode), _mm256_round_ps(v.b, kMode)};
}
inline F scale_pow2(F v, F e) {
  const F shifted = add(max(e, set(-127.0f)), set(0x1.8000FEp23f));
  const __m256i a = _mm256_slli_epi32(_mm256_castps_si256(shifted.a), 23);
  const __m256i b = _mm256_slli_epi32(_mm256_castps_si256(shifted.b), 23);
  return mul(v, {_mm256_castsi256_ps(a), _mm256_castsi256_ps(b)});
}

inline I bits(F v) { return {_mm256_castps_si256(v.a), _mm256_castps_si256(v.b)}; }
inline F from_bits(I v) { return {_mm256_castsi256_ps(v.a), _mm256_castsi256_ps(v.b)}; }
inline I add(I x, I y) { return {_mm256_add_epi32(x.a, y.a), _mm256_add_epi32(x.b, y.b)}; }
template <int kCount>
inline I shl(I v) {
  return {_mm256_slli_epi32(v.a, kCount), _mm256_slli_epi32(v.b, kCount)};
}

inline Table make_table(const uint32_t entries[8], uint32_t offset) {
  return {_mm256_add_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(entries)),
                           _mm256_set1_epi32(static_cast<int>(offset)))};
}
inline I lookup(Table t, I index) {
  return {_mm256_permutevar8x32_epi32(t.v, index.a), _mm256_permutevar8x32_epi32(t.v, index.b)};
}

inline float reduce_max(F v) {
  const __m256 eight = _mm256_max_ps(v.a, v.b);
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_shuffle_ps(four, four, 1)));
}
inline float reduce_add(F v) {
  const __m256 eight = _mm256_add_ps(v.a, v.b);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_shuffle_ps(four, four, 1)));
}

inline D zero_d() { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }
inline D add(D x, D y) { return {_mm256_add_pd(x.a, y.a), _mm256_add_pd(x.b, y.b)}; }
inline double reduce_add(D v) {
  const __m256d four = _mm256_add_pd(v.a, v.b);
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

// The operations of rows held lane by lane (lanes.h).
inline bool all_within(F v, float low, float high) {
  const __m256 l = _mm256_set1_ps(low), h = _mm256_set1_ps(high);
  const __m256 a =
      _mm256_and_ps(_mm256_cmp_ps(v.a, l, _CMP_GE_OQ), _mm256_cmp_ps(v.a, h, _CMP_LE_OQ));
  const __m256 b =
      _mm256_and_ps(_mm256_cmp_ps(v.b, l, _CMP_GE_OQ), _mm256_cmp_ps(v.b, h, _CMP_LE_OQ));
  return _mm256_movemask_ps(_mm256_and_ps(a, b)) == 0xff;
}
inline I to_int(F v) { return {_mm256_cvttps_epi32(v.a), _mm256_cvttps_epi32(v.b)}; }
inline F to_float(I v) { return {_mm256_cvtepi32_ps(v.a), _mm256_cvtepi32_ps(v.b)}; }
inline I set_int(int32_t v) { return {_mm256_set1_epi32(v), _mm256_set1_epi32(v)}; }
inline I sub(I x, I y) { return {_mm256_sub_epi32(x.a, y.a), _mm256_sub_epi32(x.b, y.b)}; }
inline I both(I x, I y) { return {_mm256_and_si256(x.a, y.a), _mm256_and_si256(x.b, y.b)}; }
inline I all_three(I x, I y, I z) { return both(both(x, y), z); }
inline bool all_set(I v, uint32_t mask) {
  return _mm256_testc_si256(_mm256_and_si256(v.a, v.b),
                            _mm256_set1_epi32(static_cast<int>(mask))) != 0;
}

struct Wide {
  D low, high;
};
inline D widen(__m256 v) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
}
inline Wide widen(F v) { return {widen(v.a), widen(v.b)}; }
inline D widen_eight(const float* p) {
  return {_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p + 4))};
}
inline Wide widen(const float* p) { return {widen_eight(p), widen_eight(p + 8)}; }
inline __m256 narrow(D v) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(v.a)), _mm256_cvtpd_ps(v.b),
                              1);
}
inline Wide add(Wide a, Wide b) { return {add(a.low, b.low), add(a.high, b.high)}; }
inline F narrow(Wide v) { return {narrow(v.low), narrow(v.high)}; }
inline D load_d(const double* p) { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }
inline D mul(D x, double y) {
  return {_mm256_mul_pd(x.a, _mm256_set1_pd(y)), _mm256_mul_pd(x.b, _mm256_set1_pd(y))};
}
inline D inverse(D x) {
  return {_mm256_div_pd(_mm256_set1_pd(1), x.a), _mm256_div_pd(_mm256_set1_pd(1), x.b)};
}
inline __m256d mantissa(__m256d v) {
  return _mm256_or_pd(_mm256_and_pd(v, _mm256_castsi256_pd(_mm256_set1_epi64x(0xfffffffffffff))),
                      _mm256_set1_pd(1));
}
inline D mantissa(D x) { return {mantissa(x.a), mantissa(x.b)}; }
inline __m256d inverse_power(__m256d v) {
  const __m256i exponent = _mm256_set1_epi64x(0x7ff0000000000000);
  return _mm256_castsi256_pd(_mm256_sub_epi64(_mm256_set1_epi64x(0x7fe0000000000000),
                                              _mm256_and_si256(_mm256_castpd_si256(v), exponent)));
}
inline D inverse_power(D x) { return {inverse_power(x.a), inverse_power(x.b)}; }
inline void transpose(F (&r)[16]) {
  // Four blocks of eight by eight: halves of rows 8h..8h+7 become halves h of columns.
  __m256 block[2][2][8];
  for (int h = 0; h < 2; ++h)
    for (int w = 0; w < 2; ++w) {
      __m256 t[8];
      for (int i = 0; i < 8; i += 4) {
        const auto row = [&](int k) { return w == 0 ? r[8 * h + i + k].a : r[8 * h + i + k].b; };
        const __m256 a = _mm256_unpacklo_ps(row(0), row(1)), b = _mm256_unpackhi_ps(row(0), row(1));
        const __m256 c = _mm256_unpacklo_ps(row(2), row(3)), d = _mm256_unpackhi_ps(row(2), row(3));
        t[i] = _mm256_shuffle_ps(a, c, 0x44);
        t[i + 1] = _mm256_shuffle_ps(a, c, 0xee);
        t[i + 2] = _mm256_shuffle_ps(b, d, 0x44);
        t[i + 3] = _mm256_shuffle_ps(b, d, 0xee);
      }
      for (int k = 0; k < 4; ++k) {
        block[w][h][k] = _mm256_permute2f128_ps(t[k], t[4 + k], 0x20);
        block[w][h][4 + k] = _mm256_permute2f128_ps(t[k], t[4 + k], 0x31);
      }
    }
  for (int w = 0; w < 2; ++w)
    for (int k = 0; k < 8; ++k) r[8 * w + k] = {block[w][0][k], block[w][1][k]};
}

// The operations of the family (family.h).
inline D set_d(double v) { return {_mm256_set1_pd(v), _mm256_set1_pd(v)}; }
inline D sub(D x, D y) { return {_mm256_sub_pd(x.a, y.a), _mm256_sub_pd(x.b, y.b)}; }
inline D if_less(D v, double limit, D yes, D no) {
  const __m256d l = _mm256_set1_pd(limit);
  return {_mm256_blendv_pd(no.a, yes.a, _mm256_cmp_pd(v.a, l, _CMP_LT_OQ)),
          _mm256_blendv_pd(no.b, yes.b, _mm256_cmp_pd(v.b, l, _CMP_LT_OQ))};
}

// The operations of halves (convert.h).
inline F number_or(F v, F other) {
  return {_mm256_blendv_ps(v.a, other.a, _mm256_cmp_ps(v.a, v.a, _CMP_UNORD_Q)),
          _mm256_blendv_ps(v.b, other.b, _mm256_cmp_ps(v.b, v.b, _CMP_UNORD_Q))};
}
template <int kCount>
inline I shr(I v) {
  return {_mm256_srli_epi32(v.a, kCount), _mm256_srli_epi32(v.b, kCount)};
}
inline __m128i load_eight(const uint16_t* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
inline I load_16(const uint16_t* p) {
  return {_mm256_cvtepu16_epi32(load_eight(p)), _mm256_cvtepu16_epi32(load_eight(p + 8))};
}
inline void store_16(uint16_t* p, I v) {
  const __m256i sixteen = _mm256_permute4x64_epi64(_mm256_packus_epi32(v.a, v.b), 0xd8);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), sixteen);
}
inline F load_float16(const uint16_t* p) {
  return {_mm256_cvtph_ps(load_eight(p)), _mm256_cvtph_ps(load_eight(p + 8))};
}
inline void store_float16(uint16_t* p, F v) {
  __m128i* eight = reinterpret_cast<__m128i*>(p);
  _mm_storeu_si128(eight, _mm256_cvtps_ph(v.a, _MM_FROUND_TO_NEAREST_INT));
  _mm_storeu_si128(eight + 1, _mm256_cvtps_ph(v.b, _MM_FROUND_TO_NEAREST_INT));
}

}  // namespace
