// SPDX-License-Identifier: MIT
// The module: cpu(), the names of the tables, and the calls that binding_*.cc add.
#include <napi.h>

#include "binding_arguments.h"
#include "cpu.h"

namespace tps {
namespace {

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
  kernels.Set("float64", isa);

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
  export_softmax(env, exports);
  export_family(env, exports);
  export_measure(env, exports);
  export_sample(env, exports);
  export_async(env, exports);
  exports.Set("cpu", Napi::Function::New<cpu_call>(env, "cpu"));
  exports.Set("isas", names(env, kIsas));
  exports.Set("algorithms", names(env, kAlgorithms));
  exports.Set("dtypes", names(env, kDtypes));
  return exports;
}

}  // namespace

NODE_API_MODULE(two_pass_softmax, init)

}  // namespace tps
