// SPDX-License-Identifier: MIT
// What the exponentials of a block are relative to: the exponent of its maximum, or a guess of it,
// or none, in a window (exp.h). And how those who guess keep count of how it goes.
#pragma once
#include "source.h"

namespace {

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
// Guesses. Without scalef, which saturates, it is looked whether all of them can be held.
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

// A window that keeps the largest z as well.
class WindowAndMax {
 public:
  explicit WindowAndMax(const Window& window) : window_(window) {}
  TPS_INLINE F exp(F z) {
    highest_ = max(z, highest_);
    return window_.exp(z);
  }
  TPS_INLINE void exp(const F (&z)[2], F (&v)[2]) {
    for (const F& one : z) highest_ = max(one, highest_);
    window_.exp(z, v);
  }
  bool held(double sum) const { return window_.held(sum); }
  F highest() const { return highest_; }

 private:
  Window window_;
  F highest_ = set(-kInfinity);
};
TPS_INLINE void exp_some(WindowAndMax& window, const F (&z)[2], F (&v)[2]) { window.exp(z, v); }
inline F highest_of(const WindowAndMax& window) { return window.highest(); }
inline F highest_of(const Window&) { return set(0); }

// How often something was tried, and failed. After too many failures no more is tried; the first
// attempts are a guess.
struct Tally {
  size_t tried = 0, failed = 0;
  bool good(size_t patience) const { return 8 * failed <= tried + patience; }
};

// The windows that the blocks of a row are tried in: the largest element, as far as it is known,
// goes to 2^111, which leaves 16 binades above it and 110 below.
class Windows {
 public:
  int32_t offset() const { return offset_; }
  float near() const { return near_; }

  // Masks mostly come in numbers: they are seen at an end of what is to be tried.
  template <typename Source>
  bool worth_it(const Stretch<Source>& z, size_t n) const {
    if (!tally_.good(8)) return false;
    const float low = static_cast<float>(-offset_) * kLn2Hi, high = low + 127 * kLn2Hi;
    if (n < 16) return all_within(z.tail(0, n, *z.x), low, high);
    return all_within(z.at(0), low, high) && all_within(z.at(n - 16), low, high);
  }
  Window next() {
    ++tally_.tried;
    return Window(offset_);
  }
  void miss() { ++tally_.failed; }
  void aim(float max) {
    if (!(max >= -60 && max <= 160)) return;
    near_ = max;
    const int32_t wanted = 111 - reference_exponent(max);
    offset_ = wanted > 125 ? 125 : wanted < -125 ? -125 : wanted;
  }

 private:
  Tally tally_;
  int32_t offset_ = 60;  // z in -41..47
  float near_ = 0;
};

// Where the elements of a row lie far apart, as beside masks, what counts is guessed to lie above a
// reference.
class Guesses {
 public:
  bool worth_it() const { return in_range_ && tally_.good(8); }
  bool none_yet() const { return tally_.tried == 0; }
  int32_t next() {
    ++tally_.tried;
    return reference_;
  }
  void miss() { ++tally_.failed; }
  void aim(float max) {
    in_range_ = max >= kLowest + 1000 && max <= kSafe - 1000;
    reference_ = reference_exponent(max) - kBelow;
    seen(reference_exponent(max));
  }
  // A block has an element of a 1,024th of its sum.
  void found(const BlockSum& block) {
    seen(exponent_of(block.sum) + block.exponent - kHeadroom - 10);
  }
  // Whether no result can tell what was raised.
  bool is_above_reference() const { return largest_ >= reference_; }

 private:
  void seen(int32_t exponent) { largest_ = exponent > largest_ ? exponent : largest_; }

  static constexpr int32_t kBelow = 40;
  Tally tally_;
  int32_t reference_ = -kBelow, largest_ = kUnbounded;  // good for small logits
  bool in_range_ = true;                                // whatever a guess may hold
};

}  // namespace
