// SPDX-License-Identifier: MIT
// The first pass of our own algorithms: kinds of input, maxima, and the sum of the exponentials,
// which may be stored. Each block is tried in a window of exponents (exp.h) before it is looked for
// what it is to be relative to.
#pragma once
#include <string.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

#include "exp.h"
#include "fold.h"

namespace {

constexpr float kInfinity = __builtin_huge_valf();

inline uint32_t lowest_bit(uint64_t mask) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long index;
  _BitScanForward64(&index, mask);
  return index;
#else
  return static_cast<uint32_t>(__builtin_ctzll(mask));
#endif
}

// The three kinds of input. Missing elements of a tail read as `fill`. z never falls as x rises, so
// the largest z is that of the largest x.
struct Plain {
  static constexpr bool kExactPath = false;
  const float* x;
  explicit Plain(const Input& in) : x(in.x) {}
  F z(F v) const { return v; }
};
struct Shifted {
  static constexpr bool kExactPath = true;
  const float* x;
  F scale, before, after;
  explicit Shifted(const Input& in)
      : x(in.x), scale(set(in.scale)), before(set(in.before)), after(set(in.after)) {}
  F z(F v) const { return sub(mul(sub(v, before), scale), after); }
};
struct Scaled {
  static constexpr bool kExactPath = false;
  const float* x;
  F scale;
  explicit Scaled(const Input& in) : x(in.x), scale(set(in.scale)) {}
  F z(F v) const { return mul(v, scale); }
};

// The z of a contiguous stretch of the input.
template <typename Source>
struct Stretch {
  const Source& source;
  const float* x;
  F at(size_t i) const { return source.z(load(x + i)); }
  F tail(size_t i, size_t n, float fill) const { return source.z(load_n(x + i, n, fill)); }
};

// The lowest z that a reference exponent can hold.
inline F lowest_of(int32_t exponent) { return set(static_cast<float>(exponent - kReach) * kLn2Hi); }

// The exponentials relative to a reference exponent: z is raised to what the reference can hold.
struct Reference {
  static constexpr bool kAllStay = false;
  Table table;
  F lowest;
  explicit Reference(int32_t exponent) : table(exp_table(exponent)), lowest(lowest_of(exponent)) {}
  TPS_INLINE F exp(F z) const { return exp_scaled(max(lowest, z), table); }
};

// The same of a z that need not be raised, its reference not far from 0.
struct Near {
  static constexpr bool kAllStay = true;
  Table table;
  explicit Near(int32_t exponent) : table(near_table(kHeadroom - exponent)) {}
  TPS_INLINE F exp(F z) const { return near_exp(reduce(z), table); }
};

// The same relative to a reference that may be guessed, some way below the largest element: see
// Windows. Without scalef, which saturates, it is looked whether all of them can be held.
class Guess {
 public:
  explicit Guess(int32_t exponent)
      : table_(kHasScalef ? near_table(0) : exp_table(exponent)),
        lowest_(lowest_of(exponent)),
        shift_(set(kRound + static_cast<float>(exponent - kHeadroom))),
        top_(static_cast<float>(exponent + 120) * kLn2Hi) {}

  TPS_INLINE F exp(F z) {
    Reduced r = reduce(max(lowest_, z));
    if (kHasScalef)
      r.k = sub(from_bits(r.rounded), shift_);
    else
      highest_ = max(z, highest_);
    return near_exp(r, table_);
  }
  bool held(double sum) const {
    return sum < 0x1p120 && (kHasScalef || reduce_max(highest_) <= top_);
  }

 private:
  Table table_;
  F lowest_, shift_;
  F highest_ = set(-kInfinity);
  float top_;
};

// Of a block by its maximum; at most one off the exponent of that maximum.
inline int32_t reference_exponent(float block_max) {
  return static_cast<int32_t>(within_range(block_max) * kLog2e);
}

// Lane by lane, the largest of value(x[i]).
template <typename Value>
TPS_INLINE F largest(const float* x, size_t n, Value value) {
  F m[4] = {set(-kInfinity), set(-kInfinity), set(-kInfinity), set(-kInfinity)};
  size_t i = 0;
  // Four pages side by side: see kGroup.
  for (; i + 4 * kBlock <= n; i += 3 * kBlock)
    for (const size_t end = i + kBlock; i < end; i += 16)
      for (size_t k = 0; k < 4; ++k) m[k] = max(value(load(x + i + kBlock * k)), m[k]);
  for (; i + 64 <= n; i += 64)
    for (size_t k = 0; k < 4; ++k) m[k] = max(value(load(x + i + 16 * k)), m[k]);
  for (; i + 16 <= n; i += 16) m[0] = max(value(load(x + i)), m[0]);
  if (i < n) m[1] = max(value(load_n(x + i, n - i, -kInfinity)), m[1]);
  return max(max(m[0], m[1]), max(m[2], m[3]));
}

TPS_OUT_OF_LINE F largest(const float* x, size_t n) {
  return largest(x, n, [](F v) { return v; });
}

// Of z.
template <typename Source>
TPS_INLINE float max_of(const Source& source, const float* x, size_t n) {
  return reduce_max(source.z(largest(x, n)));
}

// The hardware prefetchers work page by page, so several streams read faster than one: while a
// block is summed, an equal part of each block of the next group is fetched. Beyond the caches one
// stream takes 1.8 times as long; eight pages take 0.96 of the time of four there, and 1.03 within.
constexpr size_t kGroup = 4;
constexpr size_t kFarGroup = 2 * kInFlight;
constexpr size_t kFar = size_t{1} << 25;  // elements: 128 MiB

// Fetches a line of each page of a group in turn, kInFlight at a time: all the pages, or one half
// and then the other.
class Fetch {
 public:
  Fetch(const float* next, size_t pages = kGroup)
      : at_(reinterpret_cast<uintptr_t>(next)),
        step_(pages > kInFlight ? kInFlight * kPage : kLine),
        both_(pages > kInFlight ? kLine : 2 * kLine) {}
  TPS_INLINE void lines() {
    for (size_t u = 0; u < kInFlight; ++u) prefetch(reinterpret_cast<void*>(at_ + u * kPage));
    at_ += step_;
    step_ = both_ - step_;
  }

 private:
  static constexpr uintptr_t kLine = 64, kPage = kBlock * sizeof(float);
  static_assert(kScalar || kInFlight == kGroup || 2 * kInFlight == kGroup, "");
  uintptr_t at_, step_;
  const uintptr_t both_;
};

// Stores the exponentials of at most kBlock elements to `v` and returns their sum, while it fetches
// lines from `next`. The sum runs a little behind, so that its loads meet finished stores while its
// additions share the ports with the next exponentials.
template <typename Source, typename Exp>
TPS_INLINE double sum_block(Stretch<Source> z, size_t n, Exp& exp, float* v, Fetch next) {
  constexpr size_t kStep = 16 * kInFlight, kLag = 128;
  D sum = zero_d();
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    F e[kStep / 16];
    for (size_t u = 0; u < kStep / 16; ++u) e[u] = exp.exp(z.at(i + 16 * u));
    for (size_t u = 0; u < kStep / 16; ++u) store(v + i + 16 * u, e[u]);
    next.lines();
    if (i >= kLag)
      for (size_t u = 0; u < kStep; u += 16) sum = add(sum, widen_add(v + i - kLag + u));
  }
  size_t summed = i > kLag ? i - kLag : 0;
  for (; i + 16 <= n; i += 16) store(v + i, exp.exp(z.at(i)));
  for (; summed < i; summed += 16) sum = add(sum, widen_add(v + summed));
  if (i < n) {
    const F last = first_n(exp.exp(z.tail(i, n - i, *z.x)), n - i);
    store_n(v + i, last, n - i);
    sum = add(sum, widen_add(last));
  }
  return reduce_add(sum);
}

// Relative to a reference exponent that may be guessed; whether it can hold what counts.
TPS_OUT_OF_LINE bool sum_at(Stretch<Plain> z, size_t n, int32_t exponent, float* v, BlockSum* block,
                            Fetch next) {
  Guess guess(exponent);
  const double sum = sum_block(z, n, guess, v, next);
  *block = {sum, exponent, 0};
  return guess.held(sum);
}
inline void sum_one(Stretch<Plain> z, size_t n, float block_max, float* v, BlockSum* block,
                    Fetch next) {
  sum_at(z, n, reference_exponent(block_max), v, block, next);
  block->max = block_max;
}

// The z of a block, for less code than each kind's own loops would be.
class Staged {
 public:
  template <typename Source>
  TPS_INLINE Staged(Stretch<Source> z, size_t n) {
    for (size_t i = 0; i < n; i += 16) store(z_ + i, n - i < 16 ? z.tail(i, n - i, *z.x) : z.at(i));
  }
  Stretch<Plain> stretch() const { return {source_, z_}; }

 private:
  alignas(64) float z_[kBlock];
  Plain source_{{nullptr, 1, 0, 0, Input::kPlain}};
};
template <typename Source>
TPS_OUT_OF_LINE void sum_one(Stretch<Source> z, size_t n, float block_max, float* v,
                             BlockSum* block, Fetch next) {
  sum_one(Staged(z, n).stretch(), n, block_max, v, block, next);
}

// The windows that the blocks of a row are tried in: the largest element, as far as it is known,
// goes to 2^111, which leaves 16 binades above it and 110 below. After too many misses no more is
// tried.
class Windows {
 public:
  int32_t offset() const { return offset_; }
  float near() const { return near_; }

  // Masks mostly come in numbers: they are seen at an end of what is to be tried.
  template <typename Source>
  bool worth_it(const Stretch<Source>& z, size_t n) const {
    if (8 * missed_ > tried_ + kPatience) return false;
    const float low = static_cast<float>(-offset_) * kLn2Hi, high = low + 127 * kLn2Hi;
    if (n < 16) return all_within(z.tail(0, n, *z.x), low, high);
    return all_within(z.at(0), low, high) && all_within(z.at(n - 16), low, high);
  }
  Window next() {
    ++tried_;
    return Window(offset_);
  }
  void aim(float max) {
    const int32_t exponent = reference_exponent(max);
    in_range_ = max >= kLowest + 1000 && max <= kSafe - 1000;
    largest_ = exponent > largest_ ? exponent : largest_;
    reference_ = exponent - kBelow;
    if (rows_guessed_ == 0) rows_reference_ = exponent - kRowsBelow;
    if (!(max >= -60 && max <= 160)) return;
    near_ = max;
    const int32_t wanted = 111 - exponent;
    offset_ = wanted > 125 ? 125 : wanted < -125 ? -125 : wanted;
  }
  void miss() { ++missed_; }

  // Where elements lie far apart, as beside masks, what counts is guessed to lie above a reference.
  bool guess_worth_it(const Stretch<Plain>& z, size_t n) {
    if (guessed_ == 0) {  // the reference is a guess itself, good for small logits
      const float some = reduce_max(largest(z.x, n < 128 ? n : 128));
      if (some > 40) aim(some);
    }
    return in_range_ && 8 * wrong_ <= guessed_ + kPatience;
  }
  int32_t guess() {
    ++guessed_;
    return reference_;
  }
  void wrong() { ++wrong_; }
  // Of a block, which has an element of a 1,024th of its sum.
  void found(const BlockSum& block) {
    const int32_t e = exponent_of(block.sum) + block.exponent - kHeadroom - 10;
    largest_ = e > largest_ ? e : largest_;
  }
  // Whether no result can tell what was raised.
  bool is_above_reference() const { return largest_ >= reference_; }

  // Short rows, some at a time, have one reference as long as few of them lie beside.
  bool rows_worth_it() const {
    const float low = static_cast<float>(rows_reference_), range = 128;
    return low > kLowest * kLog2e + range && low < kSafe * kLog2e - range &&
           8 * rows_beside_ <= rows_guessed_ + 16 * kPatience;
  }
  int32_t rows_reference() const { return rows_reference_; }
  // `beside`: which of them did, and what their maxima are.
  void rows_done(size_t count, uint32_t beside, const float* maxima) {
    rows_guessed_ += count;
    if (beside == 0) return;
    float highest = -kInfinity;
    size_t found = 0;
    for (; beside != 0; beside &= beside - 1, ++found) {
      const float max = maxima[lowest_bit(beside)];
      if (max > highest && max <= kSafe) highest = max;
    }
    rows_beside_ += found;
    const int32_t wanted = reference_exponent(highest) - kRowsBelow;
    if (found > count / 4 || wanted > rows_reference_) rows_reference_ = wanted;
  }

 private:
  static constexpr size_t kPatience = 8;  // the first of each is a guess
  static constexpr int32_t kBelow = 40, kRowsBelow = 105;
  size_t tried_ = 0, missed_ = 0, guessed_ = 0, wrong_ = 0;
  int32_t offset_ = 60;  // z in -41..47
  int32_t reference_ = -kBelow, largest_ = kUnbounded;
  size_t rows_guessed_ = 0, rows_beside_ = 0;
  int32_t rows_reference_ = 0;
  float near_ = 0;
  bool in_range_ = true;  // whatever a guess may hold
};

// A window that keeps the largest z as well.
class WindowAndMax {
 public:
  explicit WindowAndMax(const Window& window) : window_(window) {}
  TPS_INLINE F exp(F z) {
    highest_ = max(z, highest_);
    return window_.exp(z);
  }
  bool held(double sum) const { return window_.held(sum); }
  float highest() const { return reduce_max(highest_); }

 private:
  Window window_;
  F highest_ = set(-kInfinity);
};
inline float highest_of(const WindowAndMax& window) { return window.highest(); }
inline float highest_of(const Window&) { return 0; }

// A block's sum as sum_one() has it.
inline BlockSum relative_to(float block_max, const BlockSum& block) {
  const int32_t exponent = reference_exponent(block_max);
  return {block.sum * pow2(block.exponent - exponent), exponent, block_max, block.lowest};
}

// sum_one() without a maximum; false: the window did not hold.
template <typename Tried, typename Source>
TPS_INLINE bool sum_in_window(Stretch<Source> z, size_t n, Windows& windows, float* v,
                              BlockSum* block, Fetch next, bool maxima) {
  Tried window(windows.next());
  const double sum = sum_block(z, n, window, v, next);
  *block = {sum, kHeadroom - windows.offset(), windows.near(), -windows.offset()};
  if (maxima) *block = relative_to(highest_of(window), *block);
  if (window.held(sum)) return true;
  windows.miss();
  return false;
}

// The same with a guess; its maximum is known to be in range, and no more. `before`: a block of the
// row that was in a window.
inline bool sum_guessed(Stretch<Plain> z, size_t n, Windows& windows, float* v, BlockSum* block,
                        Fetch next, const BlockSum* before) {
  if (!windows.guess_worth_it(z, n)) return false;
  if (sum_at(z, n, windows.guess(), v, block, next)) {
    windows.found(*block);
    if (before != nullptr) windows.found(*before);
    if (windows.is_above_reference()) return true;
  }
  windows.wrong();
  return false;
}

// A block in no window, by a guess where that may be; else by its own maximum. `to`: where the
// guess stores; whether it did.
TPS_OUT_OF_LINE bool sum_apart(Stretch<Plain> z, size_t n, Windows& windows, float* to, float* v,
                               BlockSum* block, Fetch next, const BlockSum* before) {
  if (!kScalar && to != nullptr && sum_guessed(z, n, windows, to, block, next, before)) return true;
  const float block_max = reduce_max(largest(z.x, n));
  sum_one(z, n, block_max, v, block, next);
  windows.aim(block_max);
  return false;
}
template <typename Source>
TPS_OUT_OF_LINE bool sum_apart(Stretch<Source> z, size_t n, Windows& windows, float* to, float* v,
                               BlockSum* block, Fetch next, const BlockSum* before) {
  return sum_apart(Staged(z, n).stretch(), n, windows, to, v, block, next, before);
}

// `Tried`: a Window, or one that keeps the maximum, which `maxima` asks for.
template <typename Tried, typename Source>
void sum_blocks(const Input& in, size_t n, float* v, BlockSum* blocks, bool maxima) {
  const Source source(in);
  alignas(64) float scratch[kBlock];
  Windows windows;
  const BlockSum* before = nullptr;
  // What a window stored cannot be said to be relative to another exponent; what it would overwrite
  // may be needed again.
  const bool may_try = !Source::kExactPath && !kScalar && (v == nullptr || !maxima);
  const bool apart = v == nullptr || v == in.x;
  const size_t pages = v == nullptr && n >= kFar ? kFarGroup : kGroup;
  for (size_t at = 0; at < n; at += kBlock, ++blocks) {
    const size_t count = n - at < kBlock ? n - at : kBlock, b = at / kBlock % pages;
    const Stretch<Source> z{source, in.x + at};
    const Fetch next(z.x + (pages - b) * kBlock + b * kBlock / pages, pages);
    float* const to = apart ? scratch : v + at;
    if (may_try && windows.worth_it(z, count) &&
        sum_in_window<Tried>(z, count, windows, to, blocks, next, maxima))
      before = blocks;
    else if (!sum_apart(z, count, windows, may_try && !maxima ? to : nullptr,
                        v != nullptr ? v + at : scratch, blocks, next, before))
      continue;
    if (v == in.x) memcpy(v + at, scratch, count * sizeof(float));
  }
}

// All blocks relative to the row's maximum.
inline void sum_by(float row_max, const Input& in, size_t n, float* v, BlockSum* blocks) {
  const Shifted source(in);
  alignas(64) float scratch[kBlock];
  for (size_t at = 0; at < n; at += kBlock, ++blocks)
    sum_one(Stretch<Shifted>{source, in.x + at}, n - at < kBlock ? n - at : kBlock, row_max,
            v != nullptr ? v + at : scratch, blocks, in.x + at);
}

}  // namespace
