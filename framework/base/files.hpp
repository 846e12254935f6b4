// Files and folders that appear whole or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace auspex {

/// The whole file. Throws Error(fault data) where it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// A file that is written beside its place and put there by keep(): a reader sees the old or the new one, whole, also after a
/// crash. Without keep(), what was there stays.
class NewFile {
 public:
  /// Throws Error(usage) where `file` cannot be made.
  explicit NewFile(std::filesystem::path file);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  /// Where it is until keep(), for a library that writes by itself.
  [[nodiscard]] std::filesystem::path path() const { return temporary_; }

  /// Throws Error(data), for example where the disk is full.
  void write(std::string_view text);

  /// Flushes to disk, then renames.
  void keep();

 private:
  std::filesystem::path file_;
  std::string temporary_;
  int descriptor_ = -1;
  int unfinished_ = -1;  // its place among those to remove
};

/// Removes what NewFiles have not kept, for a process that ends at once. Async-signal-safe.
void remove_unfinished_files() noexcept;

/// A NewFile of this text.
void write_file(const std::filesystem::path& file, std::string_view text);

/// Flushes a file or folder to disk.
void flush_to_disk(const std::filesystem::path& path);

/// A folder `parent/.tmp-XXXXXX` that is removed unless kept.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Flushes the folder and renames it to `target`, which must not exist.
  void keep_as(const std::filesystem::path& target);

  /// Removes what crashed processes left in `parent`. The caller holds the lock that makes this safe.
  static void remove_leftovers(const std::filesystem::path& parent);

 private:
  std::filesystem::path path_;
};

/// A lock on a file, let go when its owner ends, or the process.
class FileLock {
 public:
  /// Holds `file` alone; makes it and its folder where they are missing. Waits up to `seconds`, then throws Error(found) with
  /// `subject` ("the model core/students_at_risk") and what the one who holds it gave as `holder`.
  FileLock(const std::filesystem::path& file, double seconds, const std::string& subject, const std::string& holder);

  enum class Sharing { alone, with_others };
  /// Holds a file that exists, at once or not at all; none where another holds it otherwise, or where it cannot be locked.
  [[nodiscard]] static std::optional<FileLock> attempt(const std::filesystem::path& file, Sharing sharing);

  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace auspex
