// SPDX-License-Identifier: MIT
// The reference against another arithmetic: MPFR with 200 bits where there is one, else libm.
#include "reference.h"

#include "buffers.h"
#include "check.h"

#if defined(TPS_HAVE_MPFR)
#include <mpfr.h>
#endif

namespace tps::test {
namespace {

// (value - e^d) / e^d
double relative_error(Dd value, Dd d) {
#if defined(TPS_HAVE_MPFR)
  mpfr_t exact, got;
  mpfr_inits2(200, exact, got, nullptr);
  mpfr_set_d(exact, d.hi, MPFR_RNDN);
  mpfr_add_d(exact, exact, d.lo, MPFR_RNDN);
  mpfr_exp(exact, exact, MPFR_RNDN);
  mpfr_set_d(got, value.hi, MPFR_RNDN);
  mpfr_add_d(got, got, value.lo, MPFR_RNDN);
  mpfr_sub(got, got, exact, MPFR_RNDN);
  mpfr_div(got, got, exact, MPFR_RNDN);
  const double error = mpfr_get_d(got, MPFR_RNDN);
  mpfr_clears(exact, got, nullptr);
  return error;
#else
  const double exact = ::exp(d.hi);
  return (value.hi - exact) / exact - d.lo;
#endif
}

TEST(reference_exp) {
#if defined(TPS_HAVE_MPFR)
  constexpr double kBound = 0x1p-92;
#else
  constexpr double kBound = 0x1p-51;
#endif
  Rng rng(seed());
  double worst = 0;
  for (int i = 0; i < (exhaustive() ? 1000000 : 20000); ++i) {
    const double span = ldexp(1.0, -static_cast<int>(rng.below(30)));
    const float a = static_cast<float>(-600 * span * rng.uniform(0, 1)), b = 0x1p-20f * a;
    const Dd d = two_sum(a, b);
    worst = fmax(worst, fabs(relative_error(exp(d), d)));
  }

  CHECK(worst < kBound);
  CHECK(worst > 0);
  CHECK_EQ(exp(Dd{0, 0}).hi, 1.0);
  CHECK_EQ(exp(Dd{-701, 0}).hi, 0.0);
  CHECK_EQ(exp(Dd{-HUGE_VAL, 0}).hi, 0.0);
}

// Sums of small integers, and products, are known exactly.
TEST(reference_arithmetic) {
  Dd sum = {0x1p60, 0};
  for (int i = 0; i < 1000; ++i) sum = sum + Dd{1, 0x1p-60};
  CHECK_EQ(sum.hi, 0x1p60 + 1024);
  CHECK_EQ(sum.lo, -24 + 1000 * 0x1p-60);
  const Dd square = Dd{1, 0x1p-60} * Dd{1, 0x1p-60};
  CHECK_EQ(square.hi, 1.0);
  CHECK_EQ(square.lo, 0x1p-59);
  const Dd third = Dd{1, 0} / 3;
  CHECK_EQ(third.hi, 1.0 / 3);
  CHECK_EQ(third.lo, 0x1.5555555555555p-56);
}

TEST(reference_of_known_rows) {
  const Reference two({0.0f, 0.0f});
  CHECK_EQ(two.probability(0), 0.5);
  const Reference masked({1000.0f, -HUGE_VALF, -FLT_MAX});
  CHECK_EQ(masked.probability(0), 1.0);
  CHECK_EQ(masked.probability(1), 0.0);
  CHECK_EQ(masked.probability(2), 0.0);
  const Reference known({1.0f, 2.0f, 3.0f});
  CHECK(fabs(known.probability(0) - 0.09003057317038046) < 2e-17);
  CHECK(fabs(known.probability(2) - 0.66524095577482188) < 2e-16);
  const float logits[] = {FLT_MAX, 3.4e38f};
  const std::vector<float> z = scaled_logits(logits, 2, 2);
  CHECK_EQ(z[0], 0.0f);
  CHECK_EQ(z[1], 2 * (3.4e38f - FLT_MAX));
  CHECK_EQ(ulps(1.0f, 1.0 - 0x1p-25), 0.5);
  CHECK_EQ(ulps(1.0f, 1.0 + 0x1p-25), 0.25);
  CHECK_EQ(ulps(0.0f, 0x1p-130), 0x1p19);
}

}  // namespace
}  // namespace tps::test
