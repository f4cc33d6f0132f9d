// SPDX-License-Identifier: MIT
// softmax, and what it shares with the other calls whose results lie like the input.
#include "binding_arguments.h"

namespace tps {

// input, output.
int32_t read_row_map(napi_env env, const napi_value* arguments, Request* request) {
  Array input, output;
  const int32_t answer = read_row(env, arguments[0], &input, request);
  if (answer != kAnswerOk) return answer;
  if (!read_known_floats(env, arguments[1], &output)) return kBadArgument;
  return input.length == output.length ? set_output(input, output, request) : kBadArgument;
}

// input, output, rows...
int32_t read_map(napi_env env, const napi_value* arguments, Request* request) {
  Array input, output;
  if (!read_view(env, arguments[0], &input)) return kBadArgument;
  if (!read_view(env, arguments[1], &output)) return kBadArgument;
  const int32_t answer = read_rows(env, arguments + 2, request);
  return answer == kAnswerOk ? set_output(input, output, request) : answer;
}

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

void export_softmax(Napi::Env env, Napi::Object exports) {
  export_call(env, exports, "softmax",
              answer_call<kSoftmaxArguments, map_call<read_softmax, softmax>>);
}

}  // namespace tps
