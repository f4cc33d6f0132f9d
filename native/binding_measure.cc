// SPDX-License-Identifier: MIT
// measure: what the `bench` command calls; no part of the library's API. What is wrong is answered
// by null or false.
#include <new>

#include "binding_arguments.h"
#include "measure/job.h"
#include "measure/pinning.h"

namespace tps {
namespace {

constexpr size_t kMost = size_t{1} << 40;

bool read_number(Napi::Value value, size_t least, size_t most, size_t* result) {
  return read_integer(value.Env(), value, static_cast<double>(least), static_cast<double>(most),
                      result);
}

// From the first page in a Float32Array on, so that all runs see the same alignment.
bool read_pages(Napi::Value value, View<float>* pages) {
  if (!read_view(value.Env(), value, pages)) return false;
  const auto address = reinterpret_cast<uintptr_t>(pages->data);
  const size_t lead = (4096 - address % 4096) % 4096 / sizeof(float);
  if (pages->length <= lead) return false;
  *pages = {pages->data + lead, pages->length - lead};
  return true;
}

// Five numbers each: the fields of Candidate.
constexpr size_t kFields = 5;

bool read_candidate(const int32_t* fields, Candidate* candidate) {
  if (fields[0] < 0 || fields[0] > static_cast<int32_t>(Subject::kStream)) return false;
  if (fields[1] < 0 || static_cast<size_t>(fields[1]) >= kSubjectCounts[fields[0]]) return false;
  if (fields[2] < 0 || static_cast<size_t>(fields[2]) >= kIsaCount) return false;
  if (fields[3] < 1 || fields[4] < 1) return false;
  *candidate = {static_cast<Subject>(fields[0]), fields[1], kIsas[fields[2]].isa,
                static_cast<uint32_t>(fields[3]), static_cast<size_t>(fields[4])};
  return true;
}

// The arrays go without operator[], whose assertion would ask for a newer libstdc++.
// What `time`, `check` and `plan` are called with: x, y, rows, n, candidates, ...
struct Call {
  Arena arena;
  size_t rows = 0, n = 0, count = 0;
  std::unique_ptr<std::unique_ptr<Job>[]> jobs;

  Job* job(size_t i) const { return jobs.get()[i].get(); }

  bool read(const Napi::CallbackInfo& info) {
    View<float> x, y;
    if (!read_pages(info[0], &x) || !read_pages(info[1], &y)) return false;
    if (!read_number(info[2], 1, kMost, &rows) || !read_number(info[3], 1, kMost, &n)) return false;
    if (rows > kMost / n) return false;
    constexpr size_t kLines = 32;  // two lines, which are fetched together
    arena.elements = rows * n;
    arena.stride = (arena.elements + kLines - 1) / kLines * kLines;
    arena.x = x.data;
    arena.y = y.data;
    arena.x_rows = x.length / arena.stride;
    arena.y_rows = y.length / arena.stride;
    if (arena.x_rows == 0 || arena.y_rows == 0) return false;
    return read_jobs(info[4]);
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
      if (!read_candidate(fields.Data() + i * kFields, &candidate)) return false;
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
  if (!call.read(info) || !read_number(info[5], 0, kCacheStateCount - 1, &state) ||
      !read_number(info[6], 1, 1 << 20, &rounds) || !read_number(info[7], 0, kMost, &start))
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
  const float* x = call.arena.x;
  const float* z = x + 1 % call.arena.x_rows * call.arena.stride;
  std::unique_ptr<Reference[]> references(new (std::nothrow) Reference[call.rows]);
  if (references == nullptr) return info.Env().Null();
  for (size_t r = 0; r < call.rows; ++r) references.get()[r] = reference_of(x + r * call.n, call.n);
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

// Fills with numbers uniform in [low, high): one splitmix64 stream from `seed`.
Napi::Value fill_call(const Napi::CallbackInfo& info) {
  View<float> x;
  size_t seed;
  if (!read_pages(info[0], &x) || !info[1].IsNumber() || !info[2].IsNumber() ||
      !read_number(info[3], 0, UINT32_MAX, &seed))
    return Napi::Boolean::New(info.Env(), false);
  const double low = info[1].As<Napi::Number>(), high = info[2].As<Napi::Number>();
  uint64_t state = seed;
  for (size_t i = 0; i < x.length; ++i) {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    const double part = static_cast<double>((z ^ z >> 31) >> 40) * 0x1p-24;
    x.data[i] = static_cast<float>(low + (high - low) * part);
  }
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
  exports.Set("measure", measure);
}

}  // namespace tps
