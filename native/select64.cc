// SPDX-License-Identifier: MIT
#include "select64.h"

#include <algorithm>

#include "double_math.h"
#include "row_passes.h"

namespace tps {
namespace {

double sum_of(const double* weights, size_t n) {
  Pair sum = {0, 0};
  for (size_t i = 0; i < n; ++i) sum = add_pairs(sum, {weights[i], 0});
  return sum.high;
}

bool is_before(Largest64::Item a, Largest64::Item b) {
  return a.x != b.x ? a.x > b.x : a.index < b.index;
}

}  // namespace

void Largest64::add(const double* x, size_t n) {
  for (size_t i = 0; i < n; ++i, ++seen_) {
    const double value = x[i];
    has_nan_ |= value != value;
    if (!(value > threshold_)) continue;
    if (count_ == 2 * k_) cut();
    items_[count_++] = {value, static_cast<uint32_t>(seen_)};
  }
}

void Largest64::cut() {
  std::nth_element(items_, items_ + k_ - 1, items_ + count_, is_before);
  count_ = k_;
  threshold_ = items_[k_ - 1].x;
}

size_t Largest64::finish() {
  if (count_ > k_) cut();
  std::sort(items_, items_ + count_, is_before);
  return count_;
}

WeighedRow64::WeighedRow64(const Kernels& kernels, const Plan& plan, size_t most, bool nucleus,
                           Memory* memory)
    : kernels_(kernels),
      plan_(plan),
      blocks_(memory->take<BlockSum64>(block_count(most))),
      weights_(memory->take<double>(most)),
      order_(memory->take<uint32_t>(nucleus ? most : 0)) {}

// Relative to the largest block's exponent. What weighs less than 2^-200 is out: masks, which the
// kernels raise to what they can hold, and what no draw of 53 bits would meet.
bool WeighedRow64::weigh(const double* x, size_t n, double scale) {
  constexpr int32_t kDeepest = 200;
  n_ = n;
  const RowPassesOf<double> passes(kernels_, plan_, n, blocks_);
  Trial stored(Form::kReload, 1);
  const bool numbers =
      passes.first_blind(x, scale, weights_, false, &stored).kind == FirstPass64::kNumbers;
  if (!numbers || stopped()) return false;
  int32_t exponent = blocks_[0].exponent;
  for (size_t b = 1; b < block_count(n); ++b) exponent = std::max(exponent, blocks_[b].exponent);
  for (size_t i = 0; i < n; ++i) {
    const int32_t down = exponent - blocks_[i / kBlock].exponent;
    const double weight = down > kDeepest ? 0 : weights_[i] * pow2(-kHeadroom64 - down);
    weights_[i] = weight < pow2(-kDeepest) ? 0 : weight;
  }
  total_ = sum_of(weights_, n);
  return true;
}

void WeighedRow64::filter(double top_p, double min_p, bool sorted) {
  const double least = min_p * *std::max_element(weights_, weights_ + n_);
  if (top_p < 1 && sorted) {
    Pair sum = {0, 0};
    size_t left = 0;
    while (left < n_ && (left == 0 || sum.high < top_p * total_))
      sum = add_pairs(sum, {weights_[left++], 0});
    std::fill(weights_ + left, weights_ + n_, 0.0);
  } else if (top_p < 1) {
    // Elements that together weigh less than what may be left over cannot be among the fewest.
    const double negligible = 0.5 * (1 - top_p) * total_ / static_cast<double>(n_);
    size_t count = 0;
    for (size_t i = 0; i < n_; ++i) {
      if (weights_[i] >= negligible)
        order_[count++] = static_cast<uint32_t>(i);
      else
        weights_[i] = 0;
    }
    keep_nucleus(top_p * total_, count);
  }
  for (size_t i = 0; i < n_; ++i)
    if (weights_[i] < least) weights_[i] = 0;
  total_ = sum_of(weights_, n_);
}

// Of the elements in order_, the heaviest first, equal ones by lower index.
void WeighedRow64::keep_nucleus(double target, size_t count) {
  std::sort(order_, order_ + count, [this](uint32_t a, uint32_t b) {
    return weights_[a] != weights_[b] ? weights_[a] > weights_[b] : a < b;
  });
  Pair sum = {0, 0};
  size_t left = 0;
  while (left < count && (left == 0 || sum.high < target))
    sum = add_pairs(sum, {weights_[order_[left++]], 0});
  for (; left < count; ++left) weights_[order_[left]] = 0;
}

Drawn WeighedRow64::draw(double u) const {
  double rest = u * total_;
  size_t index = 0;
  for (size_t i = 0; i < n_; ++i) {
    if (weights_[i] == 0) continue;
    index = i;
    if (rest < weights_[i]) break;
    rest -= weights_[i];
  }
  return {index, weights_[index] / total_, log_ratio(weights_[index], total_)};
}

}  // namespace tps
