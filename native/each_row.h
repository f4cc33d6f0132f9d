// SPDX-License-Identifier: MIT
// A call that does something with one row after another, in the arithmetic type T.
#pragma once
#include "dispatch.h"
#include "float_mode.h"
#include "kernels/table.h"
#include "row_logs.h"
#include "row_logs64.h"

namespace tps {

template <typename T>
using LogsOf = std::conditional_t<std::is_same_v<T, double>, RowLogs64, RowLogs>;

// body(kernels, plan) for a request that has something to do.
template <typename Body>
Status planned(const Request& request, const Body& body) {
  const Kernels* kernels = kernels_for(request.isa);
  if (kernels == nullptr || !runnable(request.isa, host_cpu())) return Status::kIsaUnsupported;
  if (request.n == 0 || request.outer == 0 || request.inner == 0) return Status::kOk;
  static const uint32_t processors = available_processors();
  return body(*kernels, plan_for(request, host_cpu(), processors));
}

// Runs Operation<T>{kernels, request, plan}, which chooses elements of whole rows and takes bytes()
// of scratch memory, in the arithmetic type T of request.rows.
template <template <typename> class Operation, typename R>
Status choose_from_rows(const R& request) {
  return planned(request.rows, [&](const Kernels& kernels, Plan plan) {
    plan.split_rows = false;
    const FloatMode mode(0, 0);  // keeps subnormals: they too have an order
    const auto run = [&](auto zero) {
      const Operation<decltype(zero)> operation{kernels, request, plan};
      const Walk walk{plan.threads, false, operation.bytes()};
      return for_rows<decltype(zero)>(kernels, request.rows, walk, operation);
    };
    return request.rows.dtype == Dtype::kFloat64 ? run(0.0) : run(0.0f);
  });
}

// One row of a request, and what is needed to work on it.
template <typename T>
struct RowOf {
  const T* x;
  T* y;
  size_t index;
  const Kernels& kernels;
  const LogsOf<T>& logs;
  bool streaming;
  char* scratch;

  T scale(const Request& request) const {
    return static_cast<T>(request.adaptive ? adaptive_scale(logs.entropy(x, 1)) : request.scale);
  }
};

template <typename T>
Status each_row(const Request& request, void (*body)(const void* context, const RowOf<T>& row),
                const void* context) {
  return planned(request, [&](const Kernels& kernels, const Plan& plan) {
    const size_t n = request.n;
    const FloatMode mode(request.outer * n * request.inner, request.scale);
    const Walk walk{plan.threads, plan.split_rows, LogsOf<T>::scratch_bytes(n)};
    return for_rows<T>(kernels, request, walk, [&](const Batch<T>& batch) {
      const LogsOf<T> logs(kernels, plan, n, batch.scratch);
      for (size_t r = 0; r < batch.count; ++r) {
        T* y = batch.y != nullptr ? batch.y + r * n : nullptr;
        body(context, RowOf<T>{batch.x + r * n, y, batch.first + r, kernels, logs, plan.streaming,
                               batch.scratch});
      }
    });
  });
}

template <typename T, typename Body>
Status each_row(const Request& request, const Body& body) {
  const auto call = [](const void* context, const RowOf<T>& row) {
    (*static_cast<const Body*>(context))(row);
  };
  return each_row<T>(request, call, &body);
}

}  // namespace tps
