// SPDX-License-Identifier: MIT
// What can be timed: an algorithm, a pass of one, or a memory kernel, made ready for one shape.
#pragma once
#include <memory>

#include "kernels/kernels.h"
#include "measure/reference.h"
#include "measure/timing.h"
#include "plan.h"
#include "tables/passes.h"

namespace tps {

// The tables that name what can be timed: algorithms.h, passes.h, streams.h.
enum class Subject : int32_t { kAlgorithm, kPass, kStream };
inline constexpr size_t kSubjectCounts[] = {kAlgorithmCount, kPassCount, kStreamCount};

struct Candidate {
  Subject subject;
  int32_t index;  // in its table
  Isa isa;
  uint32_t threads;
  size_t repeats;
  Dtype dtype = Dtype::kFloat32;  // another: only algorithms of ours
};

class Job {
 public:
  // For `rows` rows of n elements, the first of them at `x`, from which a pass learns what the
  // passes before it found. Passes take one row and one thread. nullptr: the isa cannot run here,
  // there is no memory, a pass was asked for more, or the candidate does not know the type.
  static std::unique_ptr<Job> make(const Candidate& candidate, size_t rows, size_t n,
                                   const void* x);
  // The same with other kernels for passes and streams: for tests.
  static std::unique_ptr<Job> make(const Candidate& candidate, const Kernels& kernels, size_t rows,
                                   size_t n, const void* x);

  // Plans from now on as for a processor whose rows stream from that size on; 0: as for this one.
  static void assume(size_t recompute_bytes);

  Run run();
  // nullptr: not an algorithm.
  const Plan* plan() const { return candidate_.subject == Subject::kAlgorithm ? &plan_ : nullptr; }

  // Runs once more and compares: the worst error, in ULP. `references`: one per row.
  double check(const void* x, const void* z, void* y, const Reference* references);

 private:
  Job() = default;
  bool knows_dtype() const;
  Request request() const;
  void plan_algorithm();
  bool prepare_pass(const float* x);
  void run_algorithm(const void* x, void* y);
  void run_pass(Pass pass, const float* x, float* y);
  void run_stream(const float* x, const float* z, float* y);
  void run_part(size_t part, const float* x, const float* z, float* y);
  double check_pass(const float* x, float* y, const Reference& reference);
  double check_stream(const float* x, const float* z, const float* y,
                      const Reference* references) const;

  Candidate candidate_{};
  const Kernels* kernels_ = nullptr;
  size_t rows_ = 0, n_ = 0;
  Plan plan_{};

  // What passes hand to each other.
  std::unique_ptr<BlockSum[]> blocks_;
  Normalizer norm_{};
  ExtSum ext_{}, online_{};
  float max_ = 0, sum_ = 0;

  static constexpr size_t kMostThreads = 256;
  float maxima_[kMostThreads] = {};  // of the parts of a read sweep
};

}  // namespace tps
