// SPDX-License-Identifier: MIT
// Table: the element types, and the type each is computed in.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

enum class Dtype : int32_t { kFloat32, kFloat16, kBFloat16, kFloat64 };

struct DtypeRow {
  Dtype dtype;
  const char* name;
  size_t bytes;
  Dtype arithmetic;
};

inline constexpr DtypeRow kDtypes[] = {
    {Dtype::kFloat32, "float32", 4, Dtype::kFloat32},
    {Dtype::kFloat16, "float16", 2, Dtype::kFloat32},
    {Dtype::kBFloat16, "bfloat16", 2, Dtype::kFloat32},
    {Dtype::kFloat64, "float64", 8, Dtype::kFloat64},
};
inline constexpr size_t kDtypeCount = sizeof(kDtypes) / sizeof(kDtypes[0]);

constexpr const DtypeRow& dtype_row(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)]; }

constexpr bool dtypes_are_sound() {
  for (size_t i = 0; i < kDtypeCount; ++i)
    if (static_cast<size_t>(kDtypes[i].dtype) != i) return false;
  return true;
}
static_assert(dtypes_are_sound(), "rows in the order of Dtype");

}  // namespace tps
