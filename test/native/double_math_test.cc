// SPDX-License-Identifier: MIT
#include "native/double_math.h"

#include <math.h>

#include <limits>

#include "buffers.h"
#include "check.h"

namespace tps::test {
namespace {

using Long = long double;
constexpr bool kLongEnough = std::numeric_limits<Long>::digits > 53;
constexpr Long kLn2 = 0.693147180559945309417232121458176568L;

double off(double got, Long exact) {
  int exponent;
  frexpl(exact, &exponent);
  return static_cast<double>(fabsl(got - exact) / ldexpl(1, exponent - 53));
}

void keep(double& worst, double value) {
  if (!(value <= worst)) worst = value;
}

TEST(double_exponential_is_within_an_ulp) {
  if (!kLongEnough) return;
  Rng rng(seed());
  double worst = 0;
  for (const double range : {0.001, 1.0, 100.0, 11000.0}) {
    for (int i = 0; i < 50000; ++i) {
      const float z = static_cast<float>(rng.uniform(-range, range));
      const Extended e = exponential(z);
      CHECK(e.mantissa >= 1 && e.mantissa < 2);
      keep(worst, off(e.mantissa, ldexpl(expl(z), -static_cast<int>(e.exponent))));
    }
  }
  CHECK(worst < 1);
  for (const float z : {0.0f, -0.0f}) {
    CHECK_EQ(exponential(z).mantissa, 1.0);
    CHECK_EQ(exponential(z).exponent, 0.0);
  }
}

// e^z e^-z = 1, and e^(2z) = (e^z)^2 where 2z is a float as z is: up to 2^31 there is no other
// reference at hand.
TEST(double_exponential_of_large_arguments) {
  Rng rng(seed());
  for (int i = 0; i < 50000; ++i) {
    const float z = static_cast<float>(rng.uniform(1, 0x1p30));
    const Extended one = multiply(exponential(z), exponential(-z));
    const double unit = one.exponent < 0 ? one.mantissa / 2 : one.mantissa;
    CHECK(fabs(unit - 1) < 4e-16);
    const Extended e = exponential(z), square = multiply(e, e), twice = exponential(2 * z);
    const double quotient =
        twice.exponent == square.exponent ? twice.mantissa / square.mantissa : 0;
    CHECK(fabs(quotient - 1) < 8e-16 || square.mantissa > 2 - 1e-15 || square.mantissa < 1 + 1e-15);
  }
  const Extended far = exponential(0x1p31f);  // floor(2^31 / ln 2), and what is left of it
  CHECK_EQ(far.exponent, 3098164009.0);
}

TEST(double_logarithm_is_within_an_ulp) {
  if (!kLongEnough) return;
  Rng rng(seed());
  double worst = 0;
  for (int i = 0; i < 100000; ++i) {
    const double m = i % 2 == 0 ? rng.uniform(1, 2) : 1 + exp(rng.uniform(-36, 0));
    const int k = i % 3 == 0 ? 0 : static_cast<int>(rng.below(i % 3 == 1 ? 30 : 94000));
    if (!(m < 2)) continue;
    keep(worst, off(log_of({m, double(k)}), logl(m) + k * kLn2));
  }
  CHECK(worst < 1.1);
  CHECK_EQ(log_of({1, 0}), 0.0);
}

TEST(double_logarithm_of_one_plus_is_within_two_ulp) {
  if (!kLongEnough) return;
  Rng rng(seed());
  double worst = 0;
  for (int i = 0; i < 100000; ++i) {
    const double r = exp(rng.uniform(i % 2 == 0 ? -2 : -690, 20));
    keep(worst, off(log_one_plus(r), log1pl(r)));
  }
  CHECK(worst < 2);
  CHECK_EQ(log_one_plus(0), 0.0);
}

}  // namespace
}  // namespace tps::test
