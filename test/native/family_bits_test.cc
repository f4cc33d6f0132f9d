// SPDX-License-Identifier: MIT
// The calls of family.h against themselves: every isa, thread count and axis, in place or not.
#include <algorithm>

#include "family_calls.h"
#include "native/kernels/kernels.h"

namespace tps::test {
namespace {

struct OneRow {
  Floats log, cool, stable, probabilities;
  Doubles values;
  OneRow(const Floats& x, Isa isa, bool summable)
      : log(mapped(log_softmax, x, isa)),
        cool(mapped(log_softmax, x, isa, 0.7f)),
        stable(mapped(stable_max, x, isa, 0.7f)),
        values{valued(entropy, x, isa), valued(log_sum_exp, x, isa)} {
    if (!summable) return;
    const Sum sum = summed(x, isa);
    values.insert(values.end(), {sum.mantissa, sum.exponent});
    probabilities = from_sum(x, sum, isa);
  }
  bool operator==(const OneRow& o) const {
    return same_bits(log, o.log) && same_bits(cool, o.cool) && same_bits(stable, o.stable) &&
           same_bits(values, o.values) && same_bits(probabilities, o.probabilities);
  }
};

TEST(family_has_the_same_bits_on_every_isa) {
  Rng rng(seed());
  for (int sort = 0; sort < kSorts; ++sort) {
    for (const size_t n : kLengths) {
      const Floats x = row_of(rng, n, sort);
      const bool summable =
          std::all_of(x.begin(), x.end(), [](float v) { return fabsf(v) <= 0x1p31f || isinf(v); });
      const OneRow scalar(x, Isa::kScalar, summable);
      if (summable) CHECK(same_bits(scalar.probabilities, mapped(softmax, x)));
      for (const Isa isa : isas()) {
        const Note note(std::string(isa_row(isa).name) + ", sort " + show(sort) + ", n " + show(n));
        CHECK(OneRow(x, isa, summable) == scalar);
      }
    }
  }
}

// Kernel by kernel at every offset and length, with the streaming form, between guard pages.
TEST(family_kernels_stay_inside_and_agree) {
  Rng rng(seed());
  const Kernels& scalar = *kernels_for(Isa::kScalar);
  for (const Isa isa : isas()) {
    const Note note(isa_row(isa).name);
    const Kernels& kernels = *kernels_for(isa);
    for (size_t n = 1; n < 9000; n += n < 70 ? 1 : 997) {
      for (const Flush flush : {Flush::kStart, Flush::kEnd}) {
        for (const size_t offset : {0, 1, 5, 16}) {
          GuardedBuffer<float> x(n, flush, offset), y(n, flush, offset), want(n, flush, offset);
          for (size_t i = 0; i < n; ++i)
            x[i] = rng.below(40) == 0 ? -kInf : static_cast<float>(rng.uniform(-90, 90));
          const size_t count = n / kBlock + (n % kBlock != 0);
          std::vector<BlockSum> blocks(count), right(count);
          Doubles weights(count), heavy(count);
          const float limit = 80;
          const Input in{x.data(), 0.5f, 0, 0, Input::kScaled};
          for (const float* top : {static_cast<const float*>(nullptr), &limit}) {
            kernels.family.sum(in, n, top, blocks.data(), weights.data());
            scalar.family.sum(in, n, top, right.data(), heavy.data());
            for (size_t b = 0; b < count; ++b) {
              CHECK_EQ(blocks[b].sum, right[b].sum);
              CHECK_EQ(blocks[b].exponent, right[b].exponent);
              CHECK_EQ(blocks[b].max, right[b].max);
            }
            CHECK(same_bits(weights, heavy));
          }
          for (const bool streaming : {false, true}) {
            kernels.family.log_scale(in, y.data(), n, 40, 1.25, streaming);
            scalar.family.log_scale(in, want.data(), n, 40, 1.25, false);
            CHECK(memcmp(y.data(), want.data(), n * sizeof(float)) == 0);
            kernels.family.stable_scale(x.data(), y.data(), n, 3, streaming, 0.01, streaming);
            scalar.family.stable_scale(x.data(), want.data(), n, 3, streaming, 0.01, false);
            CHECK(memcmp(y.data(), want.data(), n * sizeof(float)) == 0);
          }
          kernels.family.stable_sum(x.data(), n, 3, false, weights.data());
          scalar.family.stable_sum(x.data(), n, 3, false, heavy.data());
          CHECK(same_bits(weights, heavy));
          CHECK_EQ(kernels.family.max_magnitude(x.data(), n),
                   scalar.family.max_magnitude(x.data(), n));
          CHECK(x.canaries_live() && y.canaries_live());
        }
      }
    }
  }
}

struct Answers {
  Floats log, stable, from, adaptive;
  Doubles lse, h, mantissas, exponents;
  bool operator==(const Answers& o) const {
    return same_bits(log, o.log) && same_bits(stable, o.stable) && same_bits(from, o.from) &&
           same_bits(adaptive, o.adaptive) && same_bits(lse, o.lse) && same_bits(h, o.h) &&
           same_bits(mantissas, o.mantissas) && same_bits(exponents, o.exponents);
  }
};

Answers answers(const Floats& x, size_t outer, size_t n, size_t inner, uint32_t threads, Isa isa,
                bool in_place) {
  const size_t rows = outer * inner;
  Answers a{x, x, x, x, Doubles(rows), Doubles(rows), Doubles(rows), Doubles(rows)};
  Request request = request_of(x, nullptr, isa);
  request.outer = outer;
  request.n = n;
  request.inner = inner;
  request.threads = threads;
  CHECK_EQ(log_sum_exp(request, a.lse.data()), Status::kOk);
  CHECK_EQ(entropy(request, a.h.data()), Status::kOk);
  CHECK_EQ(sum_exp(request, a.mantissas.data(), a.exponents.data()), Status::kOk);
  const auto into = [&](Floats& y) {
    request.output = y.data();
    request.input = in_place ? y.data() : x.data();
    return request;
  };
  CHECK_EQ(log_softmax(into(a.log)), Status::kOk);
  CHECK_EQ(stable_max(into(a.stable)), Status::kOk);
  CHECK_EQ(softmax_from(into(a.from), a.mantissas.data(), a.exponents.data()), Status::kOk);
  request.adaptive = true;
  CHECK_EQ(softmax(into(a.adaptive)), Status::kOk);
  return a;
}

TEST(family_rows_are_the_same_wherever_they_lie) {
  Rng rng(seed());
  const struct {
    size_t outer, n, inner;
  } layouts[] = {{7, 100, 1}, {3, 20, 5}, {1, 3000, 3}, {2, 1030, 21}, {1, 40000, 1}, {40, 1, 3}};
  for (const auto& [outer, n, inner] : layouts) {
    const Note note(show(outer) + " x " + show(n) + " x " + show(inner));
    const size_t rows = outer * inner;
    Floats x(rows * n), transposed(rows * n);
    Answers one_by_one{x, x, x, x, Doubles(rows), Doubles(rows), Doubles(rows), Doubles(rows)};
    for (size_t row = 0; row < rows; ++row) {
      // Some rows take the exact path or are dominated; none is beyond what sumExp takes.
      Floats z = row_of(rng, n, static_cast<int>(row % 6 + row / 6 % 4 * 8));
      const Answers a = answers(z, 1, n, 1, 1, Isa::kScalar, false);
      one_by_one.lse[row] = a.lse[0];
      one_by_one.h[row] = a.h[0];
      one_by_one.mantissas[row] = a.mantissas[0];
      one_by_one.exponents[row] = a.exponents[0];
      for (size_t i = 0; i < n; ++i) {
        const size_t at = (row / inner * n + i) * inner + row % inner;
        x[at] = z[i];
        one_by_one.log[at] = a.log[i];
        one_by_one.stable[at] = a.stable[i];
        one_by_one.from[at] = a.from[i];
        one_by_one.adaptive[at] = a.adaptive[i];
      }
    }
    for (const Isa isa : isas())
      for (const uint32_t threads : {1u, 2u, 5u})
        for (const bool in_place : {false, true}) {
          const Note where(std::string(isa_row(isa).name) + ", threads " + show(threads));
          CHECK(answers(x, outer, n, inner, threads, isa, in_place) == one_by_one);
        }
  }
}

}  // namespace
}  // namespace tps::test
