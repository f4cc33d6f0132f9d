// SPDX-License-Identifier: MIT
// A row of logits as a distribution to draw from, without an array of its probabilities.
#pragma once
#include "kernels/kernels.h"
#include "memory.h"
#include "plan.h"

namespace tps {

struct Drawn {
  size_t index;
  double probability, log_probability;
};

// The elements weigh m * 2^(n - E + kHeadroom), E the reference exponent of the row: as the first
// pass sums them. The weights are made again, block by block, whenever they are needed. Sums are in
// double and in an order that depends on the row alone.
class WeighedRow {
 public:
  // For rows of at most `most` elements.
  WeighedRow(const Kernels& kernels, const Plan& plan, size_t most, bool nucleus, Memory* memory);

  // False: the row has no distribution.
  bool weigh(const float* x, size_t n, float scale);

  // Leaves the fewest elements whose weights reach top_p of all, the heaviest first, equal ones by
  // lower index; of them, those of at least min_p times the largest weight. `sorted`: the row has
  // that order already.
  void filter(double top_p, double min_p, bool sorted);

  // The element on which the fraction u of the weight left falls, by index.
  Drawn draw(double u);

 private:
  // An element's place in that order: the larger number goes first.
  using Place = uint64_t;
  static Place place_of(float weight, size_t index);

  struct Bucket {
    double weight;
    Place first, last;  // of what is in it
  };

  size_t weigh_block(size_t b);
  double keep(size_t b);
  void weigh_maxima();
  Place end_of_sorted(double target);
  Place end_of_nucleus(double target);

  const Kernels& kernels_;
  const Plan& plan_;
  BlockSum* const blocks_;
  double* const shares_;  // of the blocks in the weight left
  float* const maxima_;   // weight of each block's largest element
  Bucket* const buckets_;
  Input in_{};
  size_t n_ = 0, count_ = 0;  // elements and blocks
  float max_ = 0;             // z
  double total_ = 0;          // weight left
  double least_ = 0;          // elements that weigh less are out,
  float heaviest_ = 0;
  float tie_ = 0;    // and so are those that weigh this
  size_t last_ = 0;  // and come later
  static constexpr size_t kNone = SIZE_MAX;
  size_t weighed_ = kNone;  // the block whose weights are
  alignas(64) float weights_[kBlock];
};

}  // namespace tps
