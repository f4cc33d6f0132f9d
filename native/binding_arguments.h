// SPDX-License-Identifier: MIT
// Reading the arguments of a native call. No type, length or number that comes in is trusted; what
// is wrong is answered by a number, and TypeScript finds the words.
#pragma once
#include <float.h>
#include <napi.h>

#include "dispatch.h"
#include "softmax.h"

namespace tps {

// Answers beside those of Status. lib/binding.ts has the same numbers.
inline constexpr int32_t kBadArgument = -1;
inline constexpr int32_t kOverlap = -2;

inline constexpr int32_t kAnswerOk = static_cast<int32_t>(Status::kOk);

template <typename T>
inline constexpr napi_typedarray_type kArrayType{};
template <>
inline constexpr napi_typedarray_type kArrayType<float> = napi_float32_array;
template <>
inline constexpr napi_typedarray_type kArrayType<double> = napi_float64_array;
template <>
inline constexpr napi_typedarray_type kArrayType<uint32_t> = napi_uint32_array;
template <>
inline constexpr napi_typedarray_type kArrayType<int32_t> = napi_int32_array;

template <typename T>
struct View {
  T* data = nullptr;
  size_t length = 0;
};

// A typed array of any type.
struct Array {
  void* data = nullptr;
  size_t length = 0;
  napi_typedarray_type type = kUntold;

  // Node 24.0 to 24.12 leaves the type of a Float16Array untouched; TypeScript has looked.
  static constexpr auto kUntold = static_cast<napi_typedarray_type>(15);
  static constexpr auto kFloat16 = static_cast<napi_typedarray_type>(11);

  bool holds(Dtype dtype) const {
    switch (dtype) {
      case Dtype::kFloat32:
        return type == napi_float32_array;
      case Dtype::kFloat64:
        return type == napi_float64_array;
      case Dtype::kFloat16:
        return type == napi_uint16_array || type == kFloat16 || type == kUntold;
      case Dtype::kBFloat16:
        return type == napi_uint16_array;
    }
    return false;
  }
};

// A detached view, or one outside its shrunken buffer, has length 0.
inline bool read_view(napi_env env, napi_value value, Array* array) {
  return napi_get_typedarray_info(env, value, &array->type, &array->length, &array->data, nullptr,
                                  nullptr) == napi_ok;
}
template <typename T>
bool read_view(napi_env env, napi_value value, View<T>* view) {
  Array array;
  if (!read_view(env, value, &array)) return false;
  *view = {static_cast<T*>(array.data), array.length};
  return array.type == kArrayType<T>;
}

// The same in half the time, for a view whose type TypeScript knows: nothing of it is seen here, so
// another view's bytes would be taken for such elements, in bounds.
template <typename T>
bool read_known(napi_env env, napi_value value, View<T>* view) {
  void* data = nullptr;
  size_t bytes = 0;
  if (napi_get_buffer_info(env, value, &data, &bytes) != napi_ok) return false;
  *view = {static_cast<T*>(data), bytes / sizeof(T)};
  return true;
}
inline bool read_known_floats(napi_env env, napi_value value, Array* array) {
  View<float> view;
  if (!read_known(env, value, &view)) return false;
  *array = {view.data, view.length, napi_float32_array};
  return true;
}

template <typename T>
bool read_integer(napi_env env, napi_value value, double least, double most, T* result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number >= least && number <= most)) return false;
  *result = static_cast<T>(number);
  return static_cast<double>(*result) == number;
}

inline bool read_count(napi_env env, napi_value value, size_t* result) {
  constexpr double kMost = sizeof(size_t) > 4 ? 0x1p53 : 0xffffffff;
  return read_integer(env, value, 0, kMost, result);
}

inline bool read_scale(napi_env env, napi_value value, Request* request) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  const bool wide = dtype_row(request->dtype).arithmetic == Dtype::kFloat64;
  if (!(number >= 0 && number <= (wide ? DBL_MAX : FLT_MAX))) return false;
  request->adaptive = number == 0;
  request->scale = wide ? number : static_cast<float>(number);
  return request->adaptive || request->scale > 0;
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

// dtype, outer, n, inner, scale (0: adaptive), fullyMasked zeros, isa, threads: the arguments that
// every call on rows has, in this order. Answers kAnswerOk or what is wrong.
inline constexpr size_t kRowArguments = 8;
inline int32_t read_rows(napi_env env, const napi_value* arguments, Request* request) {
  int32_t dtype, zeros, isa;
  if (!read_integer(env, arguments[0], 0, kDtypeCount - 1, &dtype)) return kBadArgument;
  request->dtype = request->output_dtype = kDtypes[dtype].dtype;
  if (!read_count(env, arguments[1], &request->outer)) return kBadArgument;
  if (!read_count(env, arguments[2], &request->n)) return kBadArgument;
  if (!read_count(env, arguments[3], &request->inner)) return kBadArgument;
  if (!read_scale(env, arguments[4], request)) return kBadArgument;
  if (!read_integer(env, arguments[5], 0, 1, &zeros)) return kBadArgument;
  if (!read_integer(env, arguments[6], -1, kIsaCount - 1, &isa)) return kBadArgument;
  if (!read_integer(env, arguments[7], 0, UINT32_MAX, &request->threads)) return kBadArgument;
  request->fully_masked_zeros = zeros != 0;
  return choose(isa, &request->isa);
}

// One row with default options, of a view that TypeScript knows to be a Float32Array.
inline int32_t read_row(napi_env env, napi_value value, Array* input, Request* request) {
  // Length 0 may be a detached view; TypeScript tells it from an empty one.
  if (!read_known_floats(env, value, input) || input->length == 0) return kBadArgument;
  request->n = input->length;
  return choose(-1, &request->isa);
}

// Sets the input, which must hold all rows.
inline int32_t set_input(const Array& input, Request* request) {
  size_t rows, elements, bytes;
  if (!multiply(request->outer, request->n, &rows)) return kBadArgument;
  if (!multiply(rows, request->inner, &elements)) return kBadArgument;
  if (!multiply(elements, sizeof(double), &bytes)) return kBadArgument;
  if (!input.holds(request->dtype) || elements > input.length) return kBadArgument;
  request->input = input.data;
  return kAnswerOk;
}

// The input and its rows: what the arguments from number `rows` on say, or, where there are none,
// what read_row makes of it.
inline int32_t read_input(napi_env env, const napi_value* arguments, size_t count, size_t rows,
                          Array* input, Request* request) {
  int32_t answer = kBadArgument;
  if (count <= rows)
    answer = read_row(env, arguments[0], input, request);
  else if (read_view(env, arguments[0], input))
    answer = read_rows(env, arguments + rows, request);
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

// Sets an output of the input's layout and type, or of the arithmetic type, apart from the input or
// the same.
inline int32_t set_output(const Array& input, const Array& output, Request* request) {
  const int32_t answer = set_input(input, request);
  if (answer != kAnswerOk) return answer;
  if (output.type != input.type) request->output_dtype = dtype_row(request->dtype).arithmetic;
  const size_t elements = request->outer * request->n * request->inner;
  if (!output.holds(request->output_dtype) || elements > output.length) return kBadArgument;
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

// The arguments of the calls that promises are made of, which begin as their own do.
struct SampleRequest;
inline constexpr size_t kMapArguments = 2 + kRowArguments;
inline constexpr size_t kSoftmaxArguments = kMapArguments + 1;
inline constexpr size_t kSampleArguments = 4 + kRowArguments + 5;
int32_t read_row_map(napi_env env, const napi_value* arguments, Request* request);
int32_t read_map(napi_env env, const napi_value* arguments, Request* request);
int32_t read_softmax(napi_env env, const napi_value* arguments, Request* request);
int32_t read_sample(napi_env env, const napi_value* arguments, SampleRequest* request);

// A call whose results lie like the input: with two arguments one row, known to be of
// Float32Arrays, with default options; else everything.
template <int32_t (*kRead)(napi_env env, const napi_value* arguments, Request* request),
          Status (*kCall)(const Request&) noexcept>
int32_t map_call(napi_env env, const napi_value* arguments, size_t count) {
  Request request;
  const auto read = count <= 2 ? read_row_map : kRead;
  const int32_t answer = read(env, arguments, &request);
  return answer == kAnswerOk ? static_cast<int32_t>(kCall(request)) : answer;
}

// Each family of calls adds itself to the exports.
void export_async(Napi::Env env, Napi::Object exports);
void export_softmax(Napi::Env env, Napi::Object exports);
void export_family(Napi::Env env, Napi::Object exports);
void export_measure(Napi::Env env, Napi::Object exports);
void export_sample(Napi::Env env, Napi::Object exports);

}  // namespace tps
