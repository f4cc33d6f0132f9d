// SPDX-License-Identifier: MIT
// Threads, a mutex and a condition of the system itself: the C++ library's would raise the version
// of libstdc++ that the addon needs.
#pragma once

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#include <sched.h>
#endif

// glibc 2.34 gave these new versions when it took them out of libpthread; the old ones are still
// there and let the binary run on glibc 2.28.
#if defined(__GLIBC__) && !defined(TPS_SANITIZED)
#if defined(__x86_64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.17");
#endif
#endif

namespace tps {

#if defined(_WIN32)

inline void yield_thread() { SwitchToThread(); }

class Mutex {
 public:
  void lock() { AcquireSRWLockExclusive(&lock_); }
  void unlock() { ReleaseSRWLockExclusive(&lock_); }

 private:
  friend class Condition;
  SRWLOCK lock_ = SRWLOCK_INIT;
};

class Condition {
 public:
  void wait(Mutex& mutex) { SleepConditionVariableSRW(&condition_, &mutex.lock_, INFINITE, 0); }
  void notify_all() { WakeAllConditionVariable(&condition_); }

 private:
  CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

class Thread {
 public:
  bool start(void (*run)(void*), void* context) {
    run_ = run;
    context_ = context;
    handle_ = CreateThread(nullptr, 0, &Thread::enter, this, 0, nullptr);
    return handle_ != nullptr;
  }
  void join() {
    WaitForSingleObject(handle_, INFINITE);
    CloseHandle(handle_);
  }

 private:
  static DWORD WINAPI enter(void* self) {
    static_cast<Thread*>(self)->run_(static_cast<Thread*>(self)->context_);
    return 0;
  }
  HANDLE handle_ = nullptr;
  void (*run_)(void*) = nullptr;
  void* context_ = nullptr;
};

#else

inline void yield_thread() { sched_yield(); }

class Mutex {
 public:
  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  friend class Condition;
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

class Condition {
 public:
  void wait(Mutex& mutex) { pthread_cond_wait(&condition_, &mutex.mutex_); }
  void notify_all() { pthread_cond_broadcast(&condition_); }

 private:
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

class Thread {
 public:
  bool start(void (*run)(void*), void* context) {
    run_ = run;
    context_ = context;
    return pthread_create(&thread_, nullptr, &Thread::enter, this) == 0;
  }
  void join() { pthread_join(thread_, nullptr); }

 private:
  static void* enter(void* self) {
    static_cast<Thread*>(self)->run_(static_cast<Thread*>(self)->context_);
    return nullptr;
  }
  pthread_t thread_{};
  void (*run_)(void*) = nullptr;
  void* context_ = nullptr;
};

#endif

}  // namespace tps
