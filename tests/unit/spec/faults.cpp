// One invalid file per mistake, each with what must be said about it in FILE.expected.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "installed.hpp"
#include "spec/indicator.hpp"
#include "spec/model.hpp"
#include "spec/source.hpp"
#include "spec/workspace.hpp"

namespace fs = std::filesystem;
using namespace auspex;

namespace {

const fs::path data = fs::path(AUSPEX_TEST_DATA) / "spec";

std::string without(std::string text, const std::string& prefix, const std::string& instead) {
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
    text.replace(at, prefix.size(), instead);
  }
  return text;
}

std::string said(const std::function<void()>& step, const fs::path& folder) {
  try {
    step();
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::configuration);
    const auto near = without(error.what(), folder.string() + "/", "");
    return without(near, data.string() + "/", "../") + "\n";
  }
  return "nothing\n";
}

std::vector<fs::path> invalid_files(const fs::path& folder, std::size_t at_least) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    INFO(entry.path());
    CHECK(fs::exists(entry.path().string() + ".expected"));
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  CHECK(files.size() >= at_least);
  return files;
}

}  // namespace

TEST_CASE("every mistake in a model file is named with its place", "[spec]") {
  const test_spec::Reader reader;
  for (const auto& file : invalid_files(data / "model", 60)) {
    INFO(file);
    CHECK(said([&] { (void)reader.read(file); }, file.parent_path()) == read_file(file.string() + ".expected"));
  }
}

TEST_CASE("every mistake in an indicator file is named with its place", "[spec]") {
  for (const auto& file : invalid_files(data / "indicator", 18)) {
    INFO(file);
    CHECK(said([&] { (void)spec::read_indicator(file); }, file.parent_path()) == read_file(file.string() + ".expected"));
  }
}

TEST_CASE("every mistake in a source file is named with its place", "[spec]") {
  for (const auto& file : invalid_files(data / "source", 30)) {
    INFO(file);
    CHECK(said([&] { (void)spec::read_source(file); }, file.parent_path()) == read_file(file.string() + ".expected"));
  }
}

TEST_CASE("every mistake in a workspace's settings is named with its place", "[spec]") {
  for (const auto& file : invalid_files(data / "workspace", 6)) {
    INFO(file);
    CHECK(said([&] { (void)spec::read_workspace(file.parent_path()); }, file.parent_path()) ==
          read_file(file.string() + ".expected"));
  }
}

TEST_CASE("a file that is not there is a fault of the configuration", "[spec]") {
  const test_spec::Reader reader;
  CHECK(said([&] { (void)reader.read(data / "none.toml"); }, "/nowhere") ==
        "error: there is no model file '../none.toml'\n  help: check the path and its spelling\n");
  CHECK(said([&] { (void)spec::read_source(data / "none.toml"); }, "/nowhere") ==
        "error: there is no source file '../none.toml'\n  help: check the path and its spelling\n");
  CHECK(said([&] { (void)spec::read_workspace(data); }, "/nowhere") ==
        "error: '" + data.string() + "' is not a workspace: it has no auspex.toml\n  help: make it one with `auspex init " +
            data.string() + "`\n");
}
