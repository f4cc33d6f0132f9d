// SPDX-License-Identifier: MIT
// Sixteen very short rows at once, transposed: one to a lane. The operations on each element, and
// their order in the sum, are those of passes.h.
#pragma once
#include "select.h"

namespace {

// Up to kLanewise elements sixteen rows are faster transposed than side by side.
constexpr size_t kLanewise = kHasScalef ? 31 : 20;

// The exponentials of sixteen rows, one to a lane, relative to each one's reference exponent, which
// is that of a z within [kLowest, kSafe].
struct LaneReference {
  F lowest, place;  // the exponent as what is taken off: eighths, or bits
  Table table = near_table(0);
  LaneReference(F low, F where) : lowest(low), place(where) {}
  explicit LaneReference(F highest) : LaneReference(to_int(mul(highest, set(kLog2e)))) {}
  explicit LaneReference(I exponent)
      : lowest(mul(to_float(sub(exponent, set_int(kReach))), set(kLn2Hi))),
        place(kHasScalef ? add(to_float(exponent), set(kRound - kHeadroom))
                         : from_bits(shl<23>(sub(exponent, set_int(kHeadroom))))) {}
  TPS_INLINE F exp(F z) const {
    Reduced r = reduce(max(lowest, z));
    r.k = sub(from_bits(r.rounded), place);
    if (kHasScalef) return near_exp(r, table);
    const F s = from_bits(sub(leading(r, table), bits(place)));
    return fma(s, r.p, s);
  }
  // The same but for a power of two, so that only the last steps wait for the maxima: what cannot
  // count is raised there, to the least normal numbers.
  TPS_INLINE F exp_late(F z) const {
    if (!kHasScalef) return exp(z);
    Reduced r = reduce(max(set(-kSafe), z));
    r.k = max(set(-124), sub(from_bits(r.rounded), sub(place, set(kRaised))));
    return near_exp(r, table);
  }
  static constexpr float kRaised = 92;  // so that this is below what kReach leaves
};

// Sixteen sums, one to a lane: what lanes(j) gives is that part of each, folded.
template <typename Lanes>
TPS_INLINE auto fold_each(Lanes lanes) {
  decltype(lanes(0)) eight[8];
  for (size_t j = 0; j < 8; ++j) eight[j] = lanes(j);
  return add(add(add(eight[0], eight[4]), add(eight[2], eight[6])),
             add(add(eight[1], eight[5]), add(eight[3], eight[7])));
}

// What sixteen rows are multiplied with, one to a lane: by their sums relative to the exponent of
// their exponentials. fl(v * factor) first, then the power of two: the same results as with
// Normalizer::least.
struct Norms {
  F factor, least, power;
  Norms() = default;
  explicit Norms(Wide sum) {
    const D low = mul(sum.low, 1 / kScale), high = mul(sum.high, 1 / kScale);
    const F unmarked =
        narrow({inverse(mul(mantissa(low), kScale)), inverse(mul(mantissa(high), kScale))});
    factor = add(unmarked, narrow({mul(low, 0), mul(high, 0)}));  // NaN where the sum is
    power = narrow({inverse_power(low), inverse_power(high)});
    least = from_bits(sub(set_int(128 << 23), bits(power)));  // 2^-126 / power
  }
  F scaled(F v) const { return mul_unless_less(mul(v, factor), least, power); }

  // The same with one factor, for sums of 1 to 2^125: `least` is then of v, as normalizer() has it.
  // fl(sum) * 2^-126 is within two floats of it.
  Norms whole(Wide sum) const {
    Norms one = *this;
    one.factor = mul(factor, power);
    const F quotient = mul(narrow(sum), set(0x1p-126f));
    I at = sub(bits(quotient), set_int(2));
    I up = set_int(0);
    for (int k = 0; k < 4; ++k, at = add(at, set_int(1)))
      up = add(up, bits(unless_less(mul(from_bits(at), factor), least, from_bits(set_int(1)))));
    one.least = from_bits(sub(add(bits(quotient), set_int(2)), up));
    return one;
  }
};

// Of sixteen sums in memory: as arguments they would be written and read in different pieces.
TPS_OUT_OF_LINE Norms whole_norms(const double* from) {
  const Wide sums{load_d(from), load_d(from + 8)};
  return Norms(sums).whole(sums);
}

// What the maxima of sixteen rows are without those that the range does not hold: these are taken
// off first, and rows that are masked as a whole have a result of their own.
struct Outliers {
  uint32_t masked = 0;
  // False: a row has no maximum.
  TPS_OUT_OF_LINE bool remove(const Input& in, F* highest, F* before) {
    alignas(64) float most[16], off[16];
    store(most, *highest);
    for (size_t r = 0; r < 16; ++r) {
      const bool in_range = most[r] >= kLowest && most[r] <= kSafe, finite = most[r] - most[r] == 0;
      off[r] = in_range || !finite ? 0 : most[r];
      if (in_range) continue;
      if (!finite && !(most[r] < 0 && in.scale <= 1)) return false;
      if (!finite) masked |= 1u << r;
      most[r] = 0;
    }
    *highest = load(most);
    *before = load(off);
    return true;
  }
  // With a larger scale a finite x may have overflowed.
  TPS_OUT_OF_LINE F fill(F factor, float value) const {
    alignas(64) float factors[16];
    store(factors, factor);
    for (size_t r = 0; r < 16; ++r)
      if ((masked >> r & 1) != 0 && factors[r] == factors[r]) factors[r] = value;
    return load(factors);
  }
};

// Fills the rows in `which`, of those at y.
inline void fill_rows(uint32_t which, float* y, size_t n, float value) {
  for (; which != 0; which &= which - 1) fill(y + lowest_bit(which) * n, n, value);
}

// A NaN carries the bits of its operands: gives it ours.
inline void fill_nans(const Norms& norm, float* y, size_t count, size_t n) {
  const uint32_t rows = (1u << count) - 1;
  fill_rows(not_at_most(norm.factor, set(kInfinity)) & rows, y, n, __builtin_nanf(""));
}

// Sixteen rows of n <= kLanewise elements, transposed: lane r of column i is element i of row r.
struct Columns {
  F column[(kLanewise + 15) / 16 * 16];

  // body(square, where it is, how much of it is there)
  template <typename Body>
  TPS_INLINE void each_square(size_t n, Body body) {
    for (size_t at = 0; at < n; at += 16)
      body(*reinterpret_cast<F(*)[16]>(column + at), at, n - at < 16 ? n - at : 16);
  }
  F highest(size_t n) const {
    F most[4] = {set(-kInfinity), set(-kInfinity), set(-kInfinity), set(-kInfinity)};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
      for (size_t k = 0; k < 4; ++k) most[k] = max(column[i + k], most[k]);
    for (; i < n; ++i) most[0] = max(column[i], most[0]);
    return max(max(most[0], most[1]), max(most[2], most[3]));
  }
  // One sum to a lane.
  TPS_INLINE Wide sums(size_t n) {
    for (size_t i = n; i % 16 != 0; ++i) column[i] = set(0);
    const auto lane = [&](size_t j) TPS_INLINE_LAMBDA {
      Sums sums = sums_of(column[j]);
      for (size_t at = 16; at < n; at += 16) sums = add(sums, sums_of(column[at + j]));
      return sums;
    };
    return in_order(fold_each(
        [&](size_t j) TPS_INLINE_LAMBDA { return n > 8 ? add(lane(j), lane(j + 8)) : lane(j); }));
  }
};

// Of rows in one window, whose sums are `all` together: all results are normal numbers, and one
// factor a row is enough.
inline bool held(const Window& window, double all) { return all < 0x1p125 && window.held(all); }
inline bool held(const Window& window, Wide sums) {
  return held(window, reduce_add(sums.low) + reduce_add(sums.high));
}

// The exponentials of sixteen rows by their maxima. False: a row has none.
TPS_INLINE bool columns_apart(const Input& in, Columns& rows, Columns& e, size_t n,
                              Outliers* outliers) {
  F highest = rows.highest(n);
  if (!all_within(highest, kLowest, kSafe)) {
    F before;
    if (!outliers->remove(in, &highest, &before)) return false;
    for (size_t i = 0; i < n; ++i) rows.column[i] = sub(rows.column[i], before);
  }
  const LaneReference ref(highest);
  for (size_t i = 0; i < n; ++i) e.column[i] = ref.exp_late(rows.column[i]);
  return true;
}

bool sixteen_columns(const Input& in, Windows& windows, bool in_window, float* y, size_t n) {
  Columns rows, e;
  rows.each_square(n, [&](F(&square)[16], size_t at, size_t count) {
    for (size_t r = 0; r < 16; ++r) square[r] = load_n(in.x + r * n + at, count, -kInfinity);
    transpose(square);
  });
  Norms norm;
  Outliers outliers;
  for (;;) {
    Window window = in_window ? windows.next() : Window(0);
    if (in_window) {
      for (size_t i = 0; i < n; ++i) e.column[i] = window.exp(rows.column[i]);
    } else if (!columns_apart(in, rows, e, n, &outliers)) {
      return false;
    }
    const Wide sums = e.sums(n);
    norm = Norms(sums);
    if (!in_window || held(window, sums)) break;
    windows.miss();
    in_window = false;
  }
  if (outliers.masked != 0) norm.factor = outliers.fill(norm.factor, in.masked);
  const F factor = mul(norm.factor, norm.power);
  for (size_t i = 0; i < n; ++i)
    e.column[i] = in_window ? mul(e.column[i], factor) : norm.scaled(e.column[i]);
  e.each_square(n, [&](F(&square)[16], size_t at, size_t count) {
    transpose(square);
    for (size_t r = 0; r < 16; ++r) store_n(y + r * n + at, square[r], count);
  });
  if (!in_window) fill_nans(norm, y, 16, n);
  return true;
}

}  // namespace
