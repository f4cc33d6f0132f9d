// SPDX-License-Identifier: MIT
#include "weighed_row.h"

#include <string.h>

#include "double_math.h"
#include "row_passes.h"

namespace tps {
namespace {

// What weighs less, 2^-129 of the largest, is out: -infinity, which the kernels raise to what they
// can hold, and what no draw of 53 bits would meet.
constexpr double kLeastWeight = 0x1p-122;

// Blocks of less than 2^-100 of the weight are out for the same reason.
constexpr int32_t kDeepest = 100;

constexpr size_t kBuckets = 2048;

float weight_of(uint64_t place) {
  const uint32_t bits = static_cast<uint32_t>(place >> 32);
  float weight;
  memcpy(&weight, &bits, sizeof(weight));
  return weight;
}
size_t index_of(uint64_t place) { return ~static_cast<uint32_t>(place); }

}  // namespace

// Weights are not negative: their bits have their order.
WeighedRow::Place WeighedRow::place_of(float weight, size_t index) {
  uint32_t bits;
  memcpy(&bits, &weight, sizeof(bits));
  return Place{bits} << 32 | ~static_cast<uint32_t>(index);
}

WeighedRow::WeighedRow(const Kernels& kernels, const Plan& plan, size_t most, bool nucleus,
                       Memory* memory)
    : kernels_(kernels),
      plan_(plan),
      blocks_(memory->take<BlockSum>(block_count(most))),
      shares_(memory->take<double>(block_count(most))),
      maxima_(memory->take<float>(block_count(most))),
      buckets_(memory->take<Bucket>(nucleus ? kBuckets : 0)) {}

bool WeighedRow::weigh(const float* x, size_t n, float scale) {
  const FirstPass pass = RowPasses(kernels_, plan_, n, blocks_).first(x, scale);
  if (pass.kind != FirstPass::kNumbers || stopped()) return false;
  in_ = pass.in;
  n_ = n;
  count_ = block_count(n);
  max_ = pass.sum.max;
  weighed_ = kNone;
  least_ = kLeastWeight;
  tie_ = 0;
  int32_t exponent = blocks_[0].exponent;
  for (size_t b = 1; b < count_; ++b)
    exponent = blocks_[b].exponent > exponent ? blocks_[b].exponent : exponent;
  total_ = 0;
  for (size_t b = 0; b < count_; ++b) {
    const int32_t down = exponent - blocks_[b].exponent;
    shares_[b] = down > kDeepest ? 0 : blocks_[b].sum * pow2(-down);
    total_ += shares_[b];
  }
  return true;
}

void WeighedRow::filter(double top_p, double min_p, bool sorted) {
  weigh_maxima();
  if (top_p < 1) {
    // Elements that together weigh less than what may be left over cannot be among the fewest.
    const double negligible = 0.5 * (1 - top_p) * total_ / static_cast<double>(n_);
    if (negligible > least_) least_ = negligible;
    const Place end = sorted ? end_of_sorted(top_p * total_) : end_of_nucleus(top_p * total_);
    tie_ = weight_of(end);
    last_ = index_of(end);
    if (tie_ > least_) least_ = tie_;
  }
  if (min_p * heaviest_ > least_) least_ = min_p * heaviest_;
  total_ = 0;
  for (size_t b = 0; b < count_; ++b) {
    shares_[b] = maxima_[b] < least_ ? 0 : keep(b);
    total_ += shares_[b];
  }
}

Drawn WeighedRow::draw(double u) {
  double rest = u * total_;
  size_t block = 0;
  for (size_t b = 0; b < count_; ++b) {
    if (shares_[b] == 0) continue;
    block = b;
    if (rest < shares_[b]) break;
    rest -= shares_[b];
  }
  rest *= keep(block) / shares_[block];
  size_t element = 0;
  for (size_t i = 0; i < kBlock && block * kBlock + i < n_; ++i) {
    if (weights_[i] == 0) continue;
    element = i;
    if (rest < weights_[i]) break;
    rest -= weights_[i];
  }
  const double weight = weights_[element];
  return {block * kBlock + element, weight / total_, log_ratio(weight, total_)};
}

// Fills weights_ with those of a block, or with what keep() has left of them, and returns its
// length.
size_t WeighedRow::weigh_block(size_t b) {
  const size_t at = b * kBlock, n = n_ - at < kBlock ? n_ - at : kBlock;
  if (b == weighed_) return n;
  weighed_ = b;
  BlockSum sum;
  kernels_.sum_exp(RowPasses::part_of(in_, at), n, weights_, &sum, &max_);
  return n;
}

// The same with zeros for what is out, and returns the sum.
double WeighedRow::keep(size_t b) {
  const size_t n = weigh_block(b), at = b * kBlock;
  for (size_t i = 0; i < n; ++i) {
    const float w = weights_[i];
    weights_[i] = (w < least_) | ((w == tie_) & (at + i > last_)) ? 0 : w;
  }
  double sums[4] = {};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; ++k) sums[k] += weights_[i + k];
  for (; i < n; ++i) sums[0] += weights_[i];
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

// Of each block's largest element.
void WeighedRow::weigh_maxima() {
  weighed_ = kNone;
  for (size_t at = 0; at < count_; at += kBlock) {
    const size_t n = count_ - at < kBlock ? count_ - at : kBlock;
    for (size_t i = 0; i < n; ++i) weights_[i] = blocks_[at + i].max;
    BlockSum sum;
    kernels_.sum_exp({weights_, 1, 0, 0, Input::kPlain}, n, maxima_ + at, &sum, &max_);
  }
  heaviest_ = 0;
  for (size_t b = 0; b < count_; ++b) heaviest_ = maxima_[b] > heaviest_ ? maxima_[b] : heaviest_;
}

WeighedRow::Place WeighedRow::end_of_sorted(double target) {
  double before = 0;
  for (size_t b = 0; b < count_; ++b) {
    const size_t n = weigh_block(b);
    for (size_t i = 0; i < n; ++i) {
      before += weights_[i];
      if (before >= target) return place_of(weights_[i], b * kBlock + i);
    }
  }
  return 0;
}

// Of all places the ones between `low` and `high`, at first all, are divided evenly into buckets,
// which add up the weights. The target is reached in one bucket; what is in it is divided next. A
// place is found in a few reads: in two, mostly, as weights are spread more evenly than logits.
WeighedRow::Place WeighedRow::end_of_nucleus(double target) {
  uint32_t found[kBlock];
  Place low = place_of(static_cast<float>(least_), n_), high = place_of(heaviest_, 0);
  double before = 0;
  for (;;) {
    int shift = 0;
    while ((high - low) >> shift >= kBuckets) ++shift;
    uint64_t used[kBuckets / 64] = {};  // a bit for each bucket that holds something
    const float below = next_float(weight_of(low), -1);
    for (size_t b = 0; b < count_; ++b) {
      if (!(maxima_[b] > below)) continue;
      const size_t n = weigh_block(b), heavy = kernels_.above(weights_, n, below, found, weights_);
      for (size_t i = 0; i < heavy; ++i) {
        const float weight = weights_[found[i]];
        const Place place = place_of(weight, b * kBlock + found[i]);
        if (place < low || place > high) continue;
        const size_t number = (place - low) >> shift;
        const uint64_t bit = uint64_t{1} << number % 64;
        Bucket& bucket = buckets_[number];
        if ((used[number / 64] & bit) == 0) bucket = {0, place, place};
        used[number / 64] |= bit;
        bucket.weight += weight;
        if (place > bucket.first) bucket.first = place;
        if (place < bucket.last) bucket.last = place;
      }
    }
    const Bucket* reached = nullptr;
    for (size_t word = kBuckets / 64; word-- > 0 && reached == nullptr;) {
      for (uint64_t left = used[word]; left != 0 && reached == nullptr;) {
        const int highest = 63 - __builtin_clzll(left);
        const Bucket& bucket = buckets_[64 * word + static_cast<size_t>(highest)];
        left ^= uint64_t{1} << highest;
        if (before + bucket.weight < target)
          before += bucket.weight;
        else
          reached = &bucket;
      }
    }
    // Where a rounding keeps the target from being reached, all that was looked at is in.
    if (reached == nullptr) return low;
    if (reached->first == reached->last) return reached->last;
    low = reached->last;
    high = reached->first;
  }
}

}  // namespace tps
