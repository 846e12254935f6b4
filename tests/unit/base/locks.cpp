#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"

using namespace auspex;
namespace fs = std::filesystem;

namespace {

// What the second of two is told.
std::string refusal(const fs::path& file) {
  try {
    const FileLock second(file, 0, "the model x/y", "second");
    return "none";
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::found);
    return error.problems().front().message;
  }
}

}  // namespace

// Locks belong to open files, so that one process can play both parts.
TEST_CASE("one holder at a time, whom the others are told of", "[locks]") {
  const TemporaryFolder folder(fs::temp_directory_path());
  const auto file = folder.path() / "locks" / "one";  // the folder is made
  std::optional<FileLock> first;
  first.emplace(file, 0, "the model x/y", "auspex model train, process 7");
  CHECK(refusal(file) == "another process is working on the model x/y: auspex model train, process 7");
  first.reset();
  CHECK(refusal(file) == "none");
  // A shorter name of a holder leaves nothing of a longer one before it.
  const FileLock third(file, 0, "the model x/y", "me");
  CHECK(refusal(file) == "another process is working on the model x/y: me");
}

TEST_CASE("a lock whose file was removed is no lock on the file of that name", "[locks]") {
  const TemporaryFolder folder(fs::temp_directory_path());
  const auto file = folder.path() / "one";
  const FileLock first(file, 0, "it", "first");
  fs::remove(file);
  const FileLock second(file, 0, "it", "second");
  CHECK(refusal(file) == "another process is working on the model x/y: second");
}

TEST_CASE("readers share a file, who removes it has it alone", "[locks]") {
  using Sharing = FileLock::Sharing;
  const TemporaryFolder folder(fs::temp_directory_path());
  const auto file = folder.path() / "record";
  CHECK_FALSE(FileLock::attempt(file, Sharing::with_others));
  std::ofstream(file) << "{}";
  {
    const auto one = FileLock::attempt(file, Sharing::with_others);
    const auto two = FileLock::attempt(file, Sharing::with_others);
    CHECK(one);
    CHECK(two);
    CHECK_FALSE(FileLock::attempt(file, Sharing::alone));
  }
  const auto alone = FileLock::attempt(file, Sharing::alone);
  CHECK(alone);
  CHECK_FALSE(FileLock::attempt(file, Sharing::with_others));
  CHECK(read_file(file) == "{}");
}
