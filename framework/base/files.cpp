#include "base/files.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/error.hpp"

namespace auspex {
namespace fs = std::filesystem;

namespace {

constexpr const char* temporary_prefix = ".tmp-";

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
  throw Error(Fault::data, fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

// Whether the open file is still the one of that name: it may have been removed before it was locked.
bool is_at(int descriptor, const fs::path& file) {
  struct stat open = {}, named = {};
  return ::fstat(descriptor, &open) == 0 && ::stat(file.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

// The names of unfinished files, where a signal handler can read them. More than these at once are left to the next start.
std::array<std::atomic<const char*>, 64> unfinished{};

int note_unfinished(const char* name) {
  for (std::size_t i = 0; i < unfinished.size(); ++i) {
    const char* none = nullptr;
    if (unfinished[i].compare_exchange_strong(none, name)) return int(i);
  }
  return -1;
}

void forget_unfinished(int place) {
  if (place >= 0) unfinished[std::size_t(place)] = nullptr;
}

}  // namespace

void remove_unfinished_files() noexcept {
  for (const auto& each : unfinished) {
    if (const char* name = each.load()) ::unlink(name);
  }
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file)) {
    throw Error(Fault::data, fmt::format("cannot read '{}'", file.string()),
                fs::exists(file) ? "check its permissions" : "there is no such file");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

void flush_to_disk(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("open", path);
  const bool flushed = ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!flushed) fail("flush", path);
}

NewFile::NewFile(fs::path file) : file_(std::move(file)) {
  auto pattern = (file_.parent_path() / (temporary_prefix + std::string("XXXXXX"))).string();
  descriptor_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (descriptor_ < 0) {
    throw Error(Fault::usage, fmt::format("cannot write '{}': {}", file_.string(), std::strerror(errno)),
                "check that its folder exists and may be written to");
  }
  ::fchmod(descriptor_, 0644);
  temporary_ = pattern;
  unfinished_ = note_unfinished(temporary_.c_str());
}

NewFile::~NewFile() {
  forget_unfinished(unfinished_);
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void NewFile::write(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(descriptor_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("write", file_);
    text.remove_prefix(std::size_t(n));
  }
}

void NewFile::keep() {
  ::close(std::exchange(descriptor_, -1));
  flush_to_disk(temporary_);
  if (::rename(temporary_.c_str(), file_.c_str()) != 0) fail("write", file_);
  forget_unfinished(std::exchange(unfinished_, -1));
  temporary_.clear();
  flush_to_disk(file_.parent_path().empty() ? fs::path(".") : file_.parent_path());
}

void write_file(const fs::path& file, std::string_view text) {
  NewFile whole(file);
  whole.write(text);
  whole.keep();
}

TemporaryFolder::TemporaryFolder(const fs::path& parent) {
  fs::create_directories(parent);
  auto pattern = (parent / (temporary_prefix + std::string("XXXXXX"))).string();
  if (::mkdtemp(pattern.data()) == nullptr) fail("create a folder in", parent);
  ::chmod(pattern.c_str(), 0755);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

void TemporaryFolder::keep_as(const fs::path& target) {
  for (const auto& entry : fs::recursive_directory_iterator(path_)) flush_to_disk(entry.path());
  flush_to_disk(path_);
  fs::create_directories(target.parent_path());
  if (::rename(path_.c_str(), target.c_str()) != 0) fail("create", target);
  path_.clear();
  flush_to_disk(target.parent_path());
}

void TemporaryFolder::remove_leftovers(const fs::path& parent) {
  if (!fs::is_directory(parent)) return;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(parent)) {
    if (entry.path().filename().string().starts_with(temporary_prefix)) leftovers.push_back(entry.path());
  }
  for (const auto& path : leftovers) fs::remove_all(path);
}

FileLock::FileLock(const fs::path& file, double seconds, const std::string& subject, const std::string& holder) {
  fs::create_directories(file.parent_path());
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail("lock", file);
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 && is_at(descriptor_, file)) break;
    ::close(descriptor_);
    if (std::chrono::steady_clock::now() >= give_up) {
      const auto who = fs::exists(file) ? read_file(file) : std::string();
      throw Error(Fault::found, fmt::format("another process is working on {}{}{}", subject, who.empty() ? "" : ": ", who),
                  "wait for it to end, or let this wait longer with --wait SECONDS");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (::pwrite(descriptor_, holder.data(), holder.size(), 0) < 0 || ::ftruncate(descriptor_, off_t(holder.size())) != 0) {
    ::close(descriptor_);
    fail("write", file);
  }
}

std::optional<FileLock> FileLock::attempt(const fs::path& file, Sharing sharing) {
  const bool alone = sharing == Sharing::alone;
  const int descriptor = ::open(file.c_str(), (alone ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  if (::flock(descriptor, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 && is_at(descriptor, file)) return FileLock(descriptor);
  ::close(descriptor);
  return std::nullopt;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace auspex
