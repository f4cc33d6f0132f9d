// SPDX-License-Identifier: MIT
#include "dispatch.h"

#include <stdlib.h>
#include <string.h>

namespace tps {

bool runnable(Isa isa, const Cpu& cpu) { return has_all(cpu.features, isa_row(isa).needs); }

Isa best_isa(const Cpu& cpu) {
  Isa best = Isa::kScalar;
  for (const IsaRow& row : kIsas) {
    if (runnable(row.isa, cpu)) best = row.isa;
  }
  return best;
}

const IsaRow* find_isa(const char* name) {
  for (const IsaRow& row : kIsas) {
    if (strcmp(row.name, name) == 0) return &row;
  }
  return nullptr;
}

IsaChoice choose_isa(const char* wish, const Cpu& cpu) {
  const Isa best = best_isa(cpu);
  if (wish == nullptr || *wish == '\0' || strcmp(wish, "auto") == 0) return {best, Status::kOk};
  const IsaRow* row = find_isa(wish);
  if (row == nullptr || !runnable(row->isa, cpu)) return {best, Status::kIsaUnsupported};
  return {row->isa, Status::kOk};
}

const IsaChoice& process_isa() {
  static const IsaChoice choice = choose_isa(getenv(kIsaVariable), host_cpu());
  return choice;
}

}  // namespace tps
