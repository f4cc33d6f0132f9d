// SPDX-License-Identifier: MIT
// The sixteen virtual lanes as one zmm register. Needs AVX-512 F, BW, DQ and VL.
#pragma once
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

#define TPS_OWN_SUMS

namespace {

constexpr bool kScalar = false;
constexpr bool kHasScalef = true;
constexpr bool kSumsFromMemory = false;  // whether what was stored is summed from there
constexpr size_t kInFlight = 4;          // vectors that the registers hold side by side

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
inline I all_three(I a, I b, I c) { return {_mm512_ternarylogic_epi32(a.v, b.v, c.v, 0x80)}; }
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

// The sums of a block (kBlock), those of even and of odd lanes, times kOneSum: that is what the
// bits of a float are as a double's, 29 further up. A multiplication puts them there, in half the
// time of a conversion, and from a register: to load what was stored just before takes power, of
// which this loop has none to spare. No float is negative; infinity and NaN become numbers from
// 2^128 on.
struct Sums {
  D even, odd;
};
constexpr double kOneSum = 0x1p-896;
inline D moved_up(__m512i even) {
  return {_mm512_castsi512_pd(_mm512_mul_epu32(even, _mm512_set1_epi64(1 << 29)))};
}
inline Sums sums_of(F v) {
  return {moved_up(bits(v).v), moved_up(_mm512_srli_epi64(bits(v).v, 32))};
}
inline Sums sums_of(const float* p) {
  return {moved_up(bits(load(p)).v), moved_up(_mm512_castps_si512(_mm512_movehdup_ps(load(p).v)))};
}
inline Sums add(Sums a, Sums b) { return {add(a.even, b.even), add(a.odd, b.odd)}; }
inline D numbers(D sums) {
  const D v = mul(sums, 1 / kOneSum);
  return if_less(v, 0x1p128, v, set_d(__builtin_nan("")));
}
inline Wide in_order(Sums s) {
  const auto half = [s](__m512i lanes) {
    return numbers({_mm512_permutex2var_pd(s.even.v, lanes, s.odd.v)});
  };
  return {half(_mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0)),
          half(_mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4))};
}
// Adds the first 128 bits to the second and the third to the fourth, of a and then of b.
template <int kFirst, int kSecond>
inline D add_parts(D a, D b) {
  return {_mm512_add_pd(_mm512_shuffle_f64x2(a.v, b.v, kFirst),
                        _mm512_shuffle_f64x2(a.v, b.v, kSecond))};
}
inline double folded(Sums s) {
  const D eight = add_parts<0x44, 0xee>(s.even, s.odd);  // lanes 0, 2, 4, 6, 1, 3, 5, 7
  const D four = add_parts<0x88, 0xdd>(eight, eight);
  const __m128d even = _mm512_castpd512_pd128(four.v), odd = _mm512_extractf64x2_pd(four.v, 1);
  const __m128d two = _mm_add_pd(_mm_unpacklo_pd(even, odd), _mm_unpackhi_pd(even, odd));
  const double sum = (_mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two))) / kOneSum;
  return sum < 0x1p128 ? sum : __builtin_nan("");
}
// The same for eight rows.
inline D fold_eight(const Sums* s) {
  const auto eight = [s](size_t i) { return add_parts<0x44, 0xee>(s[i].even, s[i].odd); };
  const auto fours = [&](size_t i) {
    const D a = add_parts<0x88, 0xdd>(eight(i), eight(i + 2)),
            b = add_parts<0x88, 0xdd>(eight(i + 1), eight(i + 3));
    return D{_mm512_add_pd(_mm512_unpacklo_pd(a.v, b.v), _mm512_unpackhi_pd(a.v, b.v))};
  };
  return numbers(add_parts<0x88, 0xdd>(fours(0), fours(4)));
}

// Of up to sixteen rows, folded together; the others keep what they have.
class RowSums {
 public:
  explicit RowSums(double* to) : to_(to) {}
  void set(size_t row, Sums sums) {
    sums_[row] = sums;
    rows_ |= 1u << row;
  }
  TPS_OUT_OF_LINE void fold() {
    if ((rows_ & (rows_ - 1)) == 0) {
      size_t r = 0;
      while (rows_ >> r > 1) ++r;
      if (rows_ != 0) to_[r] = folded(sums_[r]);
      return;
    }
    for (size_t r = 0; rows_ != 0xffff && r < 16; ++r)
      if ((rows_ >> r & 1) == 0) sums_[r] = {zero_d(), zero_d()};
    _mm512_mask_storeu_pd(to_, static_cast<__mmask8>(rows_), fold_eight(sums_).v);
    _mm512_mask_storeu_pd(to_ + 8, static_cast<__mmask8>(rows_ >> 8), fold_eight(sums_ + 8).v);
  }

 private:
  double* const to_;
  uint32_t rows_ = 0;
  Sums sums_[16];
};

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
