// SPDX-License-Identifier: MIT
#include "measure/reference.h"

#include <math.h>

#include <vector>

#include "buffers.h"
#include "check.h"

namespace tps::test {

TEST(reference_exponential_agrees_with_libm) {
  Rng rng(seed());
  for (int i = 0; i < 100000; ++i) {
    const double x = rng.uniform(-700, 700);
    const Exponential e = exact_exp(x);
    CHECK(fabs(ldexp(e.mantissa, e.exponent) / exp(x) - 1) < 1e-14);
  }
  CHECK_EQ(exact_exp(1000).exponent, 1443);  // far beyond what a double can hold
}

TEST(reference_counts_in_units_of_the_float_spacing) {
  CHECK_EQ(ulp_error(1.0f, 1.0), 0);
  CHECK_EQ(ulp_error(1.0f + 0x1p-22f, 1.0), 2);
  CHECK_EQ(ulp_error(-3.0f, -3.0 - 0x1p-23), 0.5);
  CHECK(ulp_error(0.0f, 0x1p-127) < 0.1);
  CHECK(ulp_error(0.0f, 0x1p-100) > 1e6);
  CHECK(isinf(ulp_error(__builtin_nanf(""), 0.5)));
}

TEST(reference_finds_one_wrong_output) {
  const std::vector<float> x(1000, 0.25f);
  std::vector<float> y(1000, 1e-3f);
  const Reference reference = reference_of(x.data(), x.size());
  CHECK_EQ(reference.sum, 1000);
  CHECK(worst_ulp(x.data(), y.data(), y.size(), reference) <= 0.5);
  y[617] *= 1.001f;
  CHECK(worst_ulp(x.data(), y.data(), y.size(), reference) > 1e3);
}

TEST(reference_looks_at_both_ends_of_long_rows) {
  const size_t n = 1 << 20;
  const std::vector<float> x(n, 0.25f);
  const Reference reference = reference_of(x.data(), n);
  for (const size_t wrong : {size_t{0}, size_t{63}, n - 64, n - 1}) {
    std::vector<float> y(n, 0x1p-20f);
    CHECK_EQ(worst_ulp(x.data(), y.data(), n, reference), 0);
    y[wrong] = __builtin_nanf("");
    CHECK(isinf(worst_ulp(x.data(), y.data(), n, reference)));
  }
}

}  // namespace tps::test
