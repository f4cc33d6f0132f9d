// SPDX-License-Identifier: MIT
// Eight virtual lanes of double as one zmm register.
#pragma once
#include "vec_avx512.h"

namespace {

struct L {
  __m512i v;
};
struct Table64 {
  __m512i v;
};

inline __mmask8 lanes_d(size_t n) { return static_cast<__mmask8>((1u << n) - 1); }

inline D load(const double* p) { return {_mm512_loadu_pd(p)}; }
inline D load_n(const double* p, size_t n, double fill) {
  return {_mm512_mask_loadu_pd(_mm512_set1_pd(fill), lanes_d(n), p)};
}
inline D first_n(D v, size_t n) { return {_mm512_maskz_mov_pd(lanes_d(n), v.v)}; }
inline void store(double* p, D v) { _mm512_storeu_pd(p, v.v); }
inline void store_n(double* p, D v, size_t n) { _mm512_mask_storeu_pd(p, lanes_d(n), v.v); }
inline void stream(double* p, D v) { _mm512_stream_pd(p, v.v); }

inline D max(D a, D b) { return {_mm512_max_pd(a.v, b.v)}; }
inline D mul(D a, D b) { return {_mm512_mul_pd(a.v, b.v)}; }
inline D fma(D a, D b, D c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
inline D fnma(D a, D b, D c) { return {_mm512_fnmadd_pd(a.v, b.v, c.v)}; }
inline D unless_less(D v, D limit, D r) {
  return {_mm512_maskz_mov_pd(_mm512_cmp_pd_mask(v.v, limit.v, _CMP_NLT_UQ), r.v)};
}

inline L bits(D v) { return {_mm512_castpd_si512(v.v)}; }
inline D from_bits(L v) { return {_mm512_castsi512_pd(v.v)}; }
inline L add(L a, L b) { return {_mm512_add_epi64(a.v, b.v)}; }
template <int kCount>
inline L shl(L v) {
  return {_mm512_slli_epi64(v.v, kCount)};
}
inline Table64 make_table(const uint64_t entries[8], uint64_t offset) {
  return {_mm512_add_epi64(_mm512_loadu_si512(entries),
                           _mm512_set1_epi64(static_cast<int64_t>(offset)))};
}
inline L lookup(Table64 t, L index) { return {_mm512_permutexvar_epi64(index.v, t.v)}; }

inline double reduce_max(D v) { return _mm512_reduce_max_pd(v.v); }
inline void transpose(D (&r)[8]) {
  __m512d t[8];
  for (int i = 0; i < 8; i += 2) {  // pairs within 128 bits
    t[i] = _mm512_unpacklo_pd(r[i].v, r[i + 1].v);
    t[i + 1] = _mm512_unpackhi_pd(r[i].v, r[i + 1].v);
  }
  for (int k = 0; k < 2; ++k) {  // 128-bit parts: rows 2g + k of group g, part p is column 2p + k
    const __m512d ab02 = _mm512_shuffle_f64x2(t[k], t[2 + k], 0x88);
    const __m512d ab13 = _mm512_shuffle_f64x2(t[k], t[2 + k], 0xdd);
    const __m512d cd02 = _mm512_shuffle_f64x2(t[4 + k], t[6 + k], 0x88);
    const __m512d cd13 = _mm512_shuffle_f64x2(t[4 + k], t[6 + k], 0xdd);
    r[k].v = _mm512_shuffle_f64x2(ab02, cd02, 0x88);
    r[4 + k].v = _mm512_shuffle_f64x2(ab02, cd02, 0xdd);
    r[2 + k].v = _mm512_shuffle_f64x2(ab13, cd13, 0x88);
    r[6 + k].v = _mm512_shuffle_f64x2(ab13, cd13, 0xdd);
  }
}

}  // namespace
