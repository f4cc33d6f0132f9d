// SPDX-License-Identifier: MIT
// Node-API only: decode the arguments, call, encode the answer. No type, length or number that
// comes in is trusted; what is wrong is answered by a number, and TypeScript finds the words.
#include <float.h>
#include <napi.h>

#include "cpu.h"
#include "dispatch.h"
#include "softmax.h"

namespace tps {
namespace {

// Answers beside those of Status. lib/binding.ts has the same numbers.
constexpr int32_t kBadArgument = -1;
constexpr int32_t kOverlap = -2;

struct View {
  float* data = nullptr;
  size_t length = 0;
};

// A detached view, or one outside its shrunken buffer, has length 0.
bool read_view(napi_env env, napi_value value, View* view) {
  napi_typedarray_type type = napi_uint8_array;  // some releases leave it untouched for new types
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(env, value, &type, &view->length, &data, nullptr, nullptr);
  view->data = static_cast<float*>(data);
  return status == napi_ok && type == napi_float32_array;
}

template <typename T>
bool read_integer(napi_env env, napi_value value, double least, double most, T* result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number >= least && number <= most)) return false;
  *result = static_cast<T>(number);
  return static_cast<double>(*result) == number;
}

bool read_count(napi_env env, napi_value value, size_t* result) {
  constexpr double kMost = sizeof(size_t) > 4 ? 0x1p53 : 0xffffffff;
  return read_integer(env, value, 0, kMost, result);
}

bool read_scale(napi_env env, napi_value value, float* result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number > 0 && number <= FLT_MAX)) return false;
  *result = static_cast<float>(number);
  return *result > 0;
}

bool multiply(size_t a, size_t b, size_t* product) {
  *product = a * b;
  return a == 0 || *product / a == b;
}

bool same_or_apart(const View& a, const View& b, size_t elements) {
  const auto first = reinterpret_cast<uintptr_t>(a.data);
  const auto second = reinterpret_cast<uintptr_t>(b.data);
  const size_t bytes = elements * sizeof(float);
  return first == second || first + bytes <= second || second + bytes <= first;
}

// `isa` is an index into kIsas, or -1: the choice of this process.
int32_t run(const View& input, const View& output, int32_t isa, Request* request) {
  size_t rows, elements;
  if (!multiply(request->outer, request->n, &rows)) return kBadArgument;
  if (!multiply(rows, request->inner, &elements)) return kBadArgument;
  if (elements > input.length || elements > output.length) return kBadArgument;
  if (!same_or_apart(input, output, elements)) return kOverlap;
  const IsaChoice choice = isa < 0 ? process_isa() : IsaChoice{kIsas[isa].isa, Status::kOk};
  if (choice.status != Status::kOk) return static_cast<int32_t>(choice.status);
  request->isa = choice.isa;
  request->input = input.data;
  request->output = output.data;
  return static_cast<int32_t>(softmax(*request));
}

int32_t run_row(napi_env env, const napi_value* arguments) {
  View input, output;
  if (!read_view(env, arguments[0], &input)) return kBadArgument;
  if (!read_view(env, arguments[1], &output)) return kBadArgument;
  // Length 0 may be a detached view; TypeScript tells it from an empty one.
  if (input.length != output.length || input.length == 0) return kBadArgument;
  Request request;
  request.n = input.length;
  return run(input, output, -1, &request);
}

int32_t run_request(napi_env env, const napi_value* arguments) {
  View input, output;
  if (!read_view(env, arguments[0], &input)) return kBadArgument;
  if (!read_view(env, arguments[1], &output)) return kBadArgument;
  Request request;
  if (!read_count(env, arguments[2], &request.outer)) return kBadArgument;
  if (!read_count(env, arguments[3], &request.n)) return kBadArgument;
  if (!read_count(env, arguments[4], &request.inner)) return kBadArgument;
  if (!read_scale(env, arguments[5], &request.scale)) return kBadArgument;
  int32_t zeros, isa, algorithm;
  if (!read_integer(env, arguments[6], 0, 1, &zeros)) return kBadArgument;
  if (!read_integer(env, arguments[7], -1, kIsaCount - 1, &isa)) return kBadArgument;
  if (!read_integer(env, arguments[8], 0, kAlgorithmCount - 1, &algorithm)) return kBadArgument;
  if (!read_integer(env, arguments[9], 0, UINT32_MAX, &request.threads)) return kBadArgument;
  request.fully_masked_zeros = zeros != 0;
  request.algorithm = kAlgorithms[algorithm].algorithm;
  return run(input, output, isa, &request);
}

// Raw calls here: the wrappers would cost more than a short row.
napi_value softmax_call(napi_env env, napi_callback_info info) {
  constexpr size_t kArguments = 10;
  napi_value arguments[kArguments];
  size_t count = kArguments;
  int32_t answer = kBadArgument;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) == napi_ok) {
    answer = count <= 2 ? run_row(env, arguments) : run_request(env, arguments);
  }
  napi_value result = nullptr;
  napi_create_int32(env, answer, &result);
  return result;
}

Napi::Object caches_object(Napi::Env env, const Caches& caches) {
  const struct {
    const char* name;
    const Cache& cache;
  } levels[] = {{"l1d", caches.l1d}, {"l2", caches.l2}, {"l3", caches.l3}};
  Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, cache] : levels) {
    if (cache.bytes == 0) continue;
    Napi::Object level = Napi::Object::New(env);
    level.Set("bytes", static_cast<double>(cache.bytes));
    level.Set("lineBytes", cache.line_bytes);
    level.Set("sharedBy", cache.shared_by);
    object.Set(name, level);
  }
  return object;
}

Napi::Value cpu_call(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Cpu& cpu = host_cpu();
  Napi::Array features = Napi::Array::New(env);
  for (size_t i = 0; i < kFeatureCount; ++i) {
    if ((cpu.features >> i & 1) != 0) features.Set(features.Length(), kFeatures[i].name);
  }
  Napi::Array isas = Napi::Array::New(env);
  for (const IsaRow& row : kIsas) {
    if (runnable(row.isa, cpu)) isas.Set(isas.Length(), row.name);
  }
  const IsaChoice& choice = process_isa();
  const Napi::Value isa = choice.status == Status::kOk
                              ? Napi::Value(Napi::String::New(env, isa_row(choice.isa).name))
                              : env.Null();
  Napi::Object kernels = Napi::Object::New(env);
  kernels.Set("float32", isa);

  Napi::Object object = Napi::Object::New(env);
  object.Set("vendor", cpu.vendor);
  object.Set("brand", cpu.brand);
  object.Set("family", cpu.family);
  object.Set("model", cpu.model);
  object.Set("stepping", cpu.stepping);
  object.Set("microarchitecture", cpu.microarch->name);
  object.Set("features", features);
  object.Set("caches", caches_object(env, cpu.caches));
  object.Set("isas", isas);
  object.Set("isa", isa);
  object.Set("kernels", kernels);
  return object;
}

template <typename Row, size_t kCount>
Napi::Array names(Napi::Env env, const Row (&rows)[kCount]) {
  Napi::Array array = Napi::Array::New(env, kCount);
  for (size_t i = 0; i < kCount; ++i) array.Set(static_cast<uint32_t>(i), rows[i].name);
  return array;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  napi_value softmax_function = nullptr;
  napi_create_function(env, "softmax", NAPI_AUTO_LENGTH, softmax_call, nullptr, &softmax_function);
  exports.Set("softmax", softmax_function);
  exports.Set("cpu", Napi::Function::New<cpu_call>(env, "cpu"));
  exports.Set("isas", names(env, kIsas));
  exports.Set("algorithms", names(env, kAlgorithms));
  return exports;
}

}  // namespace

NODE_API_MODULE(two_pass_softmax, init)

}  // namespace tps
