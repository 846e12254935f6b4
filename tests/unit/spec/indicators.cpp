#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "spec/indicator.hpp"

namespace fs = std::filesystem;
using namespace auspex;

namespace {

// A file in a folder of its own.
struct Written {
  explicit Written(const std::string& text) : folder(fs::temp_directory_path()), file(folder.path() / "x.toml") {
    write_file(file, text);
  }
  TemporaryFolder folder;
  fs::path file;
};

// "LINE:COLUMN" of the first byte of `part` in a parameter's text.
std::string place(const spec::SqlIndicator& indicator, const std::string& key, const std::string& text,
                  const std::string& part) {
  const auto at = indicator.at(key, text.find(part));
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

spec::SqlIndicator complete(const spec::IndicatorFile& file, nlohmann::json own = nlohmann::json::object()) {
  spec::Component component;
  component.id = file.id;
  component.parameters = std::move(own);
  file.complete(component);
  return spec::sql_indicator(component);
}

}  // namespace

TEST_CASE("an indicator's file with everything in it", "[spec]") {
  const Written written(R"toml(id = "uni/posts"
name = "Posts"
description = "How often they write."
unit = "posts"
table = "events"
expression = "count(*)"
where = "component = 'mod_forum'"
window = "until_end"
needs = ["user", "course"]
uses = []
scale = "log"
maximum = 20
)toml");
  const auto file = spec::read_indicator(written.file);
  CHECK(file.id == "uni/posts");
  CHECK(file.name == "Posts");
  CHECK(file.unit == "posts");
  const auto sql = complete(file);
  CHECK(sql.id == "uni/posts");
  CHECK(sql.table == "events");
  CHECK(sql.expression == "count(*)");
  CHECK(sql.where == "component = 'mod_forum'");
  CHECK(sql.select.empty());
  CHECK(sql.until_end);
  CHECK(sql.needs == std::vector<std::string>{"user", "course"});
  CHECK(sql.uses.empty());
  CHECK(sql.scale == spec::Scale::log);
  CHECK(sql.maximum == 20);

  // To a model it is a component whose parameters have the file's values as defaults.
  const auto schema = file.schema();
  CHECK(schema.kind == Kind::indicator);
  REQUIRE(schema.parameters.size() == spec::sql_schema().parameters.size());
  for (const auto& parameter : schema.parameters) {
    INFO(parameter.name);
    const bool is_absent = parameter.name == "select" || parameter.name == "minimum";
    CHECK_FALSE(parameter.required);
    CHECK(parameter.default_value == (is_absent ? nlohmann::json() : file.parameters.at(parameter.name)));
  }
  CHECK(complete(file, {{"maximum", 7}}).maximum == 7);
  CHECK(complete(file, {{"maximum", 7}}).table == "events");
}

TEST_CASE("what an indicator's file leaves out", "[spec]") {
  const Written plain("id = \"uni/x\"\nname = \"X\"\ndescription = \"X\"\ntable = \"events\"\nexpression = \"count(*)\"\n");
  const auto file = spec::read_indicator(plain.file);
  const auto sql = complete(file);
  CHECK_FALSE(sql.until_end);
  CHECK(sql.needs == std::vector<std::string>{"user"});
  CHECK(sql.uses == std::vector<std::string>{"course"});
  CHECK(sql.scale == spec::Scale::none);
  CHECK(complete(file, {{"minimum", 0}, {"maximum", 3}}).scale == spec::Scale::linear);
  CHECK_THROWS_AS(complete(file, {{"minimum", 0}}), Error);
}

TEST_CASE("a byte of a text has its place in the file, however the text is written", "[spec]") {
  const Written written("id = \"uni/x\"\nname = \"X\"\ndescription = \"X\"\n"
                        "select = \"a \\\"b\\\" \\u00fc c\\t\u00fcd\"\n"  // escapes, and characters of two bytes
                        "where = '''\nfirst\n  second\n'''\n"             // the first line break is none of the text
                        "expression = \"\"\"one \\\n     two\nthree\"\"\"\n"
                        "table = 'a \\ b'\n");
  spec::SqlIndicator sql;
  for (const auto& [key, line, column] :
       {std::tuple{"select", 4u, 10u}, {"where", 5u, 9u}, {"expression", 9u, 14u}, {"table", 12u, 9u}}) {
    sql.positions[key] = {written.file.string(), line, column};
  }
  const std::string select = "a \"b\" \u00fc c\t\u00fcd";
  CHECK(place(sql, "select", select, "a") == "4:11");
  CHECK(place(sql, "select", select, "b") == "4:15");
  CHECK(place(sql, "select", select, "c") == "4:26");
  CHECK(place(sql, "select", select, "d") == "4:30");
  CHECK(place(sql, "where", "first\n  second\n", "first") == "6:1");
  CHECK(place(sql, "where", "first\n  second\n", "second") == "7:3");
  CHECK(place(sql, "expression", "one two\nthree", "one") == "9:17");
  CHECK(place(sql, "expression", "one two\nthree", "two") == "10:6");
  CHECK(place(sql, "expression", "one two\nthree", "three") == "11:1");
  CHECK(place(sql, "table", "a \\ b", "b") == "12:14");

  // Of what no file holds, nothing is known.
  CHECK(sql.at("maximum").file.empty());
  sql.positions["select"].file = "/gone.toml";
  CHECK(sql.at("select", 3).text() == "/gone.toml:4:10");
}
