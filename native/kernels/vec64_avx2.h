// SPDX-License-Identifier: MIT
// Eight virtual lanes of double as two ymm registers.
#pragma once
#include "vec_avx2.h"

namespace {

struct L {
  __m256i a, b;
};
struct Table64 {
  __m256i low, high;  // entries 0..3 and 4..7
};

inline D load(const double* p) { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }
inline void store(double* p, D v) {
  _mm256_storeu_pd(p, v.a);
  _mm256_storeu_pd(p + 4, v.b);
}
// Eight masks of which the first n are set.
inline I first_mask_d(size_t n) {
  const __m256i m = first_mask(n).a;
  return {_mm256_cvtepi32_epi64(_mm256_castsi256_si128(m)),
          _mm256_cvtepi32_epi64(_mm256_extracti128_si256(m, 1))};
}
inline D load_n(const double* p, size_t n, double fill) {
  const I mask = first_mask_d(n);
  const __m256d f = _mm256_set1_pd(fill);
  return {_mm256_blendv_pd(f, _mm256_maskload_pd(p, mask.a), _mm256_castsi256_pd(mask.a)),
          _mm256_blendv_pd(f, _mm256_maskload_pd(p + 4, mask.b), _mm256_castsi256_pd(mask.b))};
}
inline D first_n(D v, size_t n) {
  const I mask = first_mask_d(n);
  return {_mm256_and_pd(v.a, _mm256_castsi256_pd(mask.a)),
          _mm256_and_pd(v.b, _mm256_castsi256_pd(mask.b))};
}
inline void store_n(double* p, D v, size_t n) {
  __m256d four = v.a;
  if (n >= 4) {
    _mm256_storeu_pd(p, four);
    four = v.b;
    p += 4;
    n -= 4;
  }
  if (n >= 4) return _mm256_storeu_pd(p, four);
  __m128d two = _mm256_castpd256_pd128(four);
  if (n & 2) {
    _mm_storeu_pd(p, two);
    two = _mm256_extractf128_pd(four, 1);
    p += 2;
  }
  if (n & 1) _mm_store_sd(p, two);
}
inline void stream(double* p, D v) {
  _mm256_stream_pd(p, v.a);
  _mm256_stream_pd(p + 4, v.b);
}

inline D max(D x, D y) { return {_mm256_max_pd(x.a, y.a), _mm256_max_pd(x.b, y.b)}; }
inline D mul(D x, D y) { return {_mm256_mul_pd(x.a, y.a), _mm256_mul_pd(x.b, y.b)}; }
inline D fma(D x, D y, D z) {
  return {_mm256_fmadd_pd(x.a, y.a, z.a), _mm256_fmadd_pd(x.b, y.b, z.b)};
}
inline D fnma(D x, D y, D z) {
  return {_mm256_fnmadd_pd(x.a, y.a, z.a), _mm256_fnmadd_pd(x.b, y.b, z.b)};
}
inline D unless_less(D v, D limit, D r) {
  return {_mm256_and_pd(r.a, _mm256_cmp_pd(v.a, limit.a, _CMP_NLT_UQ)),
          _mm256_and_pd(r.b, _mm256_cmp_pd(v.b, limit.b, _CMP_NLT_UQ))};
}

inline L bits(D v) { return {_mm256_castpd_si256(v.a), _mm256_castpd_si256(v.b)}; }
inline D from_bits(L v) { return {_mm256_castsi256_pd(v.a), _mm256_castsi256_pd(v.b)}; }
inline L add(L x, L y) { return {_mm256_add_epi64(x.a, y.a), _mm256_add_epi64(x.b, y.b)}; }
template <int kCount>
inline L shl(L v) {
  return {_mm256_slli_epi64(v.a, kCount), _mm256_slli_epi64(v.b, kCount)};
}
inline Table64 make_table(const uint64_t entries[8], uint64_t offset) {
  const __m256i* p = reinterpret_cast<const __m256i*>(entries);
  const __m256i o = _mm256_set1_epi64x(static_cast<int64_t>(offset));
  return {_mm256_add_epi64(_mm256_loadu_si256(p), o),
          _mm256_add_epi64(_mm256_loadu_si256(p + 1), o)};
}
// Both halves of the table by the words 2i and 2i + 1 of either; bit 2 of the index chooses.
inline __m256i lookup(const Table64& t, __m256i index) {
  const __m256i twice = _mm256_slli_epi64(index, 1);
  const __m256i words =
      _mm256_add_epi32(_mm256_shuffle_epi32(twice, 0xa0), _mm256_set1_epi64x(int64_t{1} << 32));
  const __m256d low = _mm256_castsi256_pd(_mm256_permutevar8x32_epi32(t.low, words));
  const __m256d high = _mm256_castsi256_pd(_mm256_permutevar8x32_epi32(t.high, words));
  const __m256d choice = _mm256_castsi256_pd(_mm256_slli_epi64(index, 61));
  return _mm256_castpd_si256(_mm256_blendv_pd(low, high, choice));
}
inline L lookup(const Table64& t, L index) { return {lookup(t, index.a), lookup(t, index.b)}; }

inline double reduce_max(D v) {
  const __m256d four = _mm256_max_pd(v.a, v.b);
  const __m128d two = _mm_max_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)));
}
inline void transpose(D (&r)[8]) {
  __m256d block[2][2][4];
  for (int h = 0; h < 2; ++h)
    for (int w = 0; w < 2; ++w) {
      const auto row = [&](int k) { return w == 0 ? r[4 * h + k].a : r[4 * h + k].b; };
      const __m256d a = _mm256_unpacklo_pd(row(0), row(1)), b = _mm256_unpackhi_pd(row(0), row(1));
      const __m256d c = _mm256_unpacklo_pd(row(2), row(3)), d = _mm256_unpackhi_pd(row(2), row(3));
      block[w][h][0] = _mm256_permute2f128_pd(a, c, 0x20);
      block[w][h][1] = _mm256_permute2f128_pd(b, d, 0x20);
      block[w][h][2] = _mm256_permute2f128_pd(a, c, 0x31);
      block[w][h][3] = _mm256_permute2f128_pd(b, d, 0x31);
    }
  for (int w = 0; w < 2; ++w)
    for (int k = 0; k < 4; ++k) r[4 * w + k] = {block[w][0][k], block[w][1][k]};
}

}  // namespace
