// SPDX-License-Identifier: MIT
// The rivals, pass by pass, for benchmarks: the three algorithms of Dukhan and Ablavatski (2020,
// listings 1 to 3) in their published form - one stream, cached stores, plain float sums, their
// unrolls - and the online normalizer of Milakov and Gimelshein (2018). Field's names: rmax,
// raddexpminusmax, vscaleexpminusmax, raddstoreexpminusmax, vmulc, raddextexp, vscaleextexp
// (XNNPACK). Safe on any input, right on finite logits of moderate size, and no more than that.
#pragma once
#include "passes.h"

namespace {

// The published exponential of degree 5: e^x = p * 2^k, p in [sqrt(1/2), sqrt(2)]. About 2 ULP.
struct Ext {
  F p, k;
};
inline F published_polynomial(F t) {
  F p = fma(t, set(0x1.0F9F9Cp-7f), set(0x1.573A1Ap-5f));
  p = fma(p, t, set(0x1.555A80p-3f));
  p = fma(p, t, set(0x1.FFFDC6p-2f));
  return fma(p, t, set(0x1.FFFFF6p-1f));
}
inline F published_reduction(F x, F k) { return fnma(k, set(kLn2Lo), fnma(k, set(kLn2Hi), x)); }
inline Ext ext_exp(F x) {
  const F k = round(mul(x, set(kLog2e)));
  const F t = published_reduction(x, k);
  return {fma(published_polynomial(t), t, set(1)), k};
}
// e^z for z <= 0, zero below the normal range.
inline F exp_minus(F z) {
  if constexpr (kHasScalef) {
    const Ext e = ext_exp(z);
    return scale_pow2(e.p, e.k);
  } else {
    const F magic = set(0x1.8000FEp23f);
    const F shifted = fma(z, set(kLog2e), magic);
    const F s = from_bits(shl<23>(bits(shifted)));
    const F t = published_reduction(z, sub(shifted, magic));
    const F e = fma(mul(t, s), published_polynomial(t), s);
    return unless_less(z, set(-0x1.5D589Ep6f), e);
  }
}

// Calls body(offset, load) for tiles of 16 * kUnroll elements, then for the rest one vector at a
// time; lanes beyond n read as `fill`.
template <size_t kUnroll, typename Tile, typename One>
inline void tiles(const float* x, size_t n, float fill, const Tile& tile, const One& one) {
  size_t i = 0;
  for (; i + 16 * kUnroll <= n; i += 16 * kUnroll) tile(i);
  for (; i + 16 <= n; i += 16) one(i, load(x + i), size_t{16});
  if (i < n) one(i, load_n(x + i, n - i, fill), n - i);
}

template <size_t kUnroll>
float reduce_max(const float* x, size_t n) {
  F m[kUnroll];
  for (F& k : m) k = set(-kInfinity);
  tiles<kUnroll>(
      x, n, -kInfinity,
      [&](size_t i) {
        for (size_t u = 0; u < kUnroll; ++u) m[u] = max(load(x + i + 16 * u), m[u]);
      },
      [&](size_t, F v, size_t) { m[0] = max(v, m[0]); });
  for (size_t u = 1; u < kUnroll; ++u) m[0] = max(m[u], m[0]);
  return reduce_max(m[0]);
}

template <size_t kUnroll, size_t kSums>
float reduce_exp(const float* x, size_t n, float row_max) {
  const F m = set(row_max);
  F sum[kSums];
  for (F& s : sum) s = set(0);
  tiles<kUnroll>(
      x, n, -kInfinity,
      [&](size_t i) {
        F e[kUnroll];
        for (size_t u = 0; u < kUnroll; ++u) e[u] = exp_minus(sub(load(x + i + 16 * u), m));
        for (size_t u = 0; u < kUnroll; ++u) sum[u % kSums] = add(sum[u % kSums], e[u]);
      },
      [&](size_t, F v, size_t count) {
        sum[0] = add(sum[0], first_n(exp_minus(sub(v, m)), count));
      });
  for (size_t s = 1; s < kSums; ++s) sum[0] = add(sum[0], sum[s]);
  return reduce_add(sum[0]);
}

template <size_t kUnroll>
void scale_exp_minus(const float* x, float* y, size_t n, float row_max, float factor) {
  const F m = set(row_max), f = set(factor);
  tiles<kUnroll>(
      x, n, 0,
      [&](size_t i) {
        F e[kUnroll];
        for (size_t u = 0; u < kUnroll; ++u) e[u] = exp_minus(sub(load(x + i + 16 * u), m));
        for (size_t u = 0; u < kUnroll; ++u) store(y + i + 16 * u, mul(e[u], f));
      },
      [&](size_t i, F v, size_t count) { store_n(y + i, mul(exp_minus(sub(v, m)), f), count); });
}

template <size_t kUnroll, size_t kSums>
float store_exp(const float* x, float* y, size_t n, float row_max) {
  const F m = set(row_max);
  F sum[kSums];
  for (F& s : sum) s = set(0);
  tiles<kUnroll>(
      x, n, 0,
      [&](size_t i) {
        F e[kUnroll];
        for (size_t u = 0; u < kUnroll; ++u) e[u] = exp_minus(sub(load(x + i + 16 * u), m));
        for (size_t u = 0; u < kUnroll; ++u) store(y + i + 16 * u, e[u]);
        for (size_t u = 0; u < kUnroll; ++u) sum[u % kSums] = add(sum[u % kSums], e[u]);
      },
      [&](size_t i, F v, size_t count) {
        const F e = first_n(exp_minus(sub(v, m)), count);
        store_n(y + i, e, count);
        sum[0] = add(sum[0], e);
      });
  for (size_t s = 1; s < kSums; ++s) sum[0] = add(sum[0], sum[s]);
  return reduce_add(sum[0]);
}

template <size_t kUnroll>
void scale_by(float* y, size_t n, float factor) {
  const F f = set(factor);
  tiles<kUnroll>(
      y, n, 0,
      [&](size_t i) {
        for (size_t u = 0; u < kUnroll; ++u) store(y + i + 16 * u, mul(load(y + i + 16 * u), f));
      },
      [&](size_t i, F v, size_t count) { store_n(y + i, mul(v, f), count); });
}

// A sum of pairs: S * 2^E. Adding (p, k): both are scaled to the larger exponent.
template <size_t kUnroll, size_t kSums>
ExtSum reduce_ext(const float* x, size_t n) {
  F sum[kSums], exponent[kSums];
  for (F& s : sum) s = set(0);
  for (F& e : exponent) e = set(-kInfinity);
  tiles<kUnroll>(
      x, n, -0x1p20f,
      [&](size_t i) {
        Ext e[kUnroll];
        F highest[kSums];
        for (size_t u = 0; u < kUnroll; ++u) e[u] = ext_exp(load(x + i + 16 * u));
        for (size_t s = 0; s < kSums; ++s) highest[s] = exponent[s];
        for (size_t u = 0; u < kUnroll; ++u) highest[u % kSums] = max(e[u].k, highest[u % kSums]);
        for (size_t s = 0; s < kSums; ++s) {
          sum[s] = scale_pow2(sum[s], sub(exponent[s], highest[s]));
          exponent[s] = highest[s];
        }
        for (size_t u = 0; u < kUnroll; ++u) {
          const size_t s = u % kSums;
          sum[s] = add(sum[s], scale_pow2(e[u].p, sub(e[u].k, highest[s])));
        }
      },
      [&](size_t, F v, size_t) {
        const Ext e = ext_exp(v);
        const F highest = max(e.k, exponent[0]);
        sum[0] =
            add(scale_pow2(sum[0], sub(exponent[0], highest)), scale_pow2(e.p, sub(e.k, highest)));
        exponent[0] = highest;
      });
  F highest = exponent[0];
  for (size_t s = 1; s < kSums; ++s) highest = max(exponent[s], highest);
  const F top = set(reduce_max(highest));
  F total = scale_pow2(sum[0], sub(exponent[0], top));
  for (size_t s = 1; s < kSums; ++s) total = add(total, scale_pow2(sum[s], sub(exponent[s], top)));
  return {reduce_add(total), reduce_max(highest)};
}

template <size_t kUnroll>
void scale_ext(const float* x, float* y, size_t n, float factor, float exponent) {
  const F f = set(factor), top = set(exponent);
  const auto result = [&](F v) {
    const Ext e = ext_exp(v);
    return scale_pow2(mul(e.p, f), sub(e.k, top));
  };
  tiles<kUnroll>(
      x, n, 0,
      [&](size_t i) {
        F r[kUnroll];
        for (size_t u = 0; u < kUnroll; ++u) r[u] = result(load(x + i + 16 * u));
        for (size_t u = 0; u < kUnroll; ++u) store(y + i + 16 * u, r[u]);
      },
      [&](size_t i, F v, size_t count) { store_n(y + i, result(v), count); });
}

// The online normalizer: a running maximum; the sum is rescaled once per tile.
template <size_t kUnroll>
ExtSum reduce_online(const float* x, size_t n) {
  F sum = set(0), running = set(-0x1.fffffep127f);
  const auto rescale = [&](F highest) {
    sum = mul(sum, exp_minus(sub(running, highest)));
    running = highest;
  };
  tiles<kUnroll>(
      x, n, -kInfinity,
      [&](size_t i) {
        F highest = running;
        for (size_t u = 0; u < kUnroll; ++u) highest = max(load(x + i + 16 * u), highest);
        rescale(highest);
        F e[kUnroll];
        for (size_t u = 0; u < kUnroll; ++u) e[u] = exp_minus(sub(load(x + i + 16 * u), highest));
        for (size_t u = 0; u < kUnroll; ++u) sum = add(sum, e[u]);
      },
      [&](size_t, F v, size_t count) {
        rescale(max(v, running));
        sum = add(sum, first_n(exp_minus(sub(v, running)), count));
      });
  const float top = reduce_max(running);
  return {reduce_add(mul(sum, exp_minus(sub(running, set(top))))), top};
}

}  // namespace
