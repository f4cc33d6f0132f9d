// SPDX-License-Identifier: MIT
// The C++ interface of the library: one request, one status. Nothing here throws, prints or aborts.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "tables/algorithms.h"
#include "tables/dtypes.h"
#include "tables/isas.h"

namespace tps {

enum class Status : int32_t {
  kOk,
  kIsaUnsupported,    // the isa asked for has no kernels in this binary or cannot run on this
                      // processor
  kOutOfMemory,       // scratch memory could not be had; output is untouched
  kLogitTooLarge,     // sum_exp: a finite logit above 2^31 in magnitude
  kDtypeUnsupported,  // the published rivals are for float32 only
  kStopped,           // given up (stop.h); output is undefined
};

// Softmax along the middle axis of a row-major [outer, n, inner] array: the element at (o, i, k) is
// input[(o * n + i) * inner + k]. `output` has the same layout and is either disjoint from `input`
// or equal to it (in place, of one type). Its type is the input's, or the one of the arithmetic.
struct Request {
  const void* input = nullptr;
  void* output = nullptr;
  Dtype dtype = Dtype::kFloat32;
  Dtype output_dtype = Dtype::kFloat32;
  size_t outer = 1;
  size_t n = 0;
  size_t inner = 1;
  // z = input * scale in the arithmetic type; the reciprocal of the temperature, positive and
  // finite
  double scale = 1;
  bool adaptive = false;  // each row has a scale by its entropy instead (row_logs.h)
  Algorithm algorithm = Algorithm::kAuto;
  Isa isa = Isa::kScalar;
  bool fully_masked_zeros = false;  // a row of only -infinity: zeros instead of NaN
  uint32_t threads = 0;             // an upper bound; 0 means automatic
};

Status softmax(const Request& request) noexcept;

// The same by a given plan: for benchmarks and tests.
struct Plan;
Status softmax(const Request& request, const Plan& plan) noexcept;

}  // namespace tps
