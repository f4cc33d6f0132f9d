// SPDX-License-Identifier: MIT
// The k largest elements of a row in one read: by value, equal ones by lower index.
#pragma once
#include "kernels/kernels.h"

namespace tps {

// An element's place in that order, as one number: the larger key goes first. Zeros of both signs
// are one value.
using Key = uint64_t;
Key key_of(float x, size_t index);
float value_of(Key key);
inline uint32_t index_of(Key key) { return ~static_cast<uint32_t>(key); }

// Elements come in the order of their indices. Those above a threshold, which k elements are known
// to reach, are collected, and now and then cut down to k, which raises it. -infinity is never
// collected. The floating-point mode must be one that keeps subnormals.
class Largest {
 public:
  using Item = Key;

  // Keys that it needs memory for, to take the k largest of n.
  static size_t capacity(size_t k, size_t n);

  Largest(const Kernels& kernels, size_t k, Key* keys) : kernels_(kernels), k_(k), keys_(keys) {}

  // `next`: what will be added next, as far as that is known.
  void add(const float* x, size_t n) { add(x, n, x + kSweepAhead); }
  void add(const float* x, size_t n, const float* next);

  // What is not above it is not wanted: k elements are. -infinity while not as many are known.
  float threshold() const { return threshold_; }
  // The same, known before any is seen.
  void expect(float threshold);
  bool has_nan() const { return has_nan_; }

  // Skips elements of which none is above the threshold, up to the one with this index.
  void skip_to(size_t index) { seen_ = index; }

  // Leaves the k largest of those found, the least of which is the threshold from now on. False:
  // fewer were found.
  bool cut();
  // Sorts the keys found, the largest first, and returns how many there are: at most k.
  size_t finish();
  size_t index(size_t place) const { return index_of(keys_[place]); }

 private:
  const Kernels& kernels_;
  const size_t k_;
  Key* const keys_;
  size_t count_ = 0, seen_ = 0;
  float threshold_ = -__builtin_huge_valf();
  bool has_nan_ = false;
};

}  // namespace tps
