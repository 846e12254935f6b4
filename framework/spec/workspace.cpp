#include "spec/workspace.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/calendar.hpp"
#include "base/error.hpp"
#include "spec/toml_reader.hpp"

namespace auspex::spec {
namespace {

// A setting, and the line that a new workspace has for it; one that is commented out has no fixed default.
struct Setting {
  Field field;
  std::string initial;
};

const std::vector<Setting>& settings() {
  static const std::vector<Setting> list{
      {{.name = "timezone",
        .description = "The institution's time zone, a name of the IANA database. Default: what the source says, else UTC."},
       "# timezone = \"Europe/London\""},
      {{.name = "memory", .form = Form::either,
        .description = "The most memory to use: a number of bytes, or a text such as \"2GiB\". Default: 2GiB.",
        .of = {{.form = Form::text}, {.form = Form::integer, .minimum = 1}}},
       "memory = \"2GiB\""},
      {{.name = "threads", .form = Form::integer, .description = "How many threads to use. Default: one for every core.",
        .minimum = 1, .maximum = 4096},
       "# threads = 4"},
      {{.name = "plugin_dirs", .form = Form::list,
        .description = "Folders of plugins besides this workspace's plugins/ and the installation's. Default: none.",
        .unique = true, .of = {{.form = Form::text}}},
       "plugin_dirs = []"},
      {{.name = "plugin_isolation",
        .description = "Which plugins run in processes of their own: those not shipped with Auspex, all or none. Default: "
                       "not_shipped.",
        .choices = {"not_shipped", "all", "none"}},
       "plugin_isolation = \"not_shipped\""},
      {{.name = "plugin_seconds", .form = Form::number,
        .description = "How long one call of a plugin may take without new progress. Default: 60, of plugins that are not shipped.",
        .minimum = 0.001, .maximum = 1e9},
       "# plugin_seconds = 60"},
      {{.name = "plugin_memory", .form = Form::either,
        .description = "The most memory that a plugin may take: a number of bytes, or a text such as \"2GiB\". Default: 2GiB, of "
                       "plugins that are not shipped.",
        .of = {{.form = Form::text}, {.form = Form::integer, .minimum = 1}}},
       "# plugin_memory = \"2GiB\""}};
  return list;
}

const Field& workspace_form() {
  static const Field form = [] {
    Field file{.name = "Auspex workspace", .form = Form::table,
               .description = "The settings of a workspace. The command line comes before them."};
    for (const auto& setting : settings()) file.keys.push_back(setting.field);
    return file;
  }();
  return form;
}

}  // namespace

std::int64_t parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr Unit units[] = {{"", 1},      {"B", 1},           {"kB", 1e3},          {"KB", 1e3},
                                   {"MB", 1e6},  {"GB", 1e9},        {"TB", 1e12},         {"KiB", 1024.0},
                                   {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error == std::errc{}) {
    auto rest = text.substr(std::size_t(end - text.data()));
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    for (const auto& unit : units) {
      if (rest != unit.name) continue;
      const double bytes = number * unit.bytes;
      if (bytes >= 1 && bytes < 0x1p62) return std::int64_t(bytes);
    }
  }
  throw Error(Fault::usage, fmt::format("'{}' is not a size of memory", text),
              "give bytes or a size such as 2GiB, 512MiB or 1.5GB");
}

Workspace read_workspace(const std::filesystem::path& root) {
  const auto file = root / workspace_file;
  if (!std::filesystem::exists(file)) {
    throw Error(Fault::configuration, fmt::format("'{}' is not a workspace: it has no {}", root.string(), workspace_file),
                fmt::format("make it one with `auspex init {}`", root.string()));
  }
  const auto node = parse_toml(file, "workspace");
  Problems problems;
  check(node, workspace_form(), problems);
  Workspace workspace;
  workspace.root = root;
  workspace.timezone = node.text_of("timezone");
  if (workspace.timezone) {
    problems.keep(node.find("timezone")->where, [&] { (void)TimeZone::named(*workspace.timezone); });
  }
  const auto size_of = [&](const char* name) {
    auto size = node.integer_of(name);
    if (const auto text = node.text_of(name)) problems.keep(node.find(name)->where, [&] { size = parse_size(*text); });
    return size;
  };
  workspace.memory = size_of("memory");
  workspace.plugin_isolation = node.text_of("plugin_isolation");
  workspace.plugin_seconds = node.number_of("plugin_seconds");
  workspace.plugin_memory = size_of("plugin_memory");
  if (const auto threads = node.integer_of("threads")) workspace.threads = int(*threads);
  for (const auto& folder : node.texts_of("plugin_dirs")) {
    workspace.plugin_dirs.push_back((std::filesystem::absolute(root) / folder).lexically_normal());
  }
  problems.throw_if_failed();
  return workspace;
}

std::filesystem::path find_workspace(const std::filesystem::path& start) {
  auto from = std::filesystem::absolute(start).lexically_normal();
  if (!from.has_filename()) from = from.parent_path();  // "DIR/"
  for (auto folder = from;; folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / workspace_file)) return folder;
    if (folder == folder.parent_path()) break;
  }
  throw Error(Fault::configuration,
              fmt::format("no workspace: neither '{}' nor a folder above it has an {}", from.string(), workspace_file),
              "name one with --workspace DIR, or make one with `auspex init DIR`");
}

std::string initial_workspace_text() {
  std::string text = "# The settings of an Auspex workspace. The command line comes before them.\n";
  for (const auto& setting : settings()) text += fmt::format("\n# {}\n{}\n", setting.field.description, setting.initial);
  return text;
}

nlohmann::ordered_json workspace_json_schema() { return json_schema(workspace_form()); }

}  // namespace auspex::spec
