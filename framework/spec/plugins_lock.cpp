#include "spec/plugins_lock.hpp"

#include "base/toml_text.hpp"
#include "spec/toml_reader.hpp"

namespace auspex::spec {
namespace {

const Field& lock_form() {
  static const Field form = [] {
    Field plugin{.name = "plugin", .form = Form::table};
    plugin.keys = {{.name = "version", .required = true, .description = "its version"},
                   {.name = "sha256", .required = true, .description = "of its file", .pattern = "[0-9a-f]{64}",
                    .pattern_says = "64 lower-case hexadecimal digits"},
                   {.name = "file", .required = true, .description = "its name, without a folder"}};
    Field file{.name = "plugins lock", .form = Form::table};
    file.keys = {{.name = "plugins", .form = Form::map, .required = true, .description = "one table a plugin id",
                  .of = {std::move(plugin)}}};
    return file;
  }();
  return form;
}

}  // namespace

std::map<std::string, LockedPlugin> read_plugins_lock(const std::filesystem::path& file) {
  const auto node = parse_toml(file, "plugins lock");
  Problems problems;
  check(node, lock_form(), problems);
  problems.throw_if_failed();
  std::map<std::string, LockedPlugin> plugins;
  for (const auto& entry : node.entries_of("plugins")) {
    plugins[entry.key] = {*entry.value.text_of("version"), *entry.value.text_of("sha256"), *entry.value.text_of("file")};
  }
  return plugins;
}

std::string plugins_lock_text(const std::map<std::string, LockedPlugin>& plugins) {
  auto tables = nlohmann::ordered_json::object();
  for (const auto& [id, plugin] : plugins) {
    tables[id] = {{"version", plugin.version}, {"sha256", plugin.sha256}, {"file", plugin.file}};
  }
  return "# Written by `auspex plugin lock`: the plugins that this workspace loads beside those shipped with Auspex.\n" +
         toml_text({{"plugins", std::move(tables)}});
}

}  // namespace auspex::spec
