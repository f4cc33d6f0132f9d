// SPDX-License-Identifier: MIT
// softmax: with two arguments one row with default options, else everything.
#include "binding_arguments.h"

namespace tps {

// input, output, rows, algorithm.
int32_t read_softmax(napi_env env, const napi_value* arguments, Request* request) {
  const int32_t answer = read_map(env, arguments, request);
  if (answer != kAnswerOk) return answer;
  int32_t algorithm;
  if (!read_integer(env, arguments[kMapArguments], 0, kAlgorithmCount - 1, &algorithm))
    return kBadArgument;
  request->algorithm = kAlgorithms[algorithm].algorithm;
  return kAnswerOk;
}

namespace {

// One row with default options, from and to views that TypeScript knows to be Float32Arrays.
int32_t read_row(napi_env env, const napi_value* arguments, Request* request) {
  Array input, output;
  if (!read_known_floats(env, arguments[0], &input)) return kBadArgument;
  if (!read_known_floats(env, arguments[1], &output)) return kBadArgument;
  // Length 0 may be a detached view; TypeScript tells it from an empty one.
  if (input.length != output.length || input.length == 0) return kBadArgument;
  request->n = input.length;
  const int32_t answer = choose(-1, &request->isa);
  return answer == kAnswerOk ? set_output(input, output, request) : answer;
}

int32_t softmax_call(napi_env env, const napi_value* arguments, size_t count) {
  Request request;
  const int32_t answer =
      count <= 2 ? read_row(env, arguments, &request) : read_softmax(env, arguments, &request);
  return answer == kAnswerOk ? static_cast<int32_t>(softmax(request)) : answer;
}

}  // namespace

void export_softmax(Napi::Env env, Napi::Object exports) {
  export_call(env, exports, "softmax", answer_call<kSoftmaxArguments, softmax_call>);
}

}  // namespace tps
