// SPDX-License-Identifier: MIT
// What promises are made of: arguments are read on the main thread, as the blocking calls read
// theirs, then the request is carried out on a thread of libuv's.
#include <new>

#include "binding_arguments.h"
#include "family.h"
#include "sample.h"
#include "stop.h"

namespace tps {
namespace {

// One request on its way. The arrays that it points into are held by a reference; that nobody
// detaches or resizes them meanwhile is up to TypeScript, which gives none away.
template <typename R>
class Job {
 public:
  using Read = int32_t (*)(napi_env env, const napi_value* arguments, size_t count, R* request);
  using Run = Status (*)(const R& request) noexcept;

  // flag, done, and `count` arguments more. Raising the flag, an Int32Array, ends the work early;
  // done is called with a Status in any case, once, if this answers kAnswerOk.
  template <size_t kCount, Read kRead, Run kRun>
  static int32_t start(napi_env env, const napi_value* arguments, size_t count) {
    View<int32_t> flag;
    if (!read_view(env, arguments[0], &flag) || flag.length == 0) return kBadArgument;
    R request;
    if (count < 2 + kCount) return kBadArgument;
    const int32_t answer = kRead(env, arguments + 2, kCount, &request);
    if (answer != kAnswerOk) return answer;
    Job* job = new (std::nothrow) Job(env, request, kRun, flag.data);
    if (job == nullptr) return static_cast<int32_t>(Status::kOutOfMemory);
    if (job->keep(arguments, 2 + kCount) && job->queue()) return kAnswerOk;
    delete job;
    return kBadArgument;
  }

 private:
  Job(napi_env env, const R& request, Run run, const int32_t* flag)
      : env_(env),
        request_(request),
        run_(run),
        stop_(reinterpret_cast<const std::atomic<int32_t>*>(flag)) {
    static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t), "shared with JavaScript");
  }

  ~Job() {
    if (kept_ != nullptr) napi_delete_reference(env_, kept_);
    if (work_ != nullptr) napi_delete_async_work(env_, work_);
  }

  bool keep(const napi_value* values, size_t count) {
    napi_value array;
    if (napi_create_array_with_length(env_, count, &array) != napi_ok) return false;
    for (size_t i = 0; i < count; ++i) {
      if (napi_set_element(env_, array, static_cast<uint32_t>(i), values[i]) != napi_ok)
        return false;
    }
    return napi_create_reference(env_, array, 1, &kept_) == napi_ok;
  }

  bool queue() {
    napi_value name;
    return napi_create_string_utf8(env_, "two-pass-softmax", NAPI_AUTO_LENGTH, &name) == napi_ok &&
           napi_create_async_work(env_, nullptr, name, &Job::execute, &Job::complete, this,
                                  &work_) == napi_ok &&
           napi_queue_async_work(env_, work_) == napi_ok;
  }

  static void execute(napi_env, void* data) {
    Job* job = static_cast<Job*>(data);
    const StopScope scope(&job->stop_);
    if (!stopped()) job->status_ = job->run_(job->request_);
    if (stopped()) job->status_ = Status::kStopped;
  }

  // Also runs while the environment ends, when no JavaScript can: the call then does nothing.
  static void complete(napi_env env, napi_status, void* data) {
    Job* job = static_cast<Job*>(data);
    napi_value kept, done, undefined, status;
    const bool callable =
        napi_get_reference_value(env, job->kept_, &kept) == napi_ok &&
        napi_get_element(env, kept, 1, &done) == napi_ok &&
        napi_get_undefined(env, &undefined) == napi_ok &&
        napi_create_int32(env, static_cast<int32_t>(job->status_), &status) == napi_ok;
    delete job;
    if (callable) napi_call_function(env, undefined, done, 1, &status, nullptr);
  }

  const napi_env env_;
  const R request_;
  const Run run_;
  const Stop stop_;
  Status status_ = Status::kStopped;
  napi_ref kept_ = nullptr;
  napi_async_work work_ = nullptr;
};

template <typename R, size_t kCount, int32_t (*kRead)(napi_env, const napi_value*, size_t, R*),
          Status (*kRun)(const R&) noexcept>
void export_job(Napi::Env env, Napi::Object exports, const char* name) {
  export_call(env, exports, name,
              answer_call<2 + kCount, Job<R>::template start<kCount, kRead, kRun>>);
}

// Whether arrays, rows and isa are such as a call would take.
int32_t check_map(napi_env env, const napi_value* arguments, size_t count) {
  Request request;
  return read_map(env, arguments, count, &request);
}

int32_t stop_all(napi_env, const napi_value*, size_t) {
  Stop::all();
  return kAnswerOk;
}

}  // namespace

void export_async(Napi::Env env, Napi::Object exports) {
  export_job<Request, kMapArguments, read_map, softmax>(env, exports, "softmaxAsync");
  export_job<Request, kMapArguments, read_map, log_softmax>(env, exports, "logSoftmaxAsync");
  export_job<SampleRequest, kSampleArguments, read_sample, sample>(env, exports, "sampleAsync");
  export_call(env, exports, "checkMap", answer_call<kMapArguments, check_map>);
  export_call(env, exports, "stopAll", answer_call<1, stop_all>);
}

}  // namespace tps
