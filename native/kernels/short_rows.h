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

// Up to sixteen longer rows side by side, first pass: their exponentials by *exps(row), and
// the sums of these; those without are left out. Their last vectors go in and out at the end: a
// load of y that overlaps a masked store would wait for it.
struct Sides {
  size_t count, n;
  static constexpr double kNoSum = 0x1p8;  // as likely as one that there is
  alignas(64) double sums[16];
  alignas(64) float tails[16 * 16];
  Sides(size_t rows, size_t length) : count(rows), n(length) {
    for (double& sum : sums) sum = kNoSum;
  }
  Wide all_sums() const { return {load_d(sums), load_d(sums + 8)}; }
};
template <typename Exps>
TPS_INLINE void sum_sides(const float* x, float* v, Sides* sides, Exps exps) {
  const size_t n = sides->n, whole = n / 16 * 16;
  RowSums row_sums(sides->sums);
  for (size_t r = 0; r < sides->count; ++r) {
    auto* const by = exps(r);
    if (by == nullptr) continue;
    const float* z = x + r * n;
    float* to = v + r * n;
    Sums sums = {zero_d(), zero_d()};
    const auto at = [&](size_t k) TPS_INLINE_LAMBDA { return load(z + k); };
    size_t i = exp_steps<false>(n, at, *by, to, &sums, [](size_t) {});
    for (; i < whole; i += 16) {
      const F e = by->exp(load(z + i));
      store(to + i, e);
      if (!kSumsFromMemory) sums = add(sums, sums_of(e));
    }
    for (size_t summed = kSumsFromMemory ? 0 : whole; summed < whole; summed += 16)
      sums = add(sums, sums_of(to + summed));
    if (whole < n) {
      const F tail = first_n(by->exp(load_n(z + whole, n - whole, *z)), n - whole);
      store(sides->tails + 16 * r, tail);
      sums = add(sums, sums_of(tail));
    }
    row_sums.set(r, sums);
  }
  row_sums.fold();
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

TPS_OUT_OF_LINE bool all_masked(const float* x, size_t n) {
  const F none = set(-kInfinity);
  for (size_t i = 0; i < n; i += 16)
    if (not_at_most(load_n(x + i, n - i < 16 ? n - i : 16, -kInfinity), none) != 0) return false;
  return true;
}

inline bool in_range(float max) { return max >= kLowest && max <= kSafe; }

// The rows in `left`, one by one: by a sum relative to a guess (kUnbounded: none) that was too
// high, where more than what was raised is in it, else by their maxima, as far as there are any.
// `highest` gets these, or about these. Returns which rows are masked.
TPS_OUT_OF_LINE uint32_t sum_alone(const Input& in, uint32_t left, int32_t guess, float* highest,
                                   float* v, Sides* sides) {
  const size_t n = sides->n, whole = n / 16 * 16;
  uint32_t masked = 0;
  for (; left != 0; left &= left - 1) {
    const uint32_t r = lowest_bit(left);
    const float* x = in.x + r * n;
    const double seen = sides->sums[r];
    const Stretch<Plain> z{Plain(in), x};
    BlockSum block{__builtin_nan(""), 0, 0};
    if (guess != kUnbounded && seen > 0x1p-100 && seen < 2) {
      const int32_t exponent = guess + exponent_of(seen) - kHeadroom;
      highest[r] = static_cast<float>(exponent) * kLn2Hi;
      sum_at(z, n, exponent - 50, v + r * n, &block, x + n);
    } else {
      const float max = highest[r] = reduce_max(largest(x, n));
      if (in_range(max)) {
        sum_one(z, n, max, v + r * n, &block, x + n);
      } else if (max - max == 0) {  // the exact path
        const Shifted source({x, 1, 0, max, Input::kShifted});
        sum_one(Stretch<Shifted>{source, x}, n, 0, v + r * n, &block, x + n);
      } else if (max > 0 || in.scale > 1) {  // with such a scale a finite x may have overflowed
        sides->count = r;
        break;
      } else if (all_masked(x, n)) {
        block.sum = Sides::kNoSum;
        masked |= 1u << r;
      }
    }
    if (whole < n) store(sides->tails + 16 * r, load_n(v + r * n + whole, n - whole, 0));
    sides->sums[r] = block.sum;
  }
  return masked;
}

// Which are not within.
inline uint32_t beside(F v, float low, float high) {
  return not_at_most(v, set(high)) | not_at_most(sub(set(0), v), set(-low));
}

// Short rows, some at a time, have one reference as long as few of them lie beside.
class RowGuesses {
 public:
  explicit RowGuesses(size_t n) : below_(114 - exponent_of(static_cast<double>(n))) {}
  bool worth_it() const {
    const float low = static_cast<float>(reference_), range = 128;  // of maxima that sums tell of
    return low > kLowest * kLog2e + range && low < kSafe * kLog2e - range && tally_.good(128);
  }
  int32_t reference() const { return reference_; }
  void aim(float max) {
    if (tally_.tried == 0) reference_ = reference_exponent(max) - below_;
  }
  // `beside`: which of them did, and what their maxima are.
  void done(size_t count, uint32_t beside, const float* maxima) {
    tally_.tried += count;
    if (beside == 0) return;
    float highest = -kInfinity;
    size_t found = 0;
    for (; beside != 0; beside &= beside - 1, ++found) {
      const float max = maxima[lowest_bit(beside)];
      if (max > highest && max <= kSafe) highest = max;
    }
    tally_.failed += found;
    const int32_t wanted = reference_exponent(highest) - below_;
    if (found > count / 4 || wanted > reference_) reference_ = wanted;
  }

 private:
  // A sum of n elements as large as the largest stays below 2^125.
  const int32_t below_;
  Tally tally_;
  int32_t reference_ = 0;
};
struct RowTries {
  Windows windows;
  RowGuesses guesses;
  explicit RowTries(size_t n) : guesses(n) {}
  void aim(float max) {
    windows.aim(max);
    guesses.aim(max);
  }
};

// Rows that do not lie in a window: by a guess of where their maxima are, and what it cannot hold
// by these. Returns how many there are before one that has none. v is y, or where y must stay as it
// is from there on.
TPS_ON_A_LINE size_t rows_apart(const Input& in, RowGuesses& guesses, float* v, float* y,
                                size_t count, size_t n) {
  alignas(64) float factors[16], leasts[16];
  float highest[16];
  for (float& max : highest) max = -kInfinity;
  Sides sides(count, n);
  Guess guess(guesses.reference());
  const bool guessed = guesses.worth_it();
  uint32_t left = 0, masked = 0;
  for (size_t r = 0; !guessed && r < count; ++r) {
    highest[r] = reduce_max(largest(in.x + r * n, n));
    if (!in_range(highest[r])) left |= 1u << r;
  }
  sum_sides(in.x, v, &sides, [&](size_t r) TPS_INLINE_LAMBDA -> Guess* {
    if (guessed) return &guess;
    if ((left >> r & 1) != 0) return nullptr;
    guess = Guess(reference_exponent(highest[r]));
    return &guess;
  });
  int32_t reference = kUnbounded;
  if (guessed) {
    left = (1u << count) - 1;
    if (guess.held(0)) {
      reference = guesses.reference();
      left &= beside(narrow(sides.all_sums()), 2, 0x1p125f);
    }
  }
  if (left != 0) masked = sum_alone(in, left, reference, highest, v, &sides);
  if (guessed) guesses.done(count, left & ~masked, highest);
  const Norms norm = whole_norms(sides.sums);
  store(factors, norm.factor);
  store(leasts, norm.least);
  scale_sides(v, y, sides, [&](size_t r) TPS_INLINE_LAMBDA {
    const float factor = factors[r], least = leasts[r];
    return [=](F e) TPS_INLINE_LAMBDA { return scaled(e, set(least), set(factor)); };
  });
  fill_nans(norm, y, sides.count, n);
  fill_rows(masked, y, n, in.masked);
  return sides.count;
}

TPS_OUT_OF_LINE float factor_in_window(double sum) {
  const RowSum row = normalized(sum * (1 / kScale), 0, 0);
  return reciprocal(row.mantissa) * pow2f(-row.exponent);
}

TPS_ON_A_LINE bool rows_in_window(const float* x, Windows& windows, float* v, float* y,
                                  size_t count, size_t n) {
  Sides sides(count, n);
  Window window = windows.next();
  sum_sides(x, v, &sides, [&](size_t) { return &window; });
  alignas(64) float factors[16];
  bool good;
  if (count == 16) {
    const Wide sums = sides.all_sums();
    good = held(window, sums);
    const Norms norm(sums);
    store(factors, mul(norm.factor, norm.power));
  } else {
    double all = 0;
    for (size_t r = 0; r < count; ++r) all += sides.sums[r];
    good = held(window, all);
    for (size_t r = 0; good && r < count; ++r) factors[r] = factor_in_window(sides.sums[r]);
  }
  if (!good) {
    windows.miss();
    return false;
  }
  scale_sides(v, y, sides, [&](size_t r) TPS_INLINE_LAMBDA {
    const float factor = factors[r];
    return [=](F v) TPS_INLINE_LAMBDA { return mul(v, set(factor)); };
  });
  return true;
}

// As many rows at a time as stay in the nearest caches. y is not x. `spare`: room for the
// exponentials of all rows, where y must stay as it is from the row on that is left untouched.
size_t plain_rows(const Input& in, RowTries& tries, float* spare, float* y, size_t rows, size_t n) {
  const size_t most = n <= kTogether ? 16 : 8;
  const Plain source(in);
  const float* x = in.x;
  // Not before it is wanted: it was just written, in pieces, and is copied as a whole.
  const auto part = [&] {
    Input some = in;
    some.x = x;
    return some;
  };
  for (size_t done = 0, count; done < rows; done += count, x += count * n, y += count * n) {
    count = rows - done < most ? rows - done : most;
    const bool worth_it = tries.windows.worth_it(Stretch<Plain>{source, x}, n);
    if (!worth_it && in.scale <= 1 && x[count * n - 1] == -kInfinity && all_masked(x, count * n)) {
      fill(y, count * n, in.masked);
      continue;
    }
    if (!worth_it && done % (16 * most) == 0)
      tries.aim(reduce_max(largest(x, done == 0 ? count * n : n)));
    float* const v = spare != nullptr ? spare : y;
    if (n <= kLanewise && count == 16) {
      if (sixteen_columns(part(), tries.windows, worth_it, y, n)) continue;
    } else if (worth_it && rows_in_window(x, tries.windows, v, y, count, n)) {
      continue;
    }
    const size_t good = rows_apart(part(), tries.guesses, v, y, count, n);
    if (good < count) return done + good;
  }
  return rows;
}

// Some rows at a time are scaled, or only copied, into a buffer first.
size_t staged_rows(const Input& in, RowTries& tries, float* y, size_t rows, size_t n) {
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
    const size_t good = plain_rows(part, tries, spare, y + done * n, count, n);
    if (good < count) return done + good;
  }
  return rows;
}

// The scalar kernels take all rows by blocks: the same bits, by the definition itself.
size_t rows(const Input& in, float* y, size_t count, size_t n) {
  if (kScalar) return rows_by_blocks(in, y, count, n);
  RowTries tries(n);
  return in.kind == Input::kPlain && in.x != y ? plain_rows(in, tries, nullptr, y, count, n)
                                               : staged_rows(in, tries, y, count, n);
}

}  // namespace
