// SPDX-License-Identifier: MIT
// Every way this processor can take a row: the isas it runs, and the plans that fit a length.
#pragma once
#include <string>
#include <vector>

#include "check.h"
#include "native/dispatch.h"
#include "native/kernels/table.h"
#include "native/plan.h"
#include "native/softmax.h"

namespace tps::test {

inline std::vector<Isa> runnable_isas() {
  std::vector<Isa> isas;
  for (const IsaRow& row : kIsas)
    if (runnable(row.isa, host_cpu()) && kernels_for(row.isa) != nullptr) isas.push_back(row.isa);
  return isas;
}

inline constexpr Plan kDefinition = {Form::kRecompute, false, 1, false};

// The plans of our own algorithms that rows of n elements can have, on one thread.
inline std::vector<Plan> plans(size_t n) {
  std::vector<Plan> all = {kDefinition,
                           {Form::kRecompute, true, 1, false},
                           {Form::kReload, false, 1, false},
                           {Form::kEither, true, 1, false}};
  if (n <= kBlock) all.push_back({Form::kRows, false, 1, false});
  return all;
}

// The same by several threads, which share rows or take whole ones.
inline std::vector<Plan> threaded_plans(size_t n) {
  std::vector<Plan> all;
  for (const uint32_t threads : {2u, 3u, 4u, 7u, 8u})
    for (Plan plan : plans(n))
      for (const bool split_rows : {false, true}) {
        if (split_rows && plan.form == Form::kRows) continue;
        plan.threads = threads;
        plan.split_rows = split_rows;
        all.push_back(plan);
      }
  return all;
}

inline std::string show_plan(Isa isa, const Plan& plan) {
  const char* form = plan.form == Form::kRows        ? " rows"
                     : plan.form == Form::kReload    ? " reload"
                     : plan.form == Form::kRecompute ? " recompute"
                                                     : " either";
  return std::string(isa_row(isa).name) + form + (plan.streaming ? " streaming" : "") +
         (plan.threads > 1 ? " threads " + show(plan.threads) : "") +
         (plan.split_rows ? " sharing rows" : "");
}

// A request without its plan.
template <class T>
struct JobOf {
  const T* x;
  T* y;
  size_t outer, n, inner;
  double scale;
  bool zeros;
};
using Job = JobOf<float>;

template <class T>
void run(Isa isa, const Plan& plan, const JobOf<T>& job) {
  Request request;
  request.input = job.x;
  request.output = job.y;
  request.dtype = request.output_dtype =
      std::is_same_v<T, double> ? Dtype::kFloat64 : Dtype::kFloat32;
  request.outer = job.outer;
  request.n = job.n;
  request.inner = job.inner;
  request.scale = job.scale;
  request.isa = isa;
  request.fully_masked_zeros = job.zeros;
  CHECK_EQ(softmax(request, plan), Status::kOk);
}
inline void run(Isa isa, const Plan& plan, const Job& job) { run<float>(isa, plan, job); }

}  // namespace tps::test
