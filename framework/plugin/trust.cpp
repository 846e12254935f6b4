#include "plugin/trust.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "plugin/loading.hpp"

namespace auspex::plugin {
namespace fs = std::filesystem;

namespace {

// A group that has only this user, as systems make one for each.
bool is_private(gid_t group) {
  const auto* user = ::getpwuid(::geteuid());
  if (user == nullptr || user->pw_gid != group) return false;
  const std::string name = user->pw_name;
  const auto* found = ::getgrgid(group);
  if (found == nullptr || found->gr_name != name) return false;
  for (auto** member = found->gr_mem; *member != nullptr; ++member) {
    if (*member != name) return false;
  }
  return true;
}

void check_one(const fs::path& path, const char* what) {
  struct stat state = {};
  if (::stat(path.c_str(), &state) != 0) return;  // whoever reads it says why
  constexpr const char* development = "; while you develop a plugin, give --allow-insecure";
  if (state.st_uid != 0 && state.st_uid != ::geteuid()) {
    throw Refused{"insecure",
                  fmt::format("{} '{}' belongs to the user {}, who could change it; this program runs as the user {}", what,
                              path.string(), state.st_uid, ::geteuid()),
                  fmt::format("make root or this user its owner: chown{}", development), {}};
  }
  // In a sticky folder only the owner of a file can replace it.
  const bool is_sticky = S_ISDIR(state.st_mode) && (state.st_mode & S_ISVTX) != 0;
  const bool by_group = (state.st_mode & S_IWGRP) != 0 && !is_private(state.st_gid);
  const bool by_all = (state.st_mode & S_IWOTH) != 0;
  if (is_sticky || (!by_group && !by_all)) return;
  throw Refused{"insecure",
                fmt::format("{} '{}' may be written by {} (mode {:04o})", what, path.string(),
                            by_all ? "everybody" : "its group", state.st_mode & 07777),
                fmt::format("forbid it: chmod go-w '{}'{}", path.string(), development), {}};
}

}  // namespace

FileIdentity identity_of(const fs::path& file) {
  struct stat state = {};
  if (::stat(file.c_str(), &state) != 0) return {};
  const auto nanoseconds = [](const timespec& time) { return std::int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec; };
  return {state.st_dev, state.st_ino, std::uint64_t(state.st_size), nanoseconds(state.st_mtim), nanoseconds(state.st_ctim)};
}

void check_permissions(const fs::path& file) {
  check_one(file, "the file");
  check_one(file.parent_path(), "its folder");
}

}  // namespace auspex::plugin
