// SPDX-License-Identifier: MIT
#include "measure/reference.h"

#include <math.h>

#include <algorithm>
#include <vector>

#include "buffers.h"
#include "check.h"
#include "halves.h"
#include "reference64.h"

namespace tps::test {

TEST(reference_exponential_agrees_with_libm) {
  Rng rng(seed());
  for (int i = 0; i < 100000; ++i) {
    const double x = rng.uniform(-700, 700);
    const Exponential e = exact_exp(x);
    CHECK(fabs(ldexp(e.mantissa, e.exponent) / ::exp(x) - 1) < 1e-14);
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
  const tps::Reference reference = reference_of(Dtype::kFloat32, x.data(), x.size());
  CHECK_EQ(reference.sum, 1000);
  CHECK(worst_ulp(Dtype::kFloat32, x.data(), y.data(), y.size(), reference) <= 0.5);
  y[617] *= 1.001f;
  CHECK(worst_ulp(Dtype::kFloat32, x.data(), y.data(), y.size(), reference) > 1e3);
}

TEST(reference_looks_at_both_ends_of_long_rows) {
  const size_t n = 1 << 20;
  const std::vector<float> x(n, 0.25f);
  const tps::Reference reference = reference_of(Dtype::kFloat32, x.data(), n);
  for (const size_t wrong : {size_t{0}, size_t{63}, n - 64, n - 1}) {
    std::vector<float> y(n, 0x1p-20f);
    CHECK_EQ(worst_ulp(Dtype::kFloat32, x.data(), y.data(), n, reference), 0);
    y[wrong] = __builtin_nanf("");
    CHECK(isinf(worst_ulp(Dtype::kFloat32, x.data(), y.data(), n, reference)));
  }
}

TEST(reference_of_float64_is_finer_than_its_ulp) {
  Rng rng(seed());
  for (const double range : {1e-3, 10.0, 600.0}) {
    for (const size_t n : {1, 2, 100, 5000}) {
      std::vector<double> x(n), y(n);
      for (double& v : x) v = rng.uniform(-range, range);
      const Reference64 exact(x);
      for (size_t i = 0; i < n; ++i) {
        const Parts p = exact.probability(i);
        y[i] = ldexp(p.fraction.hi, p.exponent);
      }
      const tps::Reference reference = reference_of(Dtype::kFloat64, x.data(), n);
      const auto worst = [&] {
        return worst_ulp(Dtype::kFloat64, x.data(), y.data(), n, reference);
      };
      const Note note("range " + show(range) + ", n " + show(n));
      CHECK(worst() < 0.52);
      const size_t largest = static_cast<size_t>(std::max_element(y.begin(), y.end()) - y.begin());
      for (int i = 0; i < 4; ++i) y[largest] = nextafter(y[largest], 2);
      CHECK(worst() > 3);
    }
  }
}

TEST(reference_reads_every_half) {
  for (const Dtype dtype : {Dtype::kFloat16, Dtype::kBFloat16}) {
    for (uint32_t half = 0; half < 0x10000; ++half) {
      const uint16_t x = static_cast<uint16_t>(half);
      const double value = value_of(dtype, x);
      if (value == value && value < HUGE_VAL) CHECK_EQ(reference_of(dtype, &x, 1).max, value);
    }
  }
}

TEST(reference_counts_in_units_of_the_halves) {
  for (const Dtype dtype : {Dtype::kFloat16, Dtype::kBFloat16}) {
    for (const size_t n : {3, 1000, 40000}) {  // 1 / 40000 is subnormal in float16
      const std::vector<uint16_t> x(n, 0);
      const uint16_t nearest = half_of(dtype, 1 / static_cast<float>(n));
      std::vector<uint16_t> y(n, nearest);
      const tps::Reference reference = reference_of(dtype, x.data(), n);
      const auto worst = [&] { return worst_ulp(dtype, x.data(), y.data(), n, reference); };
      const Note note(std::string(dtype_row(dtype).name) + ", n " + show(n));
      CHECK(worst() <= 0.5);
      for (const int apart : {-1, 1}) {  // the next ones are wrong
        y[n / 2] = static_cast<uint16_t>(nearest + apart);
        CHECK(worst() > 0.5 + 3 * 0x1p-13 && worst() < 1.5);
      }
      y[n / 2] = 0xffff;
      CHECK(isinf(worst()));
    }
  }
}

}  // namespace tps::test
