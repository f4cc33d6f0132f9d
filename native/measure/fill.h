// SPDX-License-Identifier: MIT
// Inputs to measure with.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "tables/dtypes.h"

namespace tps {

// n numbers uniform in [low, high) from one splitmix64 stream, rounded to `dtype`.
void fill_uniform(Dtype dtype, void* x, size_t n, double low, double high, uint64_t seed);

}  // namespace tps
