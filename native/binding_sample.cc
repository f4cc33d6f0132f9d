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

// The input, and what the numbers say of it.
int32_t read_drawing(const Array& input, const Array& array, Numbers* numbers,
                     SampleRequest* request) {
  int32_t answer = read_numbers(array, numbers, &request->rows);
  if (answer == kAnswerOk) answer = set_input(input, &request->rows);
  if (answer != kAnswerOk) return answer;
  if (!to_count(numbers->top_k, &request->top_k)) return kBadArgument;
  if (!is_within(numbers->top_p, 0, 1) || !is_within(numbers->min_p, 0, 1)) return kBadArgument;
  if (!to_integer(numbers->seed, 0, 0x1p53, &request->seed)) return kBadArgument;
  if (request->rows.n == 0 || request->rows.n > kMostElements) return kBadArgument;
  request->top_p = numbers->top_p;
  request->min_p = numbers->min_p;
  return kAnswerOk;
}

// One row, whose results go behind the numbers: index, probability, log-probability.
int32_t sample_one(const Array& input, const Array& array) {
  struct {
    Numbers numbers;
    double index, probability, log_probability;
  } all;
  SampleRequest request;
  const int32_t answer = read_drawing(input, array, &all.numbers, &request);
  if (answer != kAnswerOk) return answer;
  if (request.rows.outer != 1 || request.rows.inner != 1) return kBadArgument;
  if (array.bytes < sizeof(all)) return kBadArgument;
  uint32_t index = 0;
  request.indices = &index;
  request.probabilities = &all.probability;
  request.log_probabilities = &all.log_probability;
  if (!(all.numbers.uniform < 0)) request.uniforms = &all.numbers.uniform;
  const Status status = sample(request);
  if (status == Status::kOk) {
    all.index = index;
    memcpy(array.data, &all, sizeof(all));
  }
  return static_cast<int32_t>(status);
}

int32_t sample_call(napi_env env, const napi_value* arguments, size_t count) {
  SampleRequest request;
  Array input, array;
  if (count <= 2) {
    if (!read_view(env, arguments[0], &input)) return kBadArgument;
    return read_view(env, arguments[1], &array) ? sample_one(input, array) : kBadArgument;
  }
  const int32_t answer = read_sample(env, arguments, count, &request);
  return answer == kAnswerOk ? static_cast<int32_t>(sample(request)) : answer;
}

}  // namespace

// input, numbers, indices, probabilities, log-probabilities, and what takes the place of the seed
// (numbers in [0, 1), one per row) or undefined.
int32_t read_sample(napi_env env, const napi_value* arguments, size_t, SampleRequest* request) {
  Array input, array;
  View<uint32_t> indices;
  View<double> probabilities, log_probabilities, uniforms;
  Numbers numbers;
  if (!read_view(env, arguments[0], &input)) return kBadArgument;
  if (!read_view(env, arguments[1], &array)) return kBadArgument;
  if (!read_view(env, arguments[2], &indices)) return kBadArgument;
  if (!read_view(env, arguments[3], &probabilities)) return kBadArgument;
  if (!read_view(env, arguments[4], &log_probabilities)) return kBadArgument;
  const int32_t answer = read_drawing(input, array, &numbers, request);
  if (answer != kAnswerOk) return answer;
  const size_t rows = request->rows.outer * request->rows.inner;
  if (rows > indices.length || rows > probabilities.length || rows > log_probabilities.length)
    return kBadArgument;
  napi_valuetype type;
  if (napi_typeof(env, arguments[5], &type) != napi_ok) return kBadArgument;
  if (type != napi_undefined) {
    if (!read_view(env, arguments[5], &uniforms) || rows > uniforms.length) return kBadArgument;
    request->uniforms = uniforms.data;
  }
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
