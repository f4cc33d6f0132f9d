// SPDX-License-Identifier: MIT
// softmax, and what it shares with the other calls whose results lie like the input.
#include "binding_arguments.h"

namespace tps {

// input, output, numbers or nothing: then they are of one length.
int32_t read_map(napi_env env, const napi_value* arguments, size_t count, Request* request) {
  Array input, output;
  const int32_t answer = read_input(env, arguments, count, 2, &input, request);
  if (answer != kAnswerOk) return answer;
  if (!read_view(env, arguments[1], &output)) return kBadArgument;
  if (count <= 2 && input.bytes != output.bytes) return kBadArgument;
  return set_output(input, output, request);
}

void export_softmax(Napi::Env env, Napi::Object exports) {
  export_call(env, exports, "softmax", answer_call<kMapArguments, map_call<softmax>>);
}

}  // namespace tps
