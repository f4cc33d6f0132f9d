// SPDX-License-Identifier: MIT
#include "rivals.h"

#include "kernels/fold.h"

namespace tps {
namespace {

// Our passes, after one for the maximum, which ours do without: what the three-pass algorithm is
// worth with the same equipment. Reload in cache, recompute out of it.
void equipped_three_pass(const Kernels& kernels, const float* z, float* y, size_t n,
                         BlockSum* blocks, bool out_of_cache) {
  const Input in{z, 1, 0, 0, Input::kPlain};
  kernels.max(in, n);
  kernels.sum_blind(in, n, out_of_cache ? nullptr : y, blocks);
  const RowSum sum = fold(blocks, n / kBlock + (n % kBlock != 0));
  if (out_of_cache)
    kernels.scale_exp(in, y, n, normalizer(sum), true);
  else
    kernels.scale(y, n, blocks, normalizer(sum));
}

}  // namespace

void rival_row(const Kernels& kernels, Algorithm algorithm, const float* z, float* y, size_t n,
               BlockSum* blocks, bool out_of_cache) {
  const Rivals& r = kernels.rivals;
  switch (algorithm) {
    case Algorithm::kPaperTwoPass: {
      const ExtSum s = r.reduce_ext(z, n);
      return r.scale_ext(z, y, n, 1 / s.sum, s.exponent);
    }
    case Algorithm::kThreePassRecompute: {
      const float max = r.reduce_max(z, n);
      return r.scale_exp_minus(z, y, n, max, 1 / r.reduce_exp(z, n, max));
    }
    case Algorithm::kThreePassReload: {
      const float max = r.reduce_max(z, n);
      return r.scale_by(y, n, 1 / r.store_exp(z, y, n, max));
    }
    case Algorithm::kOnline: {
      const ExtSum s = r.reduce_online(z, n);
      return r.scale_exp_minus(z, y, n, s.exponent, 1 / s.sum);
    }
    default:
      return equipped_three_pass(kernels, z, y, n, blocks, out_of_cache);
  }
}

}  // namespace tps
