// SPDX-License-Identifier: MIT
// softmax: with two arguments one row with default options, else everything.
#include "binding_arguments.h"

namespace tps {
namespace {

int32_t run(const Array& input, const Array& output, Request* request) {
  const int32_t answer = set_output(input, output, request);
  return answer == kAnswerOk ? static_cast<int32_t>(softmax(*request)) : answer;
}

int32_t softmax_call(napi_env env, const napi_value* arguments, size_t count) {
  Array input, output;
  Request request;
  if (count <= 2) {
    if (!read_known_floats(env, arguments[0], &input)) return kBadArgument;
    if (!read_known_floats(env, arguments[1], &output)) return kBadArgument;
    // Length 0 may be a detached view; TypeScript tells it from an empty one.
    if (input.length != output.length || input.length == 0) return kBadArgument;
    request.n = input.length;
    const int32_t answer = choose(-1, &request.isa);
    return answer == kAnswerOk ? run(input, output, &request) : answer;
  }
  if (!read_view(env, arguments[0], &input)) return kBadArgument;
  if (!read_view(env, arguments[1], &output)) return kBadArgument;
  const int32_t answer = read_rows(env, arguments + 2, &request);
  if (answer != kAnswerOk) return answer;
  int32_t algorithm;
  if (!read_integer(env, arguments[2 + kRowArguments], 0, kAlgorithmCount - 1, &algorithm))
    return kBadArgument;
  request.algorithm = kAlgorithms[algorithm].algorithm;
  return run(input, output, &request);
}

}  // namespace

void export_softmax(Napi::Env env, Napi::Object exports) {
  export_call(env, exports, "softmax", answer_call<2 + kRowArguments + 1, softmax_call>);
}

}  // namespace tps
