// SPDX-License-Identifier: MIT
// topK and sample: the calls that choose elements of the rows.
#include "binding_arguments.h"
#include "sample.h"
#include "topk.h"

namespace tps {
namespace {

// Indices are answered in 32 bits.
constexpr size_t kMostElements = sizeof(size_t) > 4 ? size_t{1} << 32 : SIZE_MAX;

// input, indices, probabilities, k, numbers or nothing.
int32_t topk_call(napi_env env, const napi_value* arguments, size_t count) {
  Array input, probabilities;
  View<uint32_t> indices;
  double k;
  TopKRequest request;
  if (!read_view(env, arguments[1], &indices)) return kBadArgument;
  if (!read_view(env, arguments[2], &probabilities)) return kBadArgument;
  if (napi_get_value_double(env, arguments[3], &k) != napi_ok) return kBadArgument;
  if (!to_count(k, &request.k)) return kBadArgument;
  const int32_t answer = read_input(env, arguments, count, 4, &input, &request.rows);
  if (answer != kAnswerOk) return answer;
  const Request& rows = request.rows;
  if (request.k < 1 || request.k > rows.n || rows.n > kMostElements) return kBadArgument;
  const size_t results = rows.outer * request.k * rows.inner;
  if (results > indices.length || !probabilities.holds(results, rows.dtype)) return kBadArgument;
  request.indices = indices.data;
  request.probabilities = probabilities.data;
  return static_cast<int32_t>(topk(request));
}

bool is_within(double number, double least, double most) {
  return number >= least && number <= most;
}

int32_t sample_call(napi_env env, const napi_value* arguments, size_t count) {
  SampleRequest request;
  const int32_t answer = read_sample(env, arguments, count, &request);
  return answer == kAnswerOk ? static_cast<int32_t>(sample(request)) : answer;
}

}  // namespace

// input, indices, probabilities, log-probabilities, what takes the place of the seed (numbers in
// [0, 1), one per row) or undefined, numbers.
int32_t read_sample(napi_env env, const napi_value* arguments, size_t, SampleRequest* request) {
  Array input;
  View<uint32_t> indices;
  View<double> probabilities, log_probabilities, uniforms;
  Numbers numbers;
  if (!read_view(env, arguments[0], &input)) return kBadArgument;
  if (!read_view(env, arguments[1], &indices)) return kBadArgument;
  if (!read_view(env, arguments[2], &probabilities)) return kBadArgument;
  if (!read_view(env, arguments[3], &log_probabilities)) return kBadArgument;
  int32_t answer = read_numbers(env, arguments[5], &numbers, &request->rows);
  if (answer == kAnswerOk) answer = set_input(input, &request->rows);
  if (answer != kAnswerOk) return answer;
  const Request& rows = request->rows;
  if (!to_count(numbers.top_k, &request->top_k)) return kBadArgument;
  if (!is_within(numbers.top_p, 0, 1) || !is_within(numbers.min_p, 0, 1)) return kBadArgument;
  if (!to_integer(numbers.seed, 0, 0x1p53, &request->seed)) return kBadArgument;
  if (rows.n == 0 || rows.n > kMostElements) return kBadArgument;
  const size_t count = rows.outer * rows.inner;
  if (count > indices.length || count > probabilities.length || count > log_probabilities.length)
    return kBadArgument;
  napi_valuetype type;
  if (napi_typeof(env, arguments[4], &type) != napi_ok) return kBadArgument;
  if (type != napi_undefined) {
    if (!read_view(env, arguments[4], &uniforms) || count > uniforms.length) return kBadArgument;
    request->uniforms = uniforms.data;
  }
  request->top_p = numbers.top_p;
  request->min_p = numbers.min_p;
  request->indices = indices.data;
  request->probabilities = probabilities.data;
  request->log_probabilities = log_probabilities.data;
  return kAnswerOk;
}

void export_sample(Napi::Env env, Napi::Object exports) {
  export_call(env, exports, "topK", answer_call<5, topk_call>);
  export_call(env, exports, "sample", answer_call<kSampleArguments, sample_call>);
}

}  // namespace tps
