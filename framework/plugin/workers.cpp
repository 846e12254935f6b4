#include "plugin/workers.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/error.hpp"
#include "plugin/calls.hpp"
#include "plugin/host.hpp"
#include "plugin/worker.hpp"
#include "plugin/worker_messages.hpp"

namespace auspex::plugin {
namespace {

using Clock = std::chrono::steady_clock;

// How often a call that takes long is looked after.
constexpr int tick_milliseconds = 20;

void close_if_open(int descriptor) {
  if (descriptor >= 0) ::close(descriptor);
}

struct SocketPair {
  int ours = -1, theirs = -1;

  SocketPair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
      throw Error(Fault::found, fmt::format("cannot talk to a worker process: {}", std::strerror(errno)));
    }
    ours = ends[0];
    theirs = ends[1];
  }
};

// Memory of its own that a process holds: not the files it maps, nor what it shares with us.
std::int64_t own_bytes(pid_t process) {
  long long size = 0, resident = 0, shared = 0;
  if (auto* file = std::fopen(fmt::format("/proc/{}/statm", process).c_str(), "re")) {
    if (std::fscanf(file, "%lld %lld %lld", &size, &resident, &shared) != 3) resident = shared = 0;
    std::fclose(file);
  }
  return (resident - shared) * ::sysconf(_SC_PAGESIZE);
}

std::string end_text(int status) {
  if (status == -1) return "ended its process";
  if (WIFSIGNALED(status)) return crash_text(WTERMSIG(status));
  return fmt::format("ended its process (exit code {})", WEXITSTATUS(status));
}

}  // namespace

// ---- WorkerStarter -----------------------------------------------------------------------------------------------------

WorkerStarter::~WorkerStarter() { stop(); }

void WorkerStarter::run() {
  const SocketPair pair;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  // What a plugin prints is no result of ours.
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, pair.theirs, 3);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  ::posix_spawnattr_init(&attributes);
  // A terminal's Ctrl-C goes to the host, and the workers end with it.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  std::string arguments[] = {program_.string(), "--plugin-workers"};
  char* argv[] = {arguments[0].data(), arguments[1].data(), nullptr};
  const int failed = ::posix_spawn(&process_, program_.c_str(), &actions, &attributes, argv, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  ::close(pair.theirs);
  if (failed != 0) {
    ::close(pair.ours);
    process_ = 0;
    throw Error(Fault::found, fmt::format("cannot run '{}' for isolated plugins: {}", program_.string(), std::strerror(failed)));
  }
  socket_ = pair.ours;
  // Each worker takes four descriptors, and there are as many workers as threads times plugins.
  rlimit files = {};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

void WorkerStarter::stop() {
  close_if_open(std::exchange(socket_, -1));
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

std::int32_t WorkerStarter::ask(const StarterMessage& message, std::string_view text, std::span<const int> descriptors) {
  std::int32_t answer = -1;
  const bool answered = socket_ >= 0 && send_message(socket_, &message, sizeof message, text, descriptors) &&
                        receive_message(socket_, &answer, sizeof answer) == sizeof answer;
  return answered ? answer : -1;
}

pid_t WorkerStarter::start(const std::filesystem::path& file, const FileIdentity& identity, int socket, int calls, int answers) {
  const std::lock_guard lock(mutex_);
  const int descriptors[] = {socket, calls, answers};
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (socket_ < 0) run();
    const auto process = ask({StarterMessage::start, 0, identity}, file.string(), descriptors);
    if (process > 0) return process;
    stop();  // it was ended by somebody: once more
  }
  throw Error(Fault::found, fmt::format("'{}' starts no worker processes for isolated plugins", program_.string()));
}

int WorkerStarter::end(pid_t worker) {
  const std::lock_guard lock(mutex_);
  return ask({StarterMessage::end, worker, {}}, {}, {});
}

// ---- Worker ------------------------------------------------------------------------------------------------------------

Worker::Worker(std::shared_ptr<WorkerStarter> starter, const std::filesystem::path& file, const FileIdentity& identity)
    : user(std::this_thread::get_id()), starter_(std::move(starter)) {
  const SocketPair pair;
  socket_ = pair.ours;
  try {
    process_ = starter_->start(file, identity, pair.theirs, calls_.descriptor(), answers_.descriptor());
  } catch (...) {
    ::close(pair.theirs);
    ::close(socket_);
    throw;
  }
  ::close(pair.theirs);
  process_descriptor_ = int(::syscall(SYS_pidfd_open, process_, 0));
}

Worker::~Worker() {
  // It is waiting for a call, and ends where none can come; what its plugin started ends with the starter.
  close_if_open(process_descriptor_);
  ::close(socket_);
}

Packer Worker::arguments(Call call, std::int64_t instance) {
  Packer packer(calls_);
  packer.skip(call_offset);
  packer.put(call);
  packer.put(instance);
  packer.text(timezone_name());
  return packer;
}

Unpacker Worker::answer(const Packer& arguments, const Limits& limits) {
  const WorkerMessage message{WorkerMessage::call, 0, 0, arguments.size()};
  tell_cancelled();
  // Where it is gone, waiting says how it ended.
  (void)send_message(socket_, &message, sizeof message, {});
  return wait(limits);
}

void Worker::tell_cancelled() const {
  std::atomic_ref(*reinterpret_cast<std::int32_t*>(calls_.data())).store(cancelled() ? 1 : 0);
}

void Worker::ended(const std::string& why) {
  alive_ = false;
  const auto status = starter_->end(process_);
  throw Ended{why.empty() ? end_text(status) : why};
}

Unpacker Worker::wait(const Limits& limits) {
  struct Said {
    WorkerMessage head;
    char text[64 * 1024];
  };
  thread_local auto said = std::make_unique<Said>();
  auto alive = Clock::now();
  auto looked = alive;
  double progress = -1;
  for (;;) {
    pollfd waits[] = {{socket_, POLLIN, 0}, {process_descriptor_, POLLIN, 0}};
    ::poll(waits, 2, tick_milliseconds);
    if (waits[0].revents != 0) {
      const auto size = receive_message(socket_, said.get(), sizeof *said);
      if (size < sizeof said->head) ended({});
      if (said->head.what == WorkerMessage::done) {
        if (said->head.size > answers_.size()) answers_.follow();
        return {answers_.data(), std::min<std::size_t>(said->head.size, answers_.size())};
      }
      if (said->head.what == WorkerMessage::log) write_log(said->head.level, {said->text, size - sizeof said->head});
      if (said->head.what == WorkerMessage::progress) {
        try {
          report_progress(said->head.progress_done);
        } catch (...) {
          // What a receiver throws is lost, as in this process.
        }
        if (said->head.progress_done > progress) alive = Clock::now();
        progress = std::max(progress, said->head.progress_done);
      }
    } else if (waits[1].revents != 0) {
      ended({});
    }
    const auto now = Clock::now();
    if (now - looked < std::chrono::milliseconds(tick_milliseconds / 2)) continue;
    looked = now;
    tell_cancelled();
    if (limits.seconds > 0 && std::chrono::duration<double>(now - alive).count() > limits.seconds) {
      ended(over_time_text(limits.seconds));
    }
    if (limits.memory <= 0) continue;
    const auto bytes = own_bytes(process_);
    if (memory_before_ == 0) memory_before_ = bytes;
    if (bytes - memory_before_ > limits.memory) ended(over_memory_text(limits.memory));
  }
}

// ---- IsolatedPlugin ----------------------------------------------------------------------------------------------------

Descriptor IsolatedPlugin::load(const std::shared_ptr<IsolatedPlugin>& self, double seconds) {
  auto worker = std::make_shared<Worker>(self->starter_, self->file_, self->identity_);
  try {
    auto answer = worker->first_answer({seconds, self->limits_.memory});
    const auto said = answer.text();
    const auto json = nlohmann::json::from_cbor(said);
    if (json.contains("refused")) {
      throw Refused{json.at("refused"), json.at("message"), json.at("hint"), json.at("ids")};
    }
    auto descriptor = descriptor_of(json, self);
    const std::lock_guard lock(self->mutex_);
    self->workers_.push_back(std::move(worker));
    return descriptor;
  } catch (const Ended& ended) {
    throw Refused{"crashed_while_loading", fmt::format("while it was loaded, it {}", ended.what), "report this to its author", {}};
  }
}

std::shared_ptr<Worker> IsolatedPlugin::worker() {
  const auto thread = std::this_thread::get_id();
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(workers_, [](const auto& worker) { return !worker->alive(); });
    const auto mine = [&](const auto& worker) { return worker->user == thread; };
    auto found = std::find_if(workers_.begin(), workers_.end(), mine);
    if (found == workers_.end()) {
      found = std::find_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->instances == 0; });
    }
    if (found != workers_.end()) {
      (*found)->user = thread;
      ++(*found)->instances;
      return *found;
    }
  }
  auto made = std::make_shared<Worker>(starter_, file_, identity_);
  auto answer = made->first_answer({10, limits_.memory});
  const auto said = answer.text();
  const auto json = nlohmann::json::from_cbor(said);
  if (json.contains("refused")) {
    throw Ended{fmt::format("cannot be loaded again: {}", json.at("message").get<std::string>())};
  }
  made->instances = 1;
  const std::lock_guard lock(mutex_);
  workers_.push_back(made);
  return made;
}

void IsolatedPlugin::release(Worker& worker) {
  const std::lock_guard lock(mutex_);
  --worker.instances;
}

}  // namespace auspex::plugin
