#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "spec/exploration.hpp"
#include "spec/indicator.hpp"
#include "spec/metric.hpp"
#include "spec/model.hpp"
#include "spec/source.hpp"
#include "spec/workspace.hpp"

namespace fs = std::filesystem;
using namespace auspex;

namespace {

const fs::path valid_files = fs::path(AUSPEX_TEST_DATA) / "spec/valid";

// What is generated is kept in configs/, for editors and for reading.
void check_generated(const std::string& name, const std::string& text) {
  const auto file = fs::path(AUSPEX_STAGE) / "share/auspex/configs" / name;
  if (std::getenv("AUSPEX_WRITE_SCHEMAS") != nullptr) write_file(fs::canonical(file.parent_path()) / file.filename(), text);
  INFO("configs/" << name << " is not what its declaration gives: run this test with AUSPEX_WRITE_SCHEMAS=1 to write it");
  REQUIRE(fs::exists(file));
  CHECK(read_file(file) == text);
}

}  // namespace

TEST_CASE("the files for editors are those that the declarations give", "[spec]") {
  check_generated("schema/explore.json", spec::exploration_json_schema().dump(2) + "\n");
  check_generated("schema/indicator.json", spec::indicator_json_schema().dump(2) + "\n");
  check_generated("schema/model.json", spec::model_json_schema().dump(2) + "\n");
  check_generated("schema/source.json", spec::source_json_schema().dump(2) + "\n");
  check_generated("schema/metric.json", spec::metric_json_schema().dump(2) + "\n");
  check_generated("schema/metric-table.json", spec::metric_table_json_schema().dump(2) + "\n");
  check_generated("schema/workspace.json", spec::workspace_json_schema().dump(2) + "\n");
  check_generated("auspex.toml", spec::initial_workspace_text());
}

TEST_CASE("the schema of models says what the checker asks for", "[spec]") {
  const auto schema = spec::model_json_schema();
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["additionalProperties"] == false);
  CHECK(schema["required"] == nlohmann::ordered_json{"id"});
  CHECK(schema["allOf"][0]["anyOf"][0]["required"] == nlohmann::ordered_json{"extends"});
  CHECK(schema["allOf"][0]["anyOf"][1]["required"] == nlohmann::ordered_json({"target", "indicators"}));
  CHECK(schema["properties"]["training"]["properties"]["population"]["enum"] == nlohmann::ordered_json({"all", "enrolled"}));
  CHECK(schema["properties"]["training"]["additionalProperties"] == false);
  CHECK(schema["properties"]["backend"]["additionalProperties"] == true);
  CHECK(schema["properties"]["indicators"]["minItems"] == 1);
}

TEST_CASE("a source file keeps its order and fills in its defaults", "[spec]") {
  const auto source = spec::read_source(valid_files / "source.toml");
  CHECK(source.id == "sis");
  CHECK(source.timezone.empty());
  CHECK(source.timezone_sql == "select 'Europe/Berlin'");
  REQUIRE(source.parameters.size() == 2);
  CHECK(source.parameters[0].name == "days");
  CHECK(source.parameters[0].type == ParameterType::integer);
  CHECK(source.parameters[0].default_value == 14);
  CHECK(source.parameters[0].minimum == 0);
  CHECK(source.parameters[0].maximum == 100);
  CHECK_FALSE(source.parameters[0].required);
  CHECK(source.parameters[1].choices == std::vector<std::string>{"a", "b"});
  CHECK(source.parameters[1].required);

  REQUIRE(source.raw.size() == 2);
  CHECK(source.raw[0].name == "zeta");
  CHECK(source.raw[0].file == "zeta");
  CHECK(source.raw[0].required);
  REQUIRE(source.raw[0].columns.size() == 3);
  CHECK(source.raw[0].columns[1].name == "two words");
  CHECK(source.raw[0].columns[1].type == "DECIMAL(10,5)");
  CHECK(source.raw[0].columns[1].required);
  CHECK(source.raw[0].columns[2].name == "extra");
  CHECK_FALSE(source.raw[0].columns[2].required);
  CHECK(source.raw[0].where.text() == (valid_files / "source.toml").string() + ":17:6");
  CHECK(source.raw[1].name == "alpha");
  CHECK(source.raw[1].file == "*alpha");
  CHECK_FALSE(source.raw[1].required);

  REQUIRE(source.tables.size() == 2);
  CHECK(source.tables[0].name == "users");
  CHECK(source.tables[0].known_at == "always");
  REQUIRE(source.tables[0].attributes.size() == 2);
  CHECK(source.tables[0].attributes[0].name == "zeal");
  CHECK(source.tables[0].attributes[0].type == "number");
  CHECK_FALSE(source.tables[0].attributes[0].audit);
  CHECK(source.tables[0].attributes[0].description == "How much.");
  CHECK(source.tables[0].attributes[1].audit);
  CHECK(source.tables[1].name == "awards");
  CHECK(source.tables[1].late == std::vector<std::pair<std::string, std::string>>{{"value", "valued_at"}});
  CHECK(source.tables[1].key == std::vector<std::string>{"user_id", "award"});
  CHECK(source.tables[1].select == "select 2");
}

TEST_CASE("a workspace's settings", "[spec]") {
  const auto workspace = spec::read_workspace(valid_files / "workspace");
  CHECK(workspace.timezone == "Europe/Berlin");
  CHECK(workspace.memory == 1610612736);
  CHECK(workspace.threads == 3);
  CHECK(workspace.plugin_dirs == std::vector<fs::path>{valid_files / "workspace/extra", "/opt/plugins"});
  CHECK(workspace.root == valid_files / "workspace");
}

TEST_CASE("the settings of a new workspace are valid and its defaults", "[spec]") {
  const TemporaryFolder folder(fs::temp_directory_path());
  write_file(folder.path() / "auspex.toml", spec::initial_workspace_text());
  const auto workspace = spec::read_workspace(folder.path());
  CHECK_FALSE(workspace.timezone);
  CHECK(workspace.memory == 2147483648);
  CHECK_FALSE(workspace.threads);
  CHECK(workspace.plugin_dirs.empty());

  // Every key of the declaration is shown, set or commented out, and is valid when it is set.
  auto text = spec::initial_workspace_text();
  const auto schema = spec::workspace_json_schema();
  for (const auto& key : schema["properties"].items()) {
    const auto line = text.find("\n# " + key.key() + " = ");
    INFO(key.key());
    CHECK((line != std::string::npos || text.find("\n" + key.key() + " = ") != std::string::npos));
    if (line != std::string::npos) text.erase(line + 1, 2);
  }
  write_file(folder.path() / "auspex.toml", text);
  CHECK(spec::read_workspace(folder.path()).threads == 4);
}

TEST_CASE("a workspace is found from below", "[spec]") {
  const TemporaryFolder folder(fs::temp_directory_path());
  const auto deep = folder.path() / "a/b";
  fs::create_directories(deep);
  CHECK_THROWS_WITH((void)spec::find_workspace(deep),
                    "error: no workspace: neither '" + deep.string() +
                        "' nor a folder above it has an auspex.toml\n"
                        "  help: name one with --workspace DIR, or make one with `auspex init DIR`");
  write_file(folder.path() / "auspex.toml", "");
  CHECK(spec::find_workspace(deep) == folder.path());
  CHECK(spec::find_workspace(folder.path() / "") == folder.path());
}

TEST_CASE("sizes of memory", "[spec]") {
  CHECK(spec::parse_size("1048576") == 1048576);
  CHECK(spec::parse_size("12B") == 12);
  CHECK(spec::parse_size("2GiB") == 2147483648);
  CHECK(spec::parse_size("512 MiB") == 536870912);
  CHECK(spec::parse_size("1.5GB") == 1500000000);
  CHECK(spec::parse_size("1KiB") == 1024);
  CHECK(spec::parse_size("1TiB") == 1099511627776);
  for (const char* text : {"", "GiB", "2G", "2gib", "-1GiB", "0", "nan", "inf", "2GiB ", "99999999999TiB", "0x10"}) {
    INFO(text);
    CHECK_THROWS_AS((void)spec::parse_size(text), Error);
  }
}
