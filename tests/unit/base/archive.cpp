#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "base/archive.hpp"
#include "base/error.hpp"
#include "base/files.hpp"

namespace fs = std::filesystem;
using namespace auspex;

namespace {

std::string taken_or_refused(const std::string& bytes, const ArchiveLimits& limits = {}) {
  const TemporaryFolder folder(fs::temp_directory_path());
  write_file(folder.path() / "a.zip", bytes);
  try {
    std::string names;
    for (const auto& [name, content] : read_zip(folder.path() / "a.zip", limits)) names += name + " ";
    return names;
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::data);
    auto said = error.problems().front().message;
    return said.replace(said.find(folder.path().string()), folder.path().string().size() + 1, "");
  }
}

}  // namespace

TEST_CASE("what is packed is unpacked, and the same files give the same bytes", "[base]") {
  const ArchiveFiles files{{"model-config.json", "{}"}, {"mlbackend/model.bin", std::string(100000, 'x') + '\0'}, {"empty", ""}};
  const auto bytes = zip_bytes(files);
  CHECK(bytes.size() < 1000);
  CHECK(bytes == zip_bytes(files));
  const TemporaryFolder folder(fs::temp_directory_path());
  write_file(folder.path() / "a.zip", bytes);
  CHECK(read_zip(folder.path() / "a.zip") == files);
}

TEST_CASE("an archive that is small and unpacks to much is refused", "[base]") {
  const ArchiveFiles files{{"a", std::string(1 << 20, 'x')}, {"b", std::string(1 << 20, 'x')}};
  const auto bytes = zip_bytes(files);
  CHECK(taken_or_refused(bytes, {2, std::uint64_t{2} << 20}) == "a b ");
  CHECK(taken_or_refused(bytes, {2, std::uint64_t{1} << 20}) == "'a.zip' unpacks to more than 1 MiB; no model is that large");
  CHECK(taken_or_refused(bytes, {1, std::uint64_t{2} << 20}) == "'a.zip' has 2 entries; at most 1 are taken");
}

TEST_CASE("a damaged archive is refused, wherever it is damaged", "[base]") {
  // Not compressible, so that a changed byte stays a byte of the file.
  std::string content;
  for (int i = 0; i < 1000; ++i) content += char(i * 7919 >> 3);
  const auto bytes = zip_bytes({{"model.bin", content}});
  CHECK(taken_or_refused(bytes) == "model.bin ");
  auto changed = bytes;
  changed[bytes.size() / 2] = char(changed[bytes.size() / 2] ^ 1);
  CHECK(taken_or_refused(changed).find("is damaged: the entry 'model.bin'") != std::string::npos);
  CHECK(taken_or_refused(bytes.substr(0, bytes.size() - 30)).find("cannot be read as a zip file") != std::string::npos);
  CHECK(taken_or_refused("").find("cannot be read as a zip file") != std::string::npos);
  for (std::size_t size = 0; size < bytes.size(); size += 37) CHECK_FALSE(taken_or_refused(bytes.substr(0, size)) == "model.bin ");
}
