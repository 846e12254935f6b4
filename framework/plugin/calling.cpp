#include "plugin/calling.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/files.hpp"

namespace auspex::plugin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int plugin_exit_code = 4;
constexpr std::size_t longest_part = 512;
constexpr const char* hint = "\n  help: the workspace is as it was; with --isolate the other courses go on\n";

struct Part {
  char data[longest_part];
  std::size_t size = 0;

  void assign(std::string_view from) {
    size = std::min(from.size(), sizeof data);
    std::memcpy(data, from.data(), size);
  }
};

// One thread's call. Never freed: a thread that begins takes over what one that ended has left.
struct Record {
  std::atomic<bool> taken = true;
  std::atomic<bool> active = false;
  Record* next = nullptr;
  std::mutex mutex;  // of what follows, between the thread and the watchdog
  Part who, where;
  Limits limits;
  Clock::time_point alive;
  std::int64_t memory_before = -1;  // as first seen by the watchdog
};

std::atomic<Record*> records = nullptr;
std::atomic<bool> guarded_process = false;
std::atomic<bool> is_fork = false;
constexpr int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
thread_local constinit Record* own_record = nullptr;

// A handler's stack, for the overflow of the thread's own; none where a sanitizer has put one already.
class HandlerStack {
 public:
  HandlerStack() {
    stack_t old = {};
    if (::sigaltstack(nullptr, &old) != 0 || (old.ss_flags & SS_DISABLE) == 0) return;
    memory_ = std::make_unique<char[]>(size);
    stack_t stack = {};
    stack.ss_sp = memory_.get();
    stack.ss_size = size;
    ::sigaltstack(&stack, nullptr);
  }
  ~HandlerStack() {
    if (!memory_) return;
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  HandlerStack(const HandlerStack&) = delete;
  HandlerStack& operator=(const HandlerStack&) = delete;

 private:
  static constexpr std::size_t size = 64 * 1024;
  std::unique_ptr<char[]> memory_;
};

class OwnRecord {
 public:
  OwnRecord() {
    for (auto* record = records.load(); record != nullptr; record = record->next) {
      bool free = false;
      if (record->taken.compare_exchange_strong(free, true)) {
        own_record = record;
        return;
      }
    }
    auto* record = new Record;
    record->next = records.load();
    while (!records.compare_exchange_weak(record->next, record)) {
    }
    own_record = record;
  }
  ~OwnRecord() {
    own_record->taken = false;
    own_record = nullptr;
  }
  OwnRecord(const OwnRecord&) = delete;
  OwnRecord& operator=(const OwnRecord&) = delete;

 private:
  HandlerStack stack_;
};

[[noreturn]] void leave(int code) {
  for (;;) ::syscall(SYS_exit_group, code);
}

void put(std::string_view text) {
  const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
  (void)ignored;
}

// Async-signal-safe, as all that it calls.
[[noreturn]] void end_process(const Record& record, std::string_view what, std::string_view more = {}) {
  put("error: ");
  put({record.who.data, record.who.size});
  put(" ");
  put(what);
  put(more);
  put(" in ");
  put({record.where.data, record.where.size});
  put(hint);
  remove_unfinished_files();
  leave(plugin_exit_code);
}

// The call of this thread; of a thread of the plugin's own, any.
Record* current_record() {
  if (own_record != nullptr && own_record->active) return own_record;
  for (auto* record = records.load(); record != nullptr; record = record->next) {
    if (record->active) return record;
  }
  return nullptr;
}

extern "C" void auspex_plugin_crashed(int signal) {
  const auto* record = current_record();
  if (record == nullptr) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  const char* name = ::sigabbrev_np(signal);
  const char* text = ::sigdescr_np(signal);
  char what[96] = "crashed (SIG";
  std::strncat(what, name == nullptr ? "?" : name, 16);
  std::strncat(what, ": ", 3);
  std::strncat(what, text == nullptr ? "unknown" : text, 48);
  std::strncat(what, ")", 2);
  end_process(*record, what);
}

extern "C" void auspex_plugin_exits(int code, void*) {
  if (is_fork) return;
  const auto* record = current_record();
  if (record == nullptr) return;
  char digits[16];
  const auto end = fmt::format_to_n(digits, sizeof digits, "({})", code);
  end_process(*record, "ended the program: it called exit", {digits, end.size});
}

extern "C" void auspex_process_forked() { is_fork = true; }

std::int64_t resident_bytes() {
  long long pages = 0, resident = 0;
  if (auto* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lld %lld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * ::sysconf(_SC_PAGESIZE);
}

// Ends the process where a call goes beyond its limits.
[[noreturn]] void watch() {
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (auto* record = records.load(); record != nullptr; record = record->next) {
      if (!record->active) continue;
      const std::lock_guard lock(record->mutex);
      const auto& limits = record->limits;
      if (!record->active || (limits.seconds <= 0 && limits.memory <= 0)) continue;
      if (limits.seconds > 0 && std::chrono::duration<double>(Clock::now() - record->alive).count() > limits.seconds) {
        end_process(*record, over_time_text(limits.seconds));
      }
      if (limits.memory <= 0) continue;
      const auto now = resident_bytes();
      if (record->memory_before < 0) record->memory_before = now;
      if (now - record->memory_before > limits.memory) end_process(*record, over_memory_text(limits.memory));
    }
  }
}

void start_watchdog() {
  static std::once_flag once;
  std::call_once(once, [] { std::thread(watch).detach(); });
}

std::string& own_subject() {
  thread_local std::string name;
  return name;
}

}  // namespace

Subject::Subject(std::string name) { own_subject() = std::move(name); }
Subject::~Subject() { own_subject().clear(); }

const std::string& subject() { return own_subject(); }

Calling::Calling(std::string_view who, std::string_view where, const Limits& limits) {
  if (!guarded_process) return;
  thread_local OwnRecord own;
  auto& record = *own_record;
  {
    const std::lock_guard lock(record.mutex);
    record.who.assign(who);
    record.where.assign(where);
    record.limits = limits;
    record.alive = Clock::now();
    record.memory_before = -1;
    record.active = true;
  }
  if (limits.seconds > 0 || limits.memory > 0) start_watchdog();
}

Calling::~Calling() {
  if (!guarded_process) return;
  if (is_fork) leave(plugin_exit_code);
  const std::lock_guard lock(own_record->mutex);
  own_record->active = false;
}

void sign_of_life() {
  for (auto* record = records.load(); record != nullptr; record = record->next) {
    if (!record->active) continue;
    const std::lock_guard lock(record->mutex);
    record->alive = Clock::now();
  }
}

std::string crash_text(int signal) {
  const auto* name = ::sigabbrev_np(signal);
  const auto* text = ::sigdescr_np(signal);
  return fmt::format("crashed (SIG{}: {})", name == nullptr ? "?" : name, text == nullptr ? "unknown" : text);
}

std::string over_time_text(double seconds) { return fmt::format("gave no answer within {:g} s", seconds); }

std::string over_memory_text(std::int64_t bytes) {
  constexpr std::int64_t mebi = 1 << 20;
  if (bytes % (1024 * mebi) == 0) return fmt::format("wanted more than {} GiB of memory", bytes / (1024 * mebi));
  if (bytes % mebi == 0) return fmt::format("wanted more than {} MiB of memory", bytes / mebi);
  return fmt::format("wanted more than {} bytes of memory", bytes);
}

void guard_process() {
  if (guarded_process.exchange(true)) return;
  struct sigaction action = {};
  action.sa_handler = auspex_plugin_crashed;
  action.sa_flags = SA_ONSTACK | SA_RESETHAND;
  for (const int signal : fatal_signals) ::sigaction(signal, &action, nullptr);
  ::on_exit(auspex_plugin_exits, nullptr);
  ::pthread_atfork(nullptr, nullptr, auspex_process_forked);
}

void leave_unguarded() {
  if (!guarded_process.exchange(false)) return;
  for (const int signal : fatal_signals) std::signal(signal, SIG_DFL);
}

}  // namespace auspex::plugin

// The program's own comes before the C library's, for plugins too: it has no other way to tell that it was called.
extern "C" __attribute__((visibility("default"))) void _exit(int code) {
  using namespace auspex::plugin;
  if (guarded_process && !is_fork && own_record != nullptr && own_record->active) {
    end_process(*own_record, "ended the program: it called _exit");
  }
  leave(code);
}
