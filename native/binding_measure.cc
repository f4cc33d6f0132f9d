// SPDX-License-Identifier: MIT
// measure: what the `bench` command calls; no part of the library's API. What is wrong is answered
// by null or false.
#include <new>

#include "binding_arguments.h"
#include "measure/fill.h"
#include "measure/job.h"
#include "measure/pinning.h"

namespace tps {
namespace {

constexpr size_t kMost = size_t{1} << 40;

bool read_number(Napi::Value value, size_t least, size_t most, size_t* result) {
  double number;
  return napi_get_value_double(value.Env(), value, &number) == napi_ok &&
         to_integer(number, static_cast<double>(least), static_cast<double>(most), result);
}

// The memory of a Float32Array, from its first page on, so that all runs see the same alignment.
bool read_pages(Napi::Value value, View<float>* pages) {
  if (!read_view(value.Env(), value, pages)) return false;
  const auto address = reinterpret_cast<uintptr_t>(pages->data);
  const size_t lead = (4096 - address % 4096) % 4096 / sizeof(float);
  if (pages->length <= lead) return false;
  *pages = {pages->data + lead, pages->length - lead};
  return true;
}

bool read_dtype(Napi::Value value, Dtype* dtype) {
  size_t index;
  if (!read_number(value, 0, kDtypeCount - 1, &index)) return false;
  *dtype = kDtypes[index].dtype;
  return true;
}

// Five numbers each: the fields of Candidate but for the type, which is one for all.
constexpr size_t kFields = 5;

bool read_candidate(const int32_t* fields, Dtype dtype, Candidate* candidate) {
  if (fields[0] < 0 || fields[0] > static_cast<int32_t>(Subject::kStream)) return false;
  if (fields[1] < 0 || static_cast<size_t>(fields[1]) >= kSubjectCounts[fields[0]]) return false;
  if (fields[2] < 0 || static_cast<size_t>(fields[2]) >= kIsaCount) return false;
  if (fields[3] < 1 || fields[4] < 1) return false;
  *candidate = {static_cast<Subject>(fields[0]),
                fields[1],
                kIsas[fields[2]].isa,
                static_cast<uint32_t>(fields[3]),
                static_cast<size_t>(fields[4]),
                dtype};
  return true;
}

// The arrays go without operator[], whose assertion would ask for a newer libstdc++.
// What `time`, `check` and `plan` are called with: x, y, dtype, rows, n, candidates, ...
struct Call {
  Arena arena;
  Dtype dtype = Dtype::kFloat32;
  size_t rows = 0, n = 0, count = 0;
  std::unique_ptr<std::unique_ptr<Job>[]> jobs;

  Job* job(size_t i) const { return jobs.get()[i].get(); }

  bool read(const Napi::CallbackInfo& info) {
    View<float> x, y;
    if (!read_pages(info[0], &x) || !read_pages(info[1], &y)) return false;
    if (!read_dtype(info[2], &dtype)) return false;
    if (!read_number(info[3], 1, kMost, &rows) || !read_number(info[4], 1, kMost, &n)) return false;
    if (rows > kMost / n) return false;
    constexpr size_t kLines = 128;  // two lines, which are fetched together
    arena.bytes = rows * n * dtype_row(dtype).bytes;
    arena.stride = (arena.bytes + kLines - 1) / kLines * kLines;
    arena.x = x.data;
    arena.y = y.data;
    arena.x_rows = x.length * sizeof(float) / arena.stride;
    arena.y_rows = y.length * sizeof(float) / arena.stride;
    if (arena.x_rows == 0 || arena.y_rows == 0) return false;
    return read_jobs(info[5]);
  }

  bool read_jobs(Napi::Value value) {
    if (!value.IsTypedArray()) return false;
    if (value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) return false;
    const auto fields = value.As<Napi::Int32Array>();
    count = fields.ElementLength() / kFields;
    jobs.reset(new (std::nothrow) std::unique_ptr<Job>[count]);
    if (count == 0 || jobs == nullptr) return false;
    for (size_t i = 0; i < count; ++i) {
      Candidate candidate;
      if (!read_candidate(fields.Data() + i * kFields, dtype, &candidate)) return false;
      jobs.get()[i] = Job::make(candidate, rows, n, arena.x);
      if (job(i) == nullptr) return false;
    }
    return true;
  }
};

// ... state, rounds, start. Returns nanoseconds, a candidate's rounds side by side.
Napi::Value time_call(const Napi::CallbackInfo& info) {
  Call call;
  size_t state, rounds, start;
  if (!call.read(info) || !read_number(info[6], 0, kCacheStateCount - 1, &state) ||
      !read_number(info[7], 1, 1 << 20, &rounds) || !read_number(info[8], 0, kMost, &start))
    return info.Env().Null();
  std::unique_ptr<Run[]> runs(new (std::nothrow) Run[call.count]);
  if (runs == nullptr) return info.Env().Null();
  for (size_t i = 0; i < call.count; ++i) runs.get()[i] = call.job(i)->run();
  Napi::Float64Array result = Napi::Float64Array::New(info.Env(), call.count * rounds);
  time_rounds(runs.get(), call.count, call.arena, static_cast<CacheState>(state), rounds, start,
              result.Data());
  return result;
}

// Returns the worst error of every candidate, in ULP.
Napi::Value check_call(const Napi::CallbackInfo& info) {
  Call call;
  if (!call.read(info)) return info.Env().Null();
  const char* x = static_cast<const char*>(call.arena.x);
  const char* z = x + 1 % call.arena.x_rows * call.arena.stride;
  const size_t row_bytes = call.arena.bytes / call.rows;
  std::unique_ptr<Reference[]> references(new (std::nothrow) Reference[call.rows]);
  if (references == nullptr) return info.Env().Null();
  for (size_t r = 0; r < call.rows; ++r)
    references.get()[r] = reference_of(call.dtype, x + r * row_bytes, call.n);
  Napi::Float64Array result = Napi::Float64Array::New(info.Env(), call.count);
  for (size_t i = 0; i < call.count; ++i)
    result[i] = call.job(i)->check(x, z, call.arena.y, references.get());
  return result;
}

// How every candidate is carried out, in words; null where it is not an algorithm.
Napi::Value plan_call(const Napi::CallbackInfo& info) {
  Call call;
  if (!call.read(info)) return info.Env().Null();
  const Napi::Array result = Napi::Array::New(info.Env(), call.count);
  for (size_t i = 0; i < call.count; ++i) {
    const Plan* plan = call.job(i)->plan();
    char words[kPlanWords];
    result.Set(static_cast<uint32_t>(i),
               plan != nullptr ? Napi::Value(Napi::String::New(info.Env(), describe(*plan, words)))
                               : info.Env().Null());
  }
  return result;
}

// x, dtype, low, high, seed.
Napi::Value fill_call(const Napi::CallbackInfo& info) {
  View<float> x;
  Dtype dtype;
  size_t seed;
  if (!read_pages(info[0], &x) || !read_dtype(info[1], &dtype) || !info[2].IsNumber() ||
      !info[3].IsNumber() || !read_number(info[4], 0, UINT32_MAX, &seed))
    return Napi::Boolean::New(info.Env(), false);
  const size_t n = x.length * sizeof(float) / dtype_row(dtype).bytes;
  fill_uniform(dtype, x.data, n, info[2].As<Napi::Number>(), info[3].As<Napi::Number>(), seed);
  return Napi::Boolean::New(info.Env(), true);
}

// recompute_bytes, or nothing.
Napi::Value assume_call(const Napi::CallbackInfo& info) {
  size_t bytes = 0;
  read_number(info[0], 1, kMost, &bytes);
  Job::assume(bytes);
  return info.Env().Undefined();
}

// cpus: the numbers of the processors to pin this thread and the workers to; none: all free.
Napi::Value pin_call(const Napi::CallbackInfo& info) {
  bool pinned = false;
  if (info[0].IsTypedArray() &&
      info[0].As<Napi::TypedArray>().TypedArrayType() == napi_int32_array) {
    const auto cpus = info[0].As<Napi::Int32Array>();
    pinned = pin_threads(cpus.Data(), cpus.ElementLength());
  }
  return Napi::Boolean::New(info.Env(), pinned);
}

template <typename Row, size_t kCount>
Napi::Array traffic(Napi::Env env, const Row (&rows)[kCount]) {
  Napi::Array array = Napi::Array::New(env, kCount);
  for (size_t i = 0; i < kCount; ++i) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", rows[i].name);
    object.Set("reads", rows[i].reads);
    object.Set("writes", rows[i].writes);
    array.Set(static_cast<uint32_t>(i), object);
  }
  return array;
}

Napi::Array sizes_of_dtypes(Napi::Env env) {
  Napi::Array array = Napi::Array::New(env, kDtypeCount);
  for (size_t i = 0; i < kDtypeCount; ++i) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", kDtypes[i].name);
    object.Set("bytes", static_cast<double>(kDtypes[i].bytes));
    object.Set("computed", static_cast<double>(dtype_row(kDtypes[i].arithmetic).bytes));
    array.Set(static_cast<uint32_t>(i), object);
  }
  return array;
}

}  // namespace

void export_measure(Napi::Env env, Napi::Object exports) {
  Napi::Object measure = Napi::Object::New(env);
  measure.Set("time", Napi::Function::New<time_call>(env, "time"));
  measure.Set("check", Napi::Function::New<check_call>(env, "check"));
  measure.Set("plan", Napi::Function::New<plan_call>(env, "plan"));
  measure.Set("fill", Napi::Function::New<fill_call>(env, "fill"));
  measure.Set("assume", Napi::Function::New<assume_call>(env, "assume"));
  measure.Set("pin", Napi::Function::New<pin_call>(env, "pin"));
  Napi::Array subjects = Napi::Array::New(env);  // in the order of Subject
  subjects.Set(0u, traffic(env, kAlgorithms));
  subjects.Set(1u, traffic(env, kPasses));
  subjects.Set(2u, traffic(env, kStreams));
  measure.Set("subjects", subjects);
  measure.Set("dtypes", sizes_of_dtypes(env));
  exports.Set("measure", measure);
}

}  // namespace tps
