// SPDX-License-Identifier: MIT
// The calls of family.h. After the arrays come the numbers.
#include "binding_arguments.h"
#include "family.h"

namespace tps {
namespace {

// input, values, numbers or nothing.
template <Status (*kCall)(const Request&, double*) noexcept>
int32_t value_call(napi_env env, const napi_value* arguments, size_t count) {
  Array input;
  View<double> values;
  Request request;
  if (!read_view(env, arguments[1], &values)) return kBadArgument;
  const int32_t answer = read_input(env, arguments, count, 2, &input, &request);
  if (answer != kAnswerOk) return answer;
  if (!holds_rows(input, values, request)) return kBadArgument;
  return static_cast<int32_t>(kCall(request, values.data));
}

// input, mantissas, exponents, numbers or nothing.
int32_t sum_exp_call(napi_env env, const napi_value* arguments, size_t count) {
  Array input;
  View<double> mantissas, exponents;
  Request request;
  if (!read_view(env, arguments[1], &mantissas)) return kBadArgument;
  if (!read_view(env, arguments[2], &exponents)) return kBadArgument;
  const int32_t answer = read_input(env, arguments, count, 3, &input, &request);
  if (answer != kAnswerOk) return answer;
  if (!holds_rows(input, mantissas, request) || !holds_rows(input, exponents, request))
    return kBadArgument;
  return static_cast<int32_t>(sum_exp(request, mantissas.data, exponents.data));
}

// input, output, mantissas, exponents, numbers.
int32_t softmax_from_call(napi_env env, const napi_value* arguments, size_t count) {
  Array input, output;
  View<double> mantissas, exponents;
  if (!read_view(env, arguments[1], &output)) return kBadArgument;
  if (!read_view(env, arguments[2], &mantissas)) return kBadArgument;
  if (!read_view(env, arguments[3], &exponents)) return kBadArgument;
  Request request;
  int32_t answer =
      count > 4 ? read_input(env, arguments, count, 4, &input, &request) : kBadArgument;
  if (answer == kAnswerOk) answer = set_output(input, output, &request);
  if (answer != kAnswerOk) return answer;
  if (!holds_rows(output, mantissas, request) || !holds_rows(output, exponents, request))
    return kBadArgument;
  return static_cast<int32_t>(softmax_from(request, mantissas.data, exponents.data));
}

}  // namespace

void export_family(Napi::Env env, Napi::Object exports) {
  export_call(env, exports, "logSoftmax", answer_call<kMapArguments, map_call<log_softmax>>);
  export_call(env, exports, "stableMax", answer_call<kMapArguments, map_call<stable_max>>);
  export_call(env, exports, "logSumExp", answer_call<3, value_call<log_sum_exp>>);
  export_call(env, exports, "entropy", answer_call<3, value_call<entropy>>);
  export_call(env, exports, "sumExp", answer_call<4, sum_exp_call>);
  export_call(env, exports, "softmaxFrom", answer_call<5, softmax_from_call>);
}

}  // namespace tps
