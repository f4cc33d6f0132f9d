// SPDX-License-Identifier: MIT
// Table: the passes over memory that the algorithms are made of, each to be timed alone, by the
// names of kernels.h, with the arrays moved. "max" to "scale" are ours, the others the rivals'.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

enum class Pass : int32_t {
  kMax,
  kSumExp,
  kSumExpStore,
  kScaleExp,
  kScaleExpStreaming,
  kScale,
  kReduceMax,
  kReduceExp,
  kScaleExpMinus,
  kStoreExp,
  kScaleBy,
  kReduceExt,
  kScaleExt,
  kReduceOnline,
};

struct PassRow {
  const char* name;
  int32_t reads, writes;
};

// In the order of Pass.
inline constexpr PassRow kPasses[] = {
    {"max", 1, 0},
    {"sum-exp", 1, 0},
    {"sum-exp-store", 1, 1},
    {"scale-exp", 1, 1},
    {"scale-exp-streaming", 1, 1},
    {"scale", 1, 1},
    {"reduce-max", 1, 0},
    {"reduce-exp", 1, 0},
    {"scale-exp-minus", 1, 1},
    {"store-exp", 1, 1},
    {"scale-by", 1, 1},
    {"reduce-ext", 1, 0},
    {"scale-ext", 1, 1},
    {"reduce-online", 1, 0},
};
inline constexpr size_t kPassCount = sizeof(kPasses) / sizeof(kPasses[0]);
static_assert(static_cast<size_t>(Pass::kReduceOnline) + 1 == kPassCount);

}  // namespace tps
