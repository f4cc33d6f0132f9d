// SPDX-License-Identifier: MIT
// The k largest probabilities of each row, in one pass over the logits.
#pragma once
#include "softmax.h"

namespace tps {

// `rows.output` is not used; the probabilities are of the type `rows.dtype`. The results are laid
// out as [outer, k, inner], 1 <= k <= n <= 2^32. A row without a distribution has NaN (a fully
// masked one zeros, where asked for) and the indices 0 .. k - 1.
struct TopKRequest {
  Request rows;
  size_t k = 0;
  uint32_t* indices = nullptr;
  void* probabilities = nullptr;
};

Status topk(const TopKRequest& request) noexcept;

}  // namespace tps
