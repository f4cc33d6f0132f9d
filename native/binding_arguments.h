// SPDX-License-Identifier: MIT
// Reading the arguments of a native call. No length or number that comes in is trusted; what is
// wrong is answered by a number, and TypeScript finds the words.
#pragma once
#include <float.h>
#include <napi.h>
#include <string.h>

#include "dispatch.h"
#include "softmax.h"

namespace tps {

// Answers beside those of Status. lib/binding.ts has the same numbers.
inline constexpr int32_t kBadArgument = -1;
inline constexpr int32_t kOverlap = -2;

inline constexpr int32_t kAnswerOk = static_cast<int32_t>(Status::kOk);

// The memory of a view: none, if that is detached or outside its shrunken buffer. What its elements
// are has been looked at by TypeScript, for which that takes less; those of another view would be
// taken for what the numbers say, in bounds. Node 18 ends the process on what is no view.
struct Array {
  void* data = nullptr;
  size_t bytes = 0;

  // Where an element can.
  bool begins_with(size_t element_bytes) const {
    return bytes == 0 || reinterpret_cast<uintptr_t>(data) % element_bytes == 0;
  }
  bool holds(size_t elements, Dtype dtype) const {
    const size_t each = dtype_row(dtype).bytes;
    return begins_with(each) && elements <= bytes / each;
  }
};
inline bool read_view(napi_env env, napi_value value, Array* array) {
  return napi_get_buffer_info(env, value, &array->data, &array->bytes) == napi_ok;
}

template <typename T>
struct View {
  T* data = nullptr;
  size_t length = 0;
};
template <typename T>
bool read_view(napi_env env, napi_value value, View<T>* view) {
  Array array;
  if (!read_view(env, value, &array)) return false;
  *view = {static_cast<T*>(array.data), array.bytes / sizeof(T)};
  return array.begins_with(sizeof(T));
}

template <typename T>
bool to_integer(double number, double least, double most, T* result) {
  if (!(number >= least && number <= most)) return false;
  *result = static_cast<T>(number);
  return static_cast<double>(*result) == number;
}
inline bool to_count(double number, size_t* result) {
  return to_integer(number, 0, sizeof(size_t) > 4 ? 0x1p53 : 0xffffffff, result);
}

inline bool multiply(size_t a, size_t b, size_t* product) {
  *product = a * b;
  return a == 0 || *product / a == b;
}

inline bool overlap(const void* a, size_t a_bytes, const void* b, size_t b_bytes) {
  const auto first = reinterpret_cast<uintptr_t>(a), second = reinterpret_cast<uintptr_t>(b);
  return first < second + b_bytes && second < first + a_bytes;
}

// An index into kIsas, or -1: the choice of this process.
inline int32_t choose(int32_t isa, Isa* result) {
  const IsaChoice choice = isa < 0 ? process_isa() : IsaChoice{kIsas[isa].isa, Status::kOk};
  *result = choice.isa;
  return static_cast<int32_t>(choice.status);
}

// The numbers of a call on rows, which come as one array of doubles: to hand them over one by one
// takes longer than a short row. lib/arguments.ts has the same order.
struct Numbers {
  double dtype, output_dtype, outer, n, inner;
  double scale;  // 0: adaptive
  double fully_masked_zeros, isa, threads, algorithm;
  double top_k, top_p, min_p, seed;
  double uniform;  // in place of the seed, for one row, unless below 0
};

inline bool read_scale(double scale, Request* request) {
  const bool wide = dtype_row(request->dtype).arithmetic == Dtype::kFloat64;
  if (!(scale >= 0 && scale <= (wide ? DBL_MAX : FLT_MAX))) return false;
  request->adaptive = scale == 0;
  request->scale = wide ? scale : static_cast<float>(scale);
  return request->adaptive || request->scale > 0;
}

// All but what only `sample` has. Answers kAnswerOk or what is wrong.
inline int32_t read_numbers(const Array& array, Numbers* numbers, Request* request) {
  if (array.bytes < sizeof(*numbers)) return kBadArgument;
  memcpy(numbers, array.data, sizeof(*numbers));
  int32_t dtype, output, zeros, isa, algorithm;
  if (!to_integer(numbers->dtype, 0, kDtypeCount - 1, &dtype)) return kBadArgument;
  if (!to_integer(numbers->output_dtype, 0, kDtypeCount - 1, &output)) return kBadArgument;
  request->dtype = kDtypes[dtype].dtype;
  request->output_dtype = kDtypes[output].dtype;
  if (output != dtype && request->output_dtype != kDtypes[dtype].arithmetic) return kBadArgument;
  if (!to_count(numbers->outer, &request->outer)) return kBadArgument;
  if (!to_count(numbers->n, &request->n)) return kBadArgument;
  if (!to_count(numbers->inner, &request->inner)) return kBadArgument;
  if (!read_scale(numbers->scale, request)) return kBadArgument;
  if (!to_integer(numbers->fully_masked_zeros, 0, 1, &zeros)) return kBadArgument;
  if (!to_integer(numbers->isa, -1, kIsaCount - 1, &isa)) return kBadArgument;
  if (!to_integer(numbers->threads, 0, UINT32_MAX, &request->threads)) return kBadArgument;
  if (!to_integer(numbers->algorithm, 0, kAlgorithmCount - 1, &algorithm)) return kBadArgument;
  request->fully_masked_zeros = zeros != 0;
  request->algorithm = kAlgorithms[algorithm].algorithm;
  return choose(isa, &request->isa);
}

// Sets the input, which must hold all rows.
inline int32_t set_input(const Array& input, Request* request) {
  size_t rows, elements, bytes;
  if (!multiply(request->outer, request->n, &rows)) return kBadArgument;
  if (!multiply(rows, request->inner, &elements)) return kBadArgument;
  if (!multiply(elements, sizeof(double), &bytes)) return kBadArgument;
  if (!input.holds(elements, request->dtype)) return kBadArgument;
  request->input = input.data;
  return kAnswerOk;
}

// The first argument, and its rows: what the numbers, argument `at`, say, or without them one row
// of float32 with default options.
inline int32_t read_input(napi_env env, const napi_value* arguments, size_t count, size_t at,
                          Array* input, Request* request) {
  if (!read_view(env, arguments[0], input)) return kBadArgument;
  int32_t answer = kBadArgument;
  if (count > at) {
    Array array;
    Numbers numbers;
    if (read_view(env, arguments[at], &array)) answer = read_numbers(array, &numbers, request);
  } else if (input->bytes >= sizeof(float)) {  // nothing, or detached? TypeScript knows
    request->n = input->bytes / sizeof(float);
    answer = choose(-1, &request->isa);
  }
  return answer == kAnswerOk ? set_input(*input, request) : answer;
}

inline size_t bytes_of(const Request& request, Dtype dtype) {
  return request.outer * request.n * request.inner * dtype_row(dtype).bytes;
}

// One value per row in `values`, apart from the input.
inline bool holds_rows(const Array& input, const View<double>& values, const Request& request) {
  const size_t rows = request.outer * request.inner;
  if (rows > values.length) return false;
  return rows == 0 || request.n == 0 ||
         !overlap(input.data, bytes_of(request, request.dtype), values.data, rows * sizeof(double));
}

// Sets an output of the input's layout, apart from the input or the same.
inline int32_t set_output(const Array& input, const Array& output, Request* request) {
  const size_t elements = request->outer * request->n * request->inner;
  if (!output.holds(elements, request->output_dtype)) return kBadArgument;
  const bool same = input.data == output.data && request->output_dtype == request->dtype;
  if (!same && overlap(input.data, bytes_of(*request, request->dtype), output.data,
                       bytes_of(*request, request->output_dtype)))
    return kOverlap;
  request->output = output.data;
  return kAnswerOk;
}

// A native function of raw calls (the wrappers would cost more than a short row) around `kRun`,
// which sees the arguments given, undefined beyond them, and answers a number.
template <size_t kMost, int32_t (*kRun)(napi_env env, const napi_value* arguments, size_t count)>
napi_value answer_call(napi_env env, napi_callback_info info) {
  napi_value arguments[kMost];
  size_t count = kMost;
  int32_t answer = kBadArgument;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) == napi_ok)
    answer = kRun(env, arguments, count);
  napi_value result = nullptr;
  napi_create_int32(env, answer, &result);
  return result;
}

inline void export_call(Napi::Env env, Napi::Object exports, const char* name, napi_callback call) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
  exports.Set(name, function);
}

// The arguments of the calls that promises are made of.
struct SampleRequest;
inline constexpr size_t kMapArguments = 3;
inline constexpr size_t kSampleArguments = 6;
int32_t read_map(napi_env env, const napi_value* arguments, size_t count, Request* request);
int32_t read_sample(napi_env env, const napi_value* arguments, size_t count,
                    SampleRequest* request);

// A call whose results lie like the input.
template <Status (*kCall)(const Request&) noexcept>
int32_t map_call(napi_env env, const napi_value* arguments, size_t count) {
  Request request;
  const int32_t answer = read_map(env, arguments, count, &request);
  return answer == kAnswerOk ? static_cast<int32_t>(kCall(request)) : answer;
}

// Each family of calls adds itself to the exports.
void export_async(Napi::Env env, Napi::Object exports);
void export_softmax(Napi::Env env, Napi::Object exports);
void export_family(Napi::Env env, Napi::Object exports);
void export_measure(Napi::Env env, Napi::Object exports);
void export_sample(Napi::Env env, Napi::Object exports);

}  // namespace tps
