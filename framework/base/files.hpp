// Files and folders that appear whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

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
  [[nodiscard]] const std::filesystem::path& path() const { return temporary_; }

  /// Throws Error(data), for example where the disk is full.
  void write(std::string_view text);

  /// Flushes to disk, then renames.
  void keep();

 private:
  std::filesystem::path file_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

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

/// An exclusive lock on a file, held by one process at a time and let go when the process ends.
class FileLock {
 public:
  /// Waits up to `seconds`; throws Error(fault found) that names the file where another process still holds it.
  FileLock(const std::filesystem::path& file, double seconds);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace auspex
