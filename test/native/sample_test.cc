// SPDX-License-Identifier: MIT
// Memory, isas and random numbers of topk and sample; test/lib has what they choose and draw.
#include "native/sample.h"

#include <math.h>

#include <atomic>
#include <vector>

#include "buffers.h"
#include "check.h"
#include "native/dispatch.h"
#include "native/kernels/table.h"
#include "native/select64.h"
#include "native/stop.h"
#include "native/topk.h"

namespace tps::test {
namespace {

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - 0.5) * (b[i] - 0.5);
  return 12 * sum / static_cast<double>(a.size());
}

template <typename Draw>
std::vector<double> draws(const Draw& draw) {
  std::vector<double> all(100000);
  for (size_t i = 0; i < all.size(); ++i) all[i] = draw(i);
  return all;
}

// Its blocks are left out, so that the weights would be whatever was in the memory.
template <typename T>
void check_weighing_given_up() {
  using Row = typename Selection<T>::WeighedRow;
  constexpr size_t kElements = 100000;
  const Kernels& kernels = *kernels_for(Isa::kScalar);
  const Plan plan{};
  const std::vector<T> x(kElements, 1);
  Memory counting(nullptr);
  const Row counted(kernels, plan, kElements, true, &counting);
  std::vector<double> space(counting.used() / sizeof(double) + 8, __builtin_nan(""));
  Memory memory(reinterpret_cast<char*>(space.data()));
  Row row(kernels, plan, kElements, true, &memory);
  const std::atomic<int32_t> flag{1};
  const Stop stop(&flag);
  {
    const StopScope scope(&stop);
    CHECK(!row.weigh(x.data(), kElements, 1));
  }
  CHECK(row.weigh(x.data(), kElements, 1));
}

TEST(nothing_is_drawn_from_what_was_given_up) {
  check_weighing_given_up<float>();
  check_weighing_given_up<double>();
}

TEST(uniforms_are_uniform_and_consecutive_ones_independent) {
  const auto by_seed = [](uint64_t seed) { return uniform_of(seed, 0); };
  const auto by_row = [](uint64_t row) { return uniform_of(0, row); };
  const auto large_seeds = [](uint64_t seed) { return uniform_of((uint64_t{1} << 53) - seed, 3); };
  for (uint64_t (*const unit)(uint64_t) :
       {+[](uint64_t i) { return i; }, +[](uint64_t i) { return i << 20; }}) {
    for (const auto& series :
         {draws([&](size_t i) { return by_seed(unit(i)); }),
          draws([&](size_t i) { return by_row(unit(i)); }), draws(large_seeds)}) {
      std::vector<double> counts(100);
      for (const double u : series) {
        CHECK(u >= 0 && u < 1);
        counts[static_cast<size_t>(u * 100)] += 1;
      }
      double chi_square = 0;
      for (const double count : counts) chi_square += (count - 1000) * (count - 1000) / 1000;
      CHECK(chi_square > 50 && chi_square < 160);  // 99 degrees of freedom
      for (size_t lag = 1; lag < 5; ++lag) {
        const std::vector<double> head(series.begin(), series.end() - lag);
        const std::vector<double> tail(series.begin() + lag, series.end());
        CHECK(fabs(correlation(head, tail)) < 0.015);  // five standard deviations
      }
    }
  }
  CHECK(fabs(correlation(draws(by_seed), draws(by_row))) < 0.015);
  const auto second_row = [](uint64_t seed) { return uniform_of(seed, 1); };
  CHECK(fabs(correlation(draws(by_seed), draws(second_row))) < 0.015);
}

struct Shape {
  size_t outer, n, inner;
};
constexpr Shape kShapes[] = {{1, 1, 1},   {3, 17, 1},   {2, 1024, 1}, {1, 1025, 3},
                             {2, 300, 5}, {1, 5000, 1}, {40, 3, 1},   {1, 9000, 2}};

std::vector<float> logits(const Shape& shape, Rng* rng) {
  std::vector<float> x(shape.outer * shape.n * shape.inner);
  for (float& v : x) v = static_cast<float>(rng->uniform(-4, 4));
  return x;
}

// Calls the body with a request per shape, kind of temperature and isa, isas innermost and the
// definition first.
template <typename Body>
void for_each_request(const Body& body) {
  Rng rng(seed());
  for (const Shape& shape : kShapes) {
    const std::vector<float> values = logits(shape, &rng);
    GuardedBuffer<float> x(values.size(), Flush::kEnd);
    memcpy(x.data(), values.data(), values.size() * sizeof(float));
    for (const bool adaptive : {false, true}) {
      for (const size_t k : {size_t{1}, size_t{7}, shape.n}) {
        if (k > shape.n) continue;
        for (const IsaRow& row : kIsas) {
          if (kernels_for(row.isa) == nullptr || !runnable(row.isa, host_cpu())) continue;
          const Note note(std::string(row.name) + ", n " + show(shape.n) + ", k " + show(k));
          Request rows;
          rows.input = x.data();
          rows.outer = shape.outer;
          rows.n = shape.n;
          rows.inner = shape.inner;
          rows.scale = 0.9f;
          rows.adaptive = adaptive;
          rows.isa = row.isa;
          rows.threads = k == 7 ? 2 : 1;
          body(rows, k);
        }
      }
    }
  }
}

TEST(topk_keeps_to_its_memory_and_is_the_same_everywhere) {
  std::vector<uint32_t> indices;
  std::vector<float> probabilities;
  for_each_request([&](const Request& rows, size_t k) {
    const size_t results = rows.outer * k * rows.inner;
    GuardedBuffer<uint32_t> i(results, Flush::kEnd);
    GuardedBuffer<float> p(results, Flush::kStart);
    TopKRequest request{rows, k, i.data(), p.data()};
    CHECK_EQ(topk(request), Status::kOk);
    CHECK(i.canaries_live() && p.canaries_live());
    if (rows.isa == Isa::kScalar) {
      indices.assign(i.data(), i.data() + results);
      probabilities.assign(p.data(), p.data() + results);
    }
    CHECK(memcmp(i.data(), indices.data(), results * sizeof(uint32_t)) == 0);
    CHECK(memcmp(p.data(), probabilities.data(), results * sizeof(float)) == 0);
  });
}

TEST(sample_keeps_to_its_memory_and_is_the_same_everywhere) {
  std::vector<uint32_t> indices;
  std::vector<double> probabilities, logs;
  for (const double top_p : {1.0, 0.7}) {
    for (const double min_p : {0.0, 0.1}) {
      for_each_request([&](const Request& rows, size_t k) {
        const size_t count = rows.outer * rows.inner;
        GuardedBuffer<uint32_t> i(count, Flush::kEnd);
        GuardedBuffer<double> p(count, Flush::kStart), log(count, Flush::kEnd);
        SampleRequest request;
        request.rows = rows;
        request.top_k = k;
        request.top_p = top_p;
        request.min_p = min_p;
        request.seed = 11;
        request.indices = i.data();
        request.probabilities = p.data();
        request.log_probabilities = log.data();
        CHECK_EQ(sample(request), Status::kOk);
        CHECK(i.canaries_live() && p.canaries_live() && log.canaries_live());
        if (rows.isa == Isa::kScalar) {
          indices.assign(i.data(), i.data() + count);
          probabilities.assign(p.data(), p.data() + count);
          logs.assign(log.data(), log.data() + count);
        }
        CHECK(memcmp(i.data(), indices.data(), count * sizeof(uint32_t)) == 0);
        CHECK(memcmp(p.data(), probabilities.data(), count * sizeof(double)) == 0);
        CHECK(memcmp(log.data(), logs.data(), count * sizeof(double)) == 0);
      });
    }
  }
}

}  // namespace
}  // namespace tps::test
