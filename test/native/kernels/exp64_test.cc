// SPDX-License-Identifier: MIT
// The float64 core of every isa against double-double, through the first pass, which stores it.
#include "native/kernels/kernels64.h"

#include <algorithm>
#include <cmath>

#include "../forms.h"
#include "../logits64.h"
#include "../reference64.h"
#include "native/kernels/vec64_scalar.h"

namespace tps::test {
namespace {

// What the kernels store for ascending z, relative to exponent 0; all isas agree.
std::vector<double> stored(const std::vector<double>& z, int32_t* exponent) {
  const size_t n = z.size();
  const double max = z[n - 1];
  const Input64 in{z.data(), 1, 0, 0};
  std::vector<double> v(n), w(n);
  BlockSum64 block, other;
  kKernels_scalar.float64.sum_exp(in, n, v.data(), &block, &max);
  for (const Isa isa : runnable_isas()) {
    kernels_for(isa)->float64.sum_exp(in, n, w.data(), &other, &max);
    CHECK(memcmp(w.data(), v.data(), n * sizeof(double)) == 0 && other.sum == block.sum);
  }
  *exponent = block.exponent;
  return v;
}

// The error of one, in ULP.
double error(double v, double z, int32_t exponent) {
  const Parts exact = exp_parts({z, 0});
  const Dd scaled = exact.fraction * Dd{kScale64, 0};
  return ulps(v, {scaled, exact.exponent - exponent + kHeadroom64});
}

double check_block(std::vector<double> z) {
  std::sort(z.begin(), z.end());
  int32_t exponent;
  const std::vector<double> v = stored(z, &exponent);
  double worst = 0;
  for (size_t i = 0; i < z.size(); ++i) {
    worst = fmax(worst, error(v[i], z[i], exponent));
    if (i > 0) CHECK(v[i] >= v[i - 1]);
  }
  return worst;
}

// Some hundred ULP of z around each change of the reduction's k, and random arguments; no argument
// is far enough below the largest to be raised.
TEST(exp64_core_is_within_its_bound_and_never_falls) {
  Rng rng(seed());
  double worst = 0;
  const double eighth = 0.6931471805599453 / 8;
  for (size_t i = 0; i < cases(2000); ++i) {
    std::vector<double> z;
    const double base = i % 4 == 0 ? rng.uniform(-65000, 65536) : rng.uniform(-700, 700);
    const double seam = (nearbyint(base / eighth) + 0.5) * eighth;
    const double step = fabs(seam) * DBL_EPSILON;
    for (int k = -200; k <= 200; ++k) z.push_back(seam + k * step);
    for (int k = 0; k < 500; ++k) z.push_back(base + rng.uniform(-300, 0));
    for (int k = 0; k < 100; ++k) z.push_back(base + ldexp(rng.uniform(-1, 1), -k));
    if (base - 300 < -65500 || base + 1 > 65536) continue;
    worst = fmax(worst, check_block(z));
  }
  printf("  exp64: at most %.4f ULP off\n", worst);
  CHECK(worst <= kExpUlp64);
  CHECK(worst > 0.5);
}

// Tiny arguments, and what is too low to count: raised, so that it is 0 in any result.
TEST(exp64_core_at_the_ends) {
  std::vector<double> z = {-1e-300, -1e-17, -0.0, 0, 0x1p-1074, 1e-16, 1e-8};
  CHECK(check_block(z) <= kExpUlp64);
  int32_t exponent;
  const std::vector<double> v = stored({-HUGE_VAL, -DBL_MAX, -1e5, -714, -713, -600, 0}, &exponent);
  CHECK_EQ(exponent, 0);
  for (size_t i = 0; i < 4; ++i) CHECK(v[i] == v[0] && v[i] > 0 && v[i] < ldexp(1, 512 - 1024));
  CHECK(error(v[5], -600, 0) <= kExpUlp64);
}

// The scalar kernels have an fma of their own where the processor's may not be used. A product just
// beside 1 and a sum that would be a tie without the difference.
TEST(exp64_software_fma_rounds_once) {
  const double above = 1 + 0x1p-52, below = 1 - 0x1p-52;  // product 1 - 2^-104
  for (int i = 0; i < 1000; ++i) {
    const double c = 0x1p53 + 2.0 * i;
    CHECK_EQ(fma1(above, below, c), c);
    CHECK_EQ(fma1(-above, below, -c), -c);
    CHECK_EQ(fma1(-above, below, c + 2), c + 2);
  }
  Rng rng(seed());
  for (size_t i = 0; i < cases(200000); ++i) {
    const double a = rng.uniform(-2, 2), b = rng.uniform(-2, 2);
    const double c = ldexp(rng.uniform(-2, 2), static_cast<int>(rng.below(120)) - 60);
    CHECK_EQ(fma1(a, b, c), std::fma(a, b, c));
  }
}

}  // namespace
}  // namespace tps::test
