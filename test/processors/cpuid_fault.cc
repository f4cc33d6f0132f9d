// SPDX-License-Identifier: MIT
// Preloaded into a process, makes CPUID answer as the processor that TPS_PROCESSOR names, at native
// speed: Linux lets CPUID fault, and the handler of the fault gives the recorded answer. Features
// that the real processor lacks stay absent; XGETBV stays real. Exits with 77 where nothing can
// fault.
#include <cpuid.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "test/native/processors.h"

namespace tps::test {
namespace {

constexpr long kArchSetCpuid = 0x1012;
constexpr int kCannotFault = 77;

const struct {
  const char* name;
  const FakeProcessor& processor;
} kProcessors[] = {{"Skylake-X", kSkylakeX}, {"Zen 4", kGenoa}};

const FakeProcessor* chosen = nullptr;
struct sigaction others = {};  // what the program wants done about its own SIGSEGV

using Sigaction = int (*)(int, const struct sigaction*, struct sigaction*);
Sigaction real_sigaction() {
  static const auto next = reinterpret_cast<Sigaction>(dlsym(RTLD_NEXT, "sigaction"));
  return next;
}

bool let_cpuid_run(bool run) { return syscall(SYS_arch_prctl, kArchSetCpuid, run ? 1 : 0) == 0; }

Registers real_cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r;
  let_cpuid_run(true);
  __cpuid_count(leaf, subleaf, r.value[kEax], r.value[kEbx], r.value[kEcx], r.value[kEdx]);
  let_cpuid_run(false);
  return r;
}

Registers answer(uint32_t leaf, uint32_t subleaf) {
  Registers r = chosen->answer(leaf, subleaf);
  const Registers real = real_cpuid(leaf, subleaf);
  const bool features = leaf == 1 || leaf == 7 || leaf == 0x80000001;
  for (const Register reg : {kEax, kEbx, kEcx, kEdx}) {
    const bool identity = subleaf == 0 && (reg == kEax || (reg == kEbx && leaf != 7));
    if (features && !identity) r.value[reg] &= real.value[reg];
  }
  return r;
}

bool is_cpuid(const siginfo_t* info, const greg_t* registers) {
  if (info->si_code != SI_KERNEL) return false;
  const auto* code = reinterpret_cast<const unsigned char*>(registers[REG_RIP]);
  return code[0] == 0x0f && code[1] == 0xa2;
}

void on_fault(int number, siginfo_t* info, void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (is_cpuid(info, registers)) {
    const Registers r = answer(static_cast<uint32_t>(registers[REG_RAX]),
                               static_cast<uint32_t>(registers[REG_RCX]));
    registers[REG_RAX] = r.value[kEax];
    registers[REG_RBX] = r.value[kEbx];
    registers[REG_RCX] = r.value[kEcx];
    registers[REG_RDX] = r.value[kEdx];
    registers[REG_RIP] += 2;
  } else if ((others.sa_flags & SA_SIGINFO) != 0) {
    others.sa_sigaction(number, info, context);
  } else if (others.sa_handler != SIG_DFL && others.sa_handler != SIG_IGN) {
    others.sa_handler(number);
  } else {  // the instruction faults again, and nobody is there to help
    signal(number, SIG_DFL);
  }
}

struct Start {
  Start() {
    const char* name = getenv("TPS_PROCESSOR");
    for (const auto& row : kProcessors) {
      if (name != nullptr && strcmp(name, row.name) == 0) chosen = &row.processor;
    }
    if (chosen == nullptr) {
      fprintf(stderr, "TPS_PROCESSOR: unknown processor %s\n", name != nullptr ? name : "");
      _exit(2);
    }
    struct sigaction ours = {};
    ours.sa_sigaction = on_fault;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    real_sigaction()(SIGSEGV, &ours, &others);
    if (!let_cpuid_run(false)) {
      perror("this kernel or processor cannot make CPUID fault");
      _exit(kCannotFault);
    }
  }
} start;  // after the processors, which are complete by then

}  // namespace
}  // namespace tps::test

extern "C" __attribute__((visibility("default"))) int sigaction(int number,
                                                                const struct sigaction* action,
                                                                struct sigaction* before) noexcept {
  using namespace tps::test;
  if (number != SIGSEGV || chosen == nullptr) return real_sigaction()(number, action, before);
  const struct sigaction kept = others;
  if (action != nullptr) others = *action;
  if (before != nullptr) *before = kept;
  return 0;
}
