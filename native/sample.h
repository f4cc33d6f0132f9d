// SPDX-License-Identifier: MIT
// One element of each row, drawn with its probability.
#pragma once
#include "softmax.h"

namespace tps {

// The filters apply in this order, each to what the one before has left:
//   top_k   the k largest logits, equal ones by lower index; 0 or at least n leaves all
//   top_p   the fewest elements, in the same order, whose probabilities reach top_p; at least one
//   min_p   those at least min_p times as probable as the most probable one
// `rows.output` is not used, n <= 2^32. A row without a distribution (a NaN, +infinity, only
// -infinity) gets the probability NaN.
struct SampleRequest {
  Request rows;
  size_t top_k = 0;
  double top_p = 1;
  double min_p = 0;
  const double* uniforms = nullptr;  // one per row, in [0, 1); nullptr: made from `seed`
  uint64_t seed = 0;
  uint32_t* indices = nullptr;
  double* probabilities = nullptr;
  double* log_probabilities = nullptr;
};

Status sample(const SampleRequest& request) noexcept;

// In [0, 1): the upper 53 bits of a hash of both.
double uniform_of(uint64_t seed, uint64_t row);

}  // namespace tps
