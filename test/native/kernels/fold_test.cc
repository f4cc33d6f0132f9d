// SPDX-License-Identifier: MIT
#include "native/kernels/fold.h"

#include <math.h>

#include <algorithm>

#include "../buffers.h"
#include "check.h"

namespace tps::test {
namespace {

// The tree of kernels.h in so many words: every block on one scale, added in index order. Here the
// scale is the smallest exponent's, and nothing is left out.
RowSum added_in_order(const std::vector<BlockSum>& blocks) {
  int32_t least = blocks[0].exponent;
  float max = blocks[0].max;
  for (const BlockSum& block : blocks) {
    least = std::min(least, block.exponent);
    max = std::max(max, block.max);
  }
  double sum = 0;
  for (const BlockSum& block : blocks) sum += ldexp(block.sum, block.exponent - least);
  int exponent;
  const double mantissa = 2 * frexp(sum * (1 / kScale), &exponent);
  return {mantissa, exponent - 1 + least - kHeadroom, max};
}

}  // namespace

TEST(fold_adds_blocks_in_index_order) {
  Rng rng(seed());
  for (size_t row = 0; row < cases(200000); ++row) {
    const Note note("row " + show(row));
    std::vector<BlockSum> blocks(1 + rng.below(20));
    const int32_t spread = 1 + static_cast<int32_t>(rng.below(row % 2 == 0 ? 60 : 600));
    for (BlockSum& block : blocks)
      block = {ldexp(rng.uniform(1, 2), static_cast<int>(rng.below(20))),
               static_cast<int32_t>(rng.below(spread)) - spread / 2,
               static_cast<float>(rng.uniform(-500, 500))};
    const RowSum got = fold(blocks.data(), blocks.size()), expected = added_in_order(blocks);
    CHECK_EQ(got.mantissa, expected.mantissa);
    CHECK_EQ(got.exponent, expected.exponent);
    CHECK_EQ(got.max, expected.max);
  }
}

TEST(fold_finds_the_least_result_that_is_normal) {
  Rng rng(seed());
  const float bound = ldexpf(1, kHeadroom - 126);
  for (size_t row = 0; row < cases(2000000); ++row) {
    const double mantissa = rng.uniform(1, 2);
    const Normalizer norm = normalizer({mantissa, 0, 0});
    const Note note("mantissa " + show(mantissa));
    CHECK_EQ(norm.reciprocal, static_cast<float>(1 / (kScale * mantissa)));
    CHECK(norm.least * norm.reciprocal >= bound);
    CHECK(nextafterf(norm.least, 0) * norm.reciprocal < bound);
  }
}

}  // namespace tps::test
