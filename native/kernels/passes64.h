// SPDX-License-Identifier: MIT
// The passes of passes.h on float64, over the eight virtual lanes of vec64_<isa>.h. Special values
// as there.
#pragma once
#include "exp64.h"
#include "fold64.h"

namespace {

constexpr double kInfinity64 = __builtin_huge_val();

struct Logits64 {
  const double* x;
  D scale, before, after;
  explicit Logits64(const Input64& in)
      : x(in.x), scale(set_d(in.scale)), before(set_d(in.before)), after(set_d(in.after)) {}
  D z(D v) const { return sub(mul(sub(v, before), scale), after); }
  // `count` elements, at most eight.
  D at(size_t i, size_t count) const {
    return z(count < 8 ? load_n(x + i, count, 0) : load(x + i));
  }
};

inline void store_some(double* p, D v, size_t count) {
  count < 8 ? store_n(p, v, count) : store(p, v);
}

// body(i, count) for each eight of the elements from .. to - 1, at last fewer. The processor
// overlaps several: one copy of the body does.
template <typename Body>
inline void each_eight(size_t from, size_t to, const Body& body) {
  for (; from < to; from += 8) body(from, to - from < 8 ? to - from : 8);
}

struct Reference64 {
  Table64 table;
  D lowest;
  explicit Reference64(int32_t exponent)
      : table(exp64_table(exponent)), lowest(set_d((exponent - kReach64) * kLn2Hi64)) {}
  D exp(D z) const { return exp_scaled(max(lowest, z), table); }
};

inline int32_t reference_exponent(double block_max) {
  const double clamped = block_max < -kSafe64  ? -kSafe64
                         : block_max > kSafe64 ? kSafe64
                                               : block_max;
  return static_cast<int32_t>(clamped * kLog2e64);
}

TPS_OUT_OF_LINE double max_of(const Logits64& z, size_t from, size_t to) {
  D m[4] = {set_d(-kInfinity64), set_d(-kInfinity64), set_d(-kInfinity64), set_d(-kInfinity64)};
  for (; from + 32 <= to; from += 32)
    for (size_t k = 0; k < 4; ++k) m[k] = max(z.at(from + 8 * k, 8), m[k]);
  each_eight(from, to, [&](size_t i, size_t count) {
    m[0] = max(z.z(load_n(z.x + i, count, -kInfinity64)), m[0]);
  });
  return reduce_max(max(max(m[0], m[1]), max(m[2], m[3])));
}

// The lanes of a sum: high from kAnchor on, low what it lost.
struct Lanes64 {
  D high = set_d(kAnchor), low = zero_d();
  void add_one(D v) {
    const D sum = add(high, v);
    low = add(low, sub(v, sub(sum, high)));
    high = sum;
  }
  Pair total() const { return ordered_sum(reduce_add(sub(high, set_d(kAnchor))), reduce_add(low)); }
};

// Elements from .. to - 1, at most a block; their exponentials go to `v`, if there is one.
TPS_OUT_OF_LINE void sum_one(const Logits64& z, size_t from, size_t to, double block_max, double* v,
                             BlockSum64* block) {
  const int32_t exponent = reference_exponent(block_max);
  const Reference64 ref(exponent);
  Lanes64 lanes;
  each_eight(from, to, [&](size_t i, size_t count) {
    D e = ref.exp(z.at(i, count));
    if (count < 8) e = first_n(e, count);
    if (v != nullptr) store_some(v + i, e, count);
    lanes.add_one(e);
  });
  const Pair total = lanes.total();
  *block = {total.high, total.low, block_max, exponent};
}

void sum_exp(const Input64& in, size_t n, double* v, BlockSum64* blocks, const double* known_max) {
  const Logits64 z(in);
  for (size_t at = 0; at < n; at += kBlock64, ++blocks) {
    const size_t end = n - at < kBlock64 ? n : at + kBlock64;
    sum_one(z, at, end, known_max != nullptr ? *known_max : max_of(z, at, end), v, blocks);
  }
}
void sum_blind(const Input64& in, size_t n, double* v, BlockSum64* blocks) {
  sum_exp(in, n, v, blocks, nullptr);
}

// y = fl(m * reciprocal) * 2^(n - exponent) from v = m * 2^(n - exponent + down + kHeadroom64): a
// product without a subnormal part, a comparison, and two exact powers of two.
struct Scaling64 {
  D reciprocal, low, least, power1, power2;
  Scaling64(const Normalizer64& norm, int32_t down)
      : reciprocal(set_d(norm.reciprocal)),
        low(set_d(norm.low)),
        least(set_d(pow2(down + kHeadroom64 - 1022))),
        power1(set_d(pow2(-kHeadroom64 / 2 - down / 2))),
        power2(set_d(pow2(-kHeadroom64 / 2 - (down - down / 2)))) {}
  D operator()(D v) const {
    const D p = fma(v, reciprocal, mul(v, low));
    return mul(mul(unless_less(p, least, p), power1), power2);
  }
};

void scale_exp(const Input64& in, double* y, size_t n, const Normalizer64& norm, bool streaming) {
  const Logits64 z(in);
  const Reference64 ref(norm.exponent);
  const Scaling64 scaled(norm, 0);
  const size_t lead =
      streaming ? (64 - reinterpret_cast<uintptr_t>(y) % 64) % 64 / sizeof(double) : 0;
  for (size_t i = 0, count; i < n; i += count) {
    count = i == 0 && lead > 0 ? lead : 8;
    count = n - i < count ? n - i : count;
    const D p = scaled(ref.exp(z.at(i, count)));
    if (streaming && count == 8)
      stream(y + i, p);
    else
      store_some(y + i, p, count);
  }
  if (streaming) stream_fence();
}

inline void fill(double* y, size_t n, double value) {
  each_eight(0, n, [&](size_t i, size_t count) { store_n(y + i, set_d(value), count); });
}

// A block's v is relative to its own exponent, `down` below the row's.
void scale_rows(double* y, size_t n, const BlockSum64* blocks, const Normalizer64& norm) {
  for (size_t at = 0; at < n; at += kBlock64, ++blocks) {
    const size_t end = n - at < kBlock64 ? n : at + kBlock64;
    const int32_t down = norm.exponent - blocks->exponent;
    if (down > kReach64) {
      fill(y + at, end - at, 0);
      continue;
    }
    const Scaling64 scaled(norm, down);
    each_eight(at, end, [&](size_t i, size_t count) {
      const D v = count < 8 ? load_n(y + i, count, 0) : load(y + i);
      store_some(y + i, scaled(v), count);
    });
  }
}

// Rows of one block each, any length up to kBlock64.
size_t rows(const Input64& in, double* y, size_t count, size_t n) {
  Input64 row = in;
  for (size_t r = 0; r < count; ++r, row.x += n, y += n) {
    const Logits64 z(row);
    const double row_max = max_of(z, 0, n);
    // Masked as a whole; with a larger scale a finite x may have overflowed.
    const bool masked = row_max == -kInfinity64 && in.scale <= 1;
    if (!masked && !(row_max >= kLowest64 && row_max <= kSafe64)) return r;
    BlockSum64 block;
    sum_one(z, 0, n, row_max, y, &block);
    if (block.sum != block.sum)
      fill(y, n, __builtin_nan(""));
    else if (masked)
      fill(y, n, in.masked);
    else
      scale_rows(y, n, &block, normalizer(fold(&block, 1)));
  }
  return count;
}

double max(const Input64& in, size_t n) { return max_of(Logits64(in), 0, n); }

}  // namespace
