// SPDX-License-Identifier: MIT
// The rival algorithms of tables/algorithms.h, row by row, from their passes.
#pragma once
#include "kernels/kernels.h"
#include "softmax.h"

namespace tps {

// One row of n >= 1 elements. `blocks` as for our own passes; `z` is x scaled by the temperature,
// which rivals cannot do on the fly.
void rival_row(const Kernels& kernels, Algorithm algorithm, const float* z, float* y, size_t n,
               BlockSum* blocks, bool out_of_cache);

}  // namespace tps
