// SPDX-License-Identifier: MIT
// Short rows, up to sixteen at once, so that the steps that are once per row are once per sixteen:
// very short ones transposed, one to a lane, longer ones side by side. All of them are tried in one
// window first, where that is likely to hold. The operations on each element, and their order in
// the sum, are those of passes.h.
#pragma once
#include "lanes.h"

namespace {

// Up to so many elements sixteen rows are faster side by side.
constexpr size_t kTogether = 640;

// Up to sixteen longer rows side by side, first pass: their exponentials by exps(row) and the sums
// of these. Their last vectors go in and out at the end: a load of y that overlaps a masked store
// would wait for it.
struct Sides {
  size_t count, n;
  static constexpr double kNoSum = 0x1p8;  // as likely as one that there is
  alignas(64) double sums[16];
  alignas(64) float tails[16 * 16];
  Sides(size_t rows, size_t length) : count(rows), n(length) {
    for (double& sum : sums) sum = kNoSum;
  }
  Wide all() const { return {load_d(sums), load_d(sums + 8)}; }
};
template <typename Exps>
TPS_INLINE void sum_sides(const float* x, float* v, Sides* sides, Exps exps) {
  const size_t n = sides->n, whole = n / 16 * 16;
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

// One row by its own maximum, which is taken off first where the kernels' range does not hold it.
enum class Found { kNothing, kMasked, kSum };
inline Found sum_row(const Input& in, size_t n, float* v, BlockSum* block) {
  const float* x = in.x;
  const float row_max = reduce_max(largest(x, n));
  if (row_max - row_max == 0 && !(row_max >= kLowest && row_max <= kSafe)) {
    const Shifted exact({x, 1, 0, row_max, Input::kShifted});
    sum_one(Stretch<Shifted>{exact, x}, n, 0, v, block, x + n);
    block->max = row_max;
    return Found::kSum;
  }
  // With a larger scale a finite x may have overflowed.
  if (row_max > kSafe || (row_max < kLowest && in.scale > 1)) return Found::kNothing;
  const Plain source(in);
  sum_one(Stretch<Plain>{source, x}, n, row_max, v, block, x + n);
  return row_max >= kLowest || block->sum != block->sum ? Found::kSum : Found::kMasked;
}

// The rows in `left`, one by one, as far as there are maxima. Returns which are masked.
TPS_OUT_OF_LINE uint32_t sum_left(const Input& in, uint32_t left, float* v, Sides* sides,
                                  Windows* windows) {
  const size_t n = sides->n, whole = n / 16 * 16;
  uint32_t masked = 0;
  size_t sums = 0;
  float highest = -kInfinity;
  Input row = in;
  for (size_t r = 0; r < sides->count; ++r, row.x += n, v += n) {
    if ((left >> r & 1) == 0) continue;
    BlockSum block;
    const Found found = sum_row(row, n, v, &block);
    sides->sums[r] = Sides::kNoSum;
    if (found == Found::kNothing) sides->count = r;
    if (found == Found::kMasked) masked |= 1u << r;
    if (found != Found::kSum) continue;
    ++sums;
    highest = block.max > highest ? block.max : highest;
    sides->sums[r] = block.sum;
    if (whole < n) store(sides->tails + 16 * r, load_n(v + whole, n - whole, 0));
  }
  windows->rows_done(sides->count, sums, highest);
  return masked;
}

// Which are not within.
inline uint32_t beside(F v, float low, float high) {
  return not_at_most(v, set(high)) | not_at_most(sub(set(0), v), set(-low));
}

// Rows that do not lie in a window: by a guess of where their maxima are, or by these. Returns how
// many there are before one that has none. v is y, or where y must stay as it is from there on.
size_t rows_apart(const Input& in, Windows& windows, float* v, float* y, size_t count, size_t n) {
  alignas(64) float highest[16] = {}, factors[16], leasts[16];
  const uint32_t all = (1u << count) - 1;
  uint32_t left = 0, masked = 0;
  const bool guessing = windows.rows_worth_it();
  if (!guessing) {
    for (size_t r = 0; r < count; ++r) highest[r] = reduce_max(largest(in.x + r * n, n));
    left = beside(load(highest), kLowest, kSafe);
  }
  Sides sides(count, n);
  Guess guess(windows.rows_reference());
  if (left != all)
    sum_sides(in.x, v, &sides, [&](size_t r) TPS_INLINE_LAMBDA -> Guess& {
      if (!guessing) guess = Guess(reference_exponent(highest[r]));
      return guess;
    });
  if (guessing) left = guess.held(0) ? beside(narrow(sides.all()), 0x1p8f, 0x1p120f) & all : all;
  if (guessing || left != 0) masked = sum_left(in, left, v, &sides, &windows);
  const Norms norm = whole_norms(sides.all());
  store(factors, norm.factor);
  store(leasts, norm.least);
  scale_sides(v, y, sides, [&](size_t r) TPS_INLINE_LAMBDA {
    const float factor = factors[r], least = leasts[r];
    return [=](F e) TPS_INLINE_LAMBDA { return scaled(e, set(least), set(factor)); };
  });
  fill_nans(norm, y, sides.count, n);
  for (size_t r = 0; r < sides.count && masked != 0; ++r)
    if ((masked >> r & 1) != 0) fill(y + r * n, n, in.masked);
  return sides.count;
}

bool rows_in_window(const float* x, Windows& windows, float* v, float* y, size_t count, size_t n) {
  Sides sides(count, n);
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
    const float factor = factors[r];
    return [=](F v) TPS_INLINE_LAMBDA { return mul(v, set(factor)); };
  });
  return true;
}

TPS_OUT_OF_LINE bool all_masked(const float* x, size_t n) {
  const F none = set(-kInfinity);
  for (size_t i = 0; i < n; i += 16)
    if (not_at_most(load_n(x + i, n - i < 16 ? n - i : 16, -kInfinity), none) != 0) return false;
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
    if (!worth_it && in.scale <= 1 && all_masked(x, count * n)) {
      fill(y, count * n, in.masked);
      continue;
    }
    if (!worth_it && done % (8 * most) == 0) windows.aim(reduce_max(largest(x, n)));
    float* const v = spare != nullptr ? spare : y;
    if (n <= kLanewise && count == 16) {
      if (sixteen_columns(part, windows, worth_it, y, n)) continue;
    } else if (worth_it && rows_in_window(x, windows, v, y, count, n)) {
      continue;
    }
    const size_t good = rows_apart(part, windows, v, y, count, n);
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
  if (kScalar) return rows_by_blocks(in, y, count, n);
  Windows windows;
  return in.kind == Input::kPlain && in.x != y ? plain_rows(in, windows, nullptr, y, count, n)
                                               : staged_rows(in, windows, y, count, n);
}

}  // namespace
