// SPDX-License-Identifier: MIT
// Short rows, up to sixteen at once, so that the steps that are once per row are once per sixteen:
// very short ones transposed, one to a lane, longer ones side by side. All of them are tried in one
// window first. The operations on each element, and their order in the sum, are those of passes.h.
#pragma once
#include "passes.h"

namespace {

// Up to kLanewise elements sixteen rows are faster transposed; up to kTogether, side by side.
constexpr size_t kLanewise = kHasScalef ? 31 : 20;
constexpr size_t kTogether = 640;

// The exponentials of sixteen rows, one to a lane, relative to each one's reference exponent. Their
// maxima must be within [kLowest, kSafe].
struct LaneReference {
  F lowest;
  I offset;
  Table table = exp_table(0);
  explicit LaneReference(F highest) {
    const I exponent = to_int(mul(highest, set(kLog2e)));
    lowest = mul(to_float(sub(exponent, set_int(kReach))), set(kLn2Hi));
    offset = shl<23>(sub(set_int(0), exponent));
  }
  F exp(F z) const {
    const Reduced r = reduce(max(lowest, z));
    const F s = from_bits(add(leading(r, table), offset));
    return fma(s, r.p, s);
  }
};

// The eight lanes of sixteen sums, folded.
inline Wide fold_lanes(const Wide (&lane)[8]) {
  return add(add(add(lane[0], lane[4]), add(lane[2], lane[6])),
             add(add(lane[1], lane[5]), add(lane[3], lane[7])));
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
  F scaled(F v) const {
    const F p = mul(v, factor);
    return mul(unless_less(p, least, p), power);
  }
  bool has_nan() const { return !all_within(factor, 0, 1); }
};

// A NaN carries the bits of its operands: gives it ours.
inline void fill_nans(const Norms& norm, float* y, size_t n) {
  if (!norm.has_nan()) return;
  alignas(64) float factors[16];
  store(factors, norm.factor);
  for (size_t r = 0; r < 16; ++r)
    if (factors[r] != factors[r]) fill(y + r * n, n, __builtin_nanf(""));
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
  // One sum to a lane.
  TPS_INLINE Wide sums(size_t n) {
    for (size_t i = n; i % 16 != 0; ++i) column[i] = set(0);
    Wide lane[8];
    for (size_t j = 0; j < 8; ++j) {
      lane[j] = n > 8 ? add(widen(column[j]), widen(column[j + 8])) : widen(column[j]);
      for (size_t at = 16; at < n; at += 16)
        lane[j] = add(lane[j], add(widen(column[at + j]), widen(column[at + j + 8])));
    }
    return fold_lanes(lane);
  }
};

// Of sixteen rows in one window: all results are normal numbers, and one factor a row is enough.
inline bool held(const Window& window, Wide sums) {
  const double all = reduce_add(sums.low) + reduce_add(sums.high);
  return all < 0x1p125 && window.held(all);
}

bool sixteen_columns(const float* x, Windows& windows, bool in_window, float* y, size_t n) {
  Columns rows, e;
  rows.each_square(n, [&](F(&square)[16], size_t at, size_t count) {
    for (size_t r = 0; r < 16; ++r) square[r] = load_n(x + r * n + at, count, -kInfinity);
    transpose(square);
  });
  Norms norm;
  for (;;) {
    Window window = in_window ? windows.next() : Window(0);
    if (in_window) {
      for (size_t i = 0; i < n; ++i) e.column[i] = window.exp(rows.column[i]);
    } else {
      F highest = max(rows.column[0], set(-kInfinity));
      for (size_t i = 1; i < n; ++i) highest = max(rows.column[i], highest);
      if (!all_within(highest, kLowest, kSafe)) return false;
      const LaneReference ref(highest);
      for (size_t i = 0; i < n; ++i) e.column[i] = ref.exp(rows.column[i]);
    }
    const Wide sums = e.sums(n);
    norm = Norms(sums);
    if (!in_window || held(window, sums)) break;
    windows.miss();
    in_window = false;
  }
  const F factor = mul(norm.factor, norm.power);
  for (size_t i = 0; i < n; ++i)
    e.column[i] = in_window ? mul(e.column[i], factor) : norm.scaled(e.column[i]);
  e.each_square(n, [&](F(&square)[16], size_t at, size_t count) {
    transpose(square);
    for (size_t r = 0; r < 16; ++r) store_n(y + r * n + at, square[r], count);
  });
  fill_nans(norm, y, n);
  return true;
}

// Up to sixteen longer rows side by side, first pass: their exponentials by exps(row) and the sums
// of these. Their last vectors go in and out at the end: a load of y that overlaps a masked store
// would wait for it.
struct Sides {
  size_t count, n;
  alignas(64) double sums[16];
  alignas(64) float tails[16 * 16];
  Wide all() const { return {load_d(sums), load_d(sums + 8)}; }
};
template <typename Exps>
TPS_INLINE void sum_sides(const float* x, float* v, Sides* sides, Exps exps) {
  const size_t n = sides->n, whole = n / 16 * 16;
  for (double& sum : sides->sums) sum = 1;
  for (size_t r = 0; r < sides->count; ++r) {
    auto&& ref = exps(r);
    const float* z = x + r * n;
    float* to = v + r * n;
    size_t i = 0;
    for (; i + 16 * kInFlight <= n; i += 16 * kInFlight) {
      F e[kInFlight];
      for (size_t u = 0; u < kInFlight; ++u) e[u] = ref.exp(load(z + i + 16 * u));
      for (size_t u = 0; u < kInFlight; ++u) store(to + i + 16 * u, e[u]);
    }
    for (; i < whole; i += 16) store(to + i, ref.exp(load(z + i)));
    D sum = zero_d();
    for (i = 0; i < whole; i += 16) sum = add(sum, widen_add(to + i));
    if (whole < n) {
      const F tail = first_n(ref.exp(load_n(z + whole, n - whole, *z)), n - whole);
      store(sides->tails + 16 * r, tail);
      sum = add(sum, widen_add(tail));
    }
    sides->sums[r] = reduce_add(sum);
  }
}
// Second pass: results(row) gives what makes a result of an exponential of that row.
template <typename Results>
TPS_INLINE void scale_sides(const float* v, float* y, const Sides& sides, Results results) {
  const size_t n = sides.n, whole = n / 16 * 16;
  for (size_t r = 0; r < sides.count; ++r) {
    const auto result = results(r);
    for (size_t i = 0; i < whole; i += 16) store(y + r * n + i, result(load(v + r * n + i)));
  }
  for (size_t r = 0; r < sides.count && whole < n; ++r)
    store_n(y + r * n + whole, results(r)(load(sides.tails + 16 * r)), n - whole);
}

bool some_rows(const float* x, float* y, size_t count, size_t n) {
  alignas(64) float highest[16] = {}, factors[16], leasts[16], powers[16];
  for (size_t r = 0; r < count; ++r) highest[r] = reduce_max(largest(x + r * n, n));
  if (!all_within(load(highest), kLowest, kSafe)) return false;
  Sides sides;
  sides.count = count;
  sides.n = n;
  sum_sides(x, y, &sides, [&](size_t r) { return Reference(reference_exponent(highest[r])); });
  const Norms norm(sides.all());
  store(factors, norm.factor);
  store(leasts, norm.least);
  store(powers, norm.power);
  scale_sides(y, y, sides, [&](size_t r) TPS_INLINE_LAMBDA {
    Norms one;
    one.factor = set(factors[r]);
    one.least = set(leasts[r]);
    one.power = set(powers[r]);
    return [one](F v) TPS_INLINE_LAMBDA { return one.scaled(v); };
  });
  fill_nans(norm, y, n);
  return true;
}

bool some_rows(const float* x, Windows& windows, float* v, float* y, size_t count, size_t n) {
  Sides sides;
  sides.count = count;
  sides.n = n;
  Window window = windows.next();
  sum_sides(x, v, &sides, [&](size_t) -> Window& { return window; });
  const Wide sums = sides.all();
  if (!held(window, sums)) {
    windows.miss();
    return false;
  }
  alignas(64) float factors[16];
  if (count == 16) {
    const Norms norm(sums);
    store(factors, mul(norm.factor, norm.power));
  } else {
    for (size_t r = 0; r < count; ++r) {
      const RowSum row = normalized(sides.sums[r] * (1 / kScale), 0, 0);
      factors[r] = reciprocal(row.mantissa) * pow2f(-row.exponent);
    }
  }
  scale_sides(v, y, sides, [&](size_t r) TPS_INLINE_LAMBDA {
    const F factor = set(factors[r]);
    return [factor](F v) TPS_INLINE_LAMBDA { return mul(v, factor); };
  });
  return true;
}

// As many rows at a time as stay in the nearest caches. y is not x. `spare`: room for the
// exponentials of all rows, where y must stay as it is from the row on that is left untouched.
size_t plain_rows(const Input& in, Windows& windows, float* spare, float* y, size_t rows,
                  size_t n) {
  const size_t most = n <= kTogether ? 16 : 8;
  const Plain source(in);
  Input part = in;
  for (size_t done = 0, count; done < rows; done += count, part.x += count * n, y += count * n) {
    count = rows - done < most ? rows - done : most;
    const float* x = part.x;
    const bool worth_it = windows.worth_it(Stretch<Plain>{source, x}, n);
    if (!worth_it) windows.aim(reduce_max(largest(x, n)));
    if (n <= kLanewise && count == 16) {
      if (sixteen_columns(x, windows, worth_it, y, n)) continue;
    } else {
      if (worth_it && some_rows(x, windows, spare != nullptr ? spare : y, y, count, n)) continue;
      if (some_rows(x, y, count, n)) continue;
    }
    const size_t good = block_rows_of<Plain>(part, y, count, n);
    if (good < count) return done + good;
  }
  return rows;
}

// Some rows at a time are scaled, or only copied, into a buffer first.
size_t staged_rows(const Input& in, Windows& windows, float* y, size_t rows, size_t n) {
  constexpr size_t kBuffer = 4 * kBlock;
  alignas(64) float buffer[kBuffer];
  alignas(64) float spare[kBuffer];
  const size_t fit = kBuffer / n, step = fit >= 16 ? fit / 16 * 16 : fit;
  const F scale = set(in.scale);
  Input part = in;
  part.x = buffer;
  for (size_t done = 0; done < rows; done += step) {
    const size_t count = rows - done < step ? rows - done : step, size = count * n;
    const float* x = in.x + done * n;
    size_t i = 0;
    for (; i + 64 <= size; i += 64)
      for (size_t k = i; k < i + 64; k += 16) store(buffer + k, mul(load(x + k), scale));
    for (; i + 16 <= size; i += 16) store(buffer + i, mul(load(x + i), scale));
    if (i < size) store_n(buffer + i, mul(load_n(x + i, size - i, 0), scale), size - i);
    const size_t good = plain_rows(part, windows, spare, y + done * n, count, n);
    if (good < count) return done + good;
  }
  return rows;
}

// The scalar kernels take all rows by blocks: the same bits, by the definition itself.
size_t rows(const Input& in, float* y, size_t count, size_t n) {
  if (kScalar) return block_rows_of<Shifted>(in, y, count, n);
  Windows windows;
  return in.kind == Input::kPlain && in.x != y ? plain_rows(in, windows, nullptr, y, count, n)
                                               : staged_rows(in, windows, y, count, n);
}

}  // namespace
