// A plugin's repository from the installed templates.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.hpp"
#include "base/names.hpp"
#include "runtime/parts.hpp"
#include "runtime/session.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

// A folder of the templates each; "common" and "licences" lie beside them.
const std::vector<std::string> kinds{"indicator", "target", "time_splitter", "analyser", "ml_backend"};
const std::vector<std::string> licences{"Apache-2.0", "MIT", "BSD-3-Clause", "GPL-3.0-or-later"};

// Words that C++ or the templates use otherwise.
const std::set<std::string> taken{
    "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "compl", "concept",
    "const", "consteval", "constexpr", "constinit", "continue", "default", "delete", "do", "double", "else", "enum",
    "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable",
    "namespace", "new", "noexcept", "not", "nullptr", "operator", "or", "private", "protected", "public", "register",
    "requires", "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw", "true",
    "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
    "auspex", "std", "linux", "unix",
    // members of components and names of the test kit
    "abilities", "analysables", "analysable_unit", "analyser", "append", "argument", "backend", "between", "bytes",
    "calculate", "campus", "check", "class_names", "class_of", "classes", "columns", "component", "contributions", "course",
    "courses", "deadline", "declare", "describe", "description", "enrolments", "examples", "expect", "fit", "fitted", "host",
    "id", "indicator", "instance", "keys", "label", "late", "magic", "method", "missing", "name", "needs", "normal",
    "parameters", "plain", "predict", "provides", "ranges", "read", "reads", "row", "run", "sample", "sample_entity",
    "sample_reasons", "samples", "situation", "split", "student", "submit", "take", "target", "test", "train", "type",
    "unit", "uses", "value", "value_of", "values", "weeks"};

std::string title(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  if (name[0] >= 'a' && name[0] <= 'z') name[0] = char(name[0] - 'a' + 'A');
  return name;
}

std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    const auto mark = "@" + name + "@";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

void check_id(const std::string& id, const fs::path& installed) {
  if (!is_component_id(id)) {
    throw Error(Fault::usage, fmt::format("'{}' is no id such as acme/late_submissions", id),
                "lower-case letters, digits and underscores on both sides of one slash");
  }
  const auto plugin = id.substr(0, id.find('/')), name = id.substr(plugin.size() + 1);
  for (const auto& word : {plugin, name}) {
    if (word[0] < 'a' || word[0] > 'z') {
      throw Error(Fault::usage, fmt::format("'{}' cannot be a name in C++", word), "let it begin with a letter");
    }
  }
  if (taken.count(plugin) != 0) {
    throw Error(Fault::usage, fmt::format("'{}' means something else in C++", plugin),
                "name your organisation, as in acme/" + name);
  }
  if (fs::exists(installed / (plugin + ".so"))) {
    throw Error(Fault::usage, fmt::format("the plugin '{}' is part of Auspex, and there can be only one", plugin),
                "name your organisation, as in acme/" + name);
  }
}

void need(const std::string& given, const std::vector<std::string>& known, const char* what) {
  if (std::find(known.begin(), known.end(), given) != known.end()) return;
  throw Error(Fault::usage, fmt::format("'{}' is no {}", given, what),
              did_you_mean(given, known, fmt::format("give one of {}", fmt::join(known, ", "))));
}

}  // namespace

Json Session::plugin_new(const std::string& kind, const std::string& id, const std::string& licence) {
  const auto& installation = parts_->installation;
  need(kind, kinds, "kind of component");
  check_id(id, installation.plugins);
  need(licence, licences, "licence that there is a text of");
  const auto templates = installation.configs.parent_path() / "template";
  if (!fs::is_directory(templates / kind)) {
    throw Error(Fault::configuration, fmt::format("there are no templates in {}", templates.string()),
                "install the SDK: the package auspex-dev, or `cmake --install` with all components");
  }
  const auto plugin = id.substr(0, id.find('/')), name = id.substr(plugin.size() + 1);
  const fs::path folder = name;
  std::error_code ignored;
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder, ignored))) {
    throw Error(Fault::usage, fmt::format("'{}' exists and is not an empty folder", folder.string()),
                "remove it, or go to another folder");
  }

  const std::map<std::string, std::string> values{{"CLASS", taken.count(name) == 0 ? name : name + "_"},
                                                  {"ID", id},
                                                  {"LICENCE", licence},
                                                  {"NAME", name},
                                                  {"PLUGIN", plugin},
                                                  {"SDK_VERSION", std::string(AUSPEX_SDK_VERSION)},
                                                  {"TITLE", title(name)}};
  // Beside what all have in common: the kind's own files, a sentence about it, the licence.
  std::map<std::string, std::string> files;
  const auto add = [&](const fs::path& from) {
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      if (entry.is_regular_file()) {
        files[filled(fs::relative(entry.path(), from).string(), values)] = filled(read_file(entry.path()), values);
      }
    }
  };
  add(templates / "common");
  add(templates / kind);
  auto sentence = files.extract("kind.txt").mapped();
  while (sentence.ends_with('\n')) sentence.pop_back();
  files["README.md"] = filled(files["README.md"], {{"KIND_SENTENCE", sentence}});
  files["LICENSE"] = filled(read_file(templates / "licences" / (licence + ".txt")), values);

  Json written = Json::array();
  for (const auto& [path, text] : files) {
    std::error_code why;
    fs::create_directories((folder / path).parent_path(), why);
    if (why) {
      throw Error(Fault::usage,
                  fmt::format("cannot make the folder '{}': {}", (folder / path).parent_path().string(), why.message()),
                  "go to a folder where you may write");
    }
    write_file(folder / path, text);
    written.push_back(path);
  }
  return {{"id", id}, {"kind", kind}, {"folder", folder.string()}, {"licence", licence}, {"files", std::move(written)}};
}

}  // namespace auspex::runtime
