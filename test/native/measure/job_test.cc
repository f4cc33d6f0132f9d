// SPDX-License-Identifier: MIT
#include "measure/job.h"

#include <math.h>

#include <vector>

#include "buffers.h"
#include "check.h"
#include "dispatch.h"
#include "kernels/table.h"
#include "measure/fill.h"

namespace tps::test {
namespace {

struct Buffers {
  std::vector<float> x, y;  // memory for elements of any type
  std::vector<Reference> references;
  Buffers(size_t rows, size_t n, double low, double high, Dtype dtype = Dtype::kFloat32)
      : x(4 * rows * n), y(2 * rows * n), references(rows) {
    const size_t row_bytes = n * dtype_row(dtype).bytes;
    fill_uniform(dtype, x.data(), 2 * rows * n, low, high, seed());
    for (size_t r = 0; r < rows; ++r)
      references[r] = reference_of(dtype, reinterpret_cast<char*>(x.data()) + r * row_bytes, n);
  }
  double check(Job* job) {
    return job->check(x.data(), x.data() + x.size() / 4, y.data(), references.data());
  }
};

template <typename Body>
void each_candidate(Isa isa, const Body& body) {
  for (int32_t subject = 0; subject < 3; ++subject)
    for (size_t index = 0; index < kSubjectCounts[subject]; ++index)
      body(Candidate{static_cast<Subject>(subject), static_cast<int32_t>(index), isa, 1, 1});
}

double tolerance(const Candidate& candidate) {
  const bool ours = candidate.subject == Subject::kAlgorithm && kAlgorithms[candidate.index].ours;
  return ours ? 3 : candidate.subject == Subject::kStream ? 1 : 1678;  // 1e-4
}

float copy_but_one(const float* x, const float*, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = x[i];
  y[n / 2] = 0;
  return 0;
}
float copy_but_last(const float* x, const float*, float* y, size_t n) {
  for (size_t i = 0; i + 1 < n; ++i) y[i] = x[i];
  return 0;
}
float maximum_of_half(const float* x, const float*, float*, size_t n) {
  float found = x[0];
  for (size_t i = 0; i < n / 2; ++i) found = x[i] > found ? x[i] : found;
  return found;
}

}  // namespace

TEST(job_checks_pass_for_everything_that_can_be_timed) {
  for (const IsaRow& isa : kIsas) {
    if (kernels_for(isa.isa) == nullptr || !runnable(isa.isa, host_cpu())) continue;
    for (const size_t n : {1, 15, 16, 1000, 9001}) {
      for (const double range : {10.0, 1000.0}) {
        Buffers buffers(1, n, -range, range);
        each_candidate(isa.isa, [&](const Candidate& candidate) {
          const auto job = Job::make(candidate, 1, n, buffers.x.data());
          CHECK(job != nullptr);
          if (job == nullptr) return;
          const Note note(std::string(isa.name) + " " + show(candidate.subject) + " " +
                          show(candidate.index) + " n " + show(n));
          const double worst = buffers.check(job.get());
          CHECK(worst <= tolerance(candidate));
        });
      }
    }
  }
}

TEST(job_checks_batches_and_threads) {
  Buffers buffers(7, 3000, -10, 10);
  for (const uint32_t threads : {1, 2, 3}) {
    for (const int32_t subject : {0, 2}) {
      for (size_t index = 0; index < kSubjectCounts[subject]; ++index) {
        const Candidate candidate{static_cast<Subject>(subject), static_cast<int32_t>(index),
                                  best_isa(host_cpu()), threads, 1};
        const auto job = Job::make(candidate, 7, 3000, buffers.x.data());
        CHECK(job != nullptr && buffers.check(job.get()) <= tolerance(candidate));
      }
    }
  }
}

// The library's promises: 16 bits are rounded from a float32 within 3 ULP.
constexpr double promise(Dtype dtype) {
  return dtype == Dtype::kFloat16    ? 0.5 + 3 * 0x1p-13
         : dtype == Dtype::kBFloat16 ? 0.5 + 3 * 0x1p-16
                                     : 3;
}

TEST(job_checks_algorithms_of_ours_with_every_type) {
  for (const DtypeRow& row : kDtypes) {
    for (const size_t n : {1, 15, 1000, 9001}) {
      for (const double range : {10.0, 1000.0}) {
        Buffers buffers(3, n, -range, range, row.dtype);
        each_candidate(best_isa(host_cpu()), [&](Candidate candidate) {
          candidate.dtype = row.dtype;
          const bool algorithm = candidate.subject == Subject::kAlgorithm;
          const bool ours = algorithm && kAlgorithms[candidate.index].ours;
          if (!ours && row.dtype == Dtype::kFloat32) return;
          const auto job = Job::make(candidate, 3, n, buffers.x.data());
          const Note note(std::string(row.name) + " " + show(candidate.index) + " n " + show(n));
          CHECK_EQ(job != nullptr, ours);
          if (job == nullptr) return;
          CHECK(buffers.check(job.get()) <= promise(row.dtype));
        });
      }
    }
  }
}

TEST(job_checks_see_the_rows_of_another_type_apart) {
  for (const DtypeRow& row : kDtypes) {
    Buffers buffers(2, 500, -10, 10, row.dtype);
    const Candidate candidate{Subject::kAlgorithm, 0, Isa::kScalar, 1, 1, row.dtype};
    const auto job = Job::make(candidate, 2, 500, buffers.x.data());
    std::swap(buffers.references[0], buffers.references[1]);
    CHECK(buffers.check(job.get()) > 2 * promise(row.dtype));
  }
}

TEST(job_refuses_what_it_cannot_do) {
  Buffers buffers(2, 8, -1, 1);
  const Isa isa = Isa::kScalar;
  CHECK(Job::make({Subject::kPass, 0, isa, 1, 1}, 2, 8, buffers.x.data()) == nullptr);
  CHECK(Job::make({Subject::kPass, 0, isa, 2, 1}, 1, 8, buffers.x.data()) == nullptr);
  CHECK(Job::make({Subject::kStream, 0, isa, 100000, 1}, 1, 8, buffers.x.data()) == nullptr);
#if defined(__x86_64__)
  CHECK(Job::make({Subject::kStream, 0, Isa::kNeon, 1, 1}, 1, 8, buffers.x.data()) == nullptr);
#endif
}

TEST(job_checks_catch_planted_faults) {
  constexpr size_t kCount = 5000;
  Buffers buffers(1, kCount, -10, 10);
  buffers.x[kCount - 1] = 11;  // the maximum, in the half that the planted sweep leaves out
  buffers.references[0] = reference_of(Dtype::kFloat32, buffers.x.data(), kCount);
  const auto check = [&](Subject subject, int32_t index, const Kernels& kernels) {
    const Candidate candidate{subject, index, Isa::kScalar, 1, 1};
    return buffers.check(Job::make(candidate, kernels, 1, kCount, buffers.x.data()).get());
  };
  const int32_t copy = static_cast<int32_t>(Stream::kCopy);
  const int32_t scale_exp = static_cast<int32_t>(Pass::kScaleExp);
  const int32_t sum_exp = static_cast<int32_t>(Pass::kSumExp);
  const int32_t reduce_exp = static_cast<int32_t>(Pass::kReduceExp);

  Kernels wrong = *kernels_for(Isa::kScalar);
  wrong.streams.run[copy] = copy_but_one;
  CHECK(check(Subject::kStream, copy, wrong) > 1e3);
  wrong.streams.run[copy] = copy_but_last;
  CHECK(isinf(check(Subject::kStream, copy, wrong)));
  wrong.streams.run[0] = maximum_of_half;
  CHECK(isinf(check(Subject::kStream, 0, wrong)));
  wrong.scale_exp = [](const Input&, float* y, size_t n, const Normalizer&, bool) {
    for (size_t i = 0; i < n; ++i) y[i] = 1.0f / static_cast<float>(n);
  };
  CHECK(check(Subject::kPass, scale_exp, wrong) > 1e3);
  wrong.sum_blind = [](const Input& in, size_t n, float* v, BlockSum* blocks) {
    kernels_for(Isa::kScalar)->sum_blind(in, n, v, blocks);
    blocks[1].sum *= 1.001;
  };
  CHECK(check(Subject::kPass, sum_exp, wrong) > 1e3);
  wrong.rivals.reduce_exp = [](const float*, size_t, float) { return __builtin_nanf(""); };
  CHECK(isinf(check(Subject::kPass, reduce_exp, wrong)));
}

}  // namespace tps::test
