// Plugins in processes of their own, seen from the host. A worker process holds the components of one plugin that one thread
// uses, and answers one call at a time; one that crashes, ends, hangs or grows too much is replaced at the next call.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "plugin/calling.hpp"
#include "plugin/loading.hpp"
#include "plugin/packing.hpp"
#include "plugin/shared_memory.hpp"
#include "plugin/trust.hpp"

namespace auspex::plugin {

/// One small process that forks all workers, so that each costs milliseconds. It ends with the host, and the workers with it.
class WorkerStarter {
 public:
  /// `program` is run as `PROGRAM --plugin-workers` at the first worker.
  explicit WorkerStarter(std::filesystem::path program) : program_(std::move(program)) {}
  ~WorkerStarter();
  WorkerStarter(const WorkerStarter&) = delete;
  WorkerStarter& operator=(const WorkerStarter&) = delete;

  /// Throws Error(found) where the program cannot be run.
  pid_t start(const std::filesystem::path& file, const FileIdentity& identity, int socket, int calls, int answers);

  /// Ends a worker with all that it started; returns its wait status, -1 where it is not known.
  int end(pid_t worker);

 private:
  void run();
  void stop();
  std::int32_t ask(const struct StarterMessage& message, std::string_view text, std::span<const int> descriptors);

  std::mutex mutex_;
  std::filesystem::path program_;
  int socket_ = -1;
  pid_t process_ = 0;
};

/// One worker process. Its functions are called by one thread at a time: whoever holds `mutex`.
class Worker {
 public:
  Worker(std::shared_ptr<WorkerStarter> starter, const std::filesystem::path& file, const FileIdentity& identity);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Where the arguments of the next call go.
  [[nodiscard]] Packer arguments(Call call, std::int64_t instance);

  /// Calls and waits. The answer is valid until the next call. Throws Ended where the process ended, or was ended because it
  /// went beyond the limits.
  [[nodiscard]] Unpacker answer(const Packer& arguments, const Limits& limits);

  /// What it says once it has loaded the plugin.
  [[nodiscard]] Unpacker first_answer(const Limits& limits) { return wait(limits); }

  [[nodiscard]] bool alive() const { return alive_; }

  std::mutex mutex;
  SentDictionaries sent;
  std::thread::id user;        ///< of its components
  int instances = 0;           ///< components that it holds
  std::int64_t next_instance = 0;

 private:
  void tell_cancelled() const;
  [[nodiscard]] Unpacker wait(const Limits& limits);
  [[noreturn]] void ended(const std::string& why);

  std::shared_ptr<WorkerStarter> starter_;
  SharedMemory calls_, answers_;
  int socket_ = -1;
  int process_descriptor_ = -1;
  pid_t process_ = 0;
  std::int64_t memory_before_ = 0;
  std::atomic<bool> alive_ = true;
};

/// A plugin that runs in workers only; no code of it enters this process.
class IsolatedPlugin {
 public:
  IsolatedPlugin(std::shared_ptr<WorkerStarter> starter, std::filesystem::path file, const FileIdentity& identity, Limits limits)
      : starter_(std::move(starter)), file_(std::move(file)), identity_(identity), limits_(limits) {}

  /// Loads it in a worker. Throws Refused as load_library() does. Its components call workers through `self`.
  [[nodiscard]] static Descriptor load(const std::shared_ptr<IsolatedPlugin>& self, double seconds);

  /// This thread's, made where there is none; it holds one component more, until release(). Throws Ended where the plugin
  /// cannot be loaded any more.
  [[nodiscard]] std::shared_ptr<Worker> worker();
  void release(Worker& worker);

  [[nodiscard]] const Limits& limits() const { return limits_; }

 private:
  std::shared_ptr<WorkerStarter> starter_;
  std::filesystem::path file_;
  FileIdentity identity_;
  Limits limits_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Worker>> workers_;
};

/// `create` of a component of an isolated plugin: *self is what its functions take.
auspex_status create_isolated(const Component& component, const auspex_argument* arguments, std::size_t count,
                              const std::string& compatibility, void** self, auspex_error* error);

/// The component's functions, which call workers. `has_optional`: whether the plugin has `prepare`, or can explain.
void use_workers(Component& component, bool has_optional);

}  // namespace auspex::plugin
