// `auspex plugin check`: the tables that are known, as the checks need them.
#include <array>

#include <fmt/format.h>

#include "base/files.hpp"
#include "campus/import.hpp"
#include "campus/schema.hpp"
#include "conformance/conformance.hpp"
#include "runtime/parts.hpp"
#include "spec/source.hpp"

namespace auspex::runtime {
namespace {

int type_code(campus::Type type) {
  switch (type) {
    case campus::Type::real: return AUSPEX_TYPE_REAL;
    case campus::Type::integer: return AUSPEX_TYPE_INT;
    case campus::Type::boolean: return AUSPEX_TYPE_BOOL;
    case campus::Type::time: return AUSPEX_TYPE_TIME;
    case campus::Type::id: return AUSPEX_TYPE_ID;
    case campus::Type::word: return AUSPEX_TYPE_WORD;
  }
  return AUSPEX_TYPE_REAL;
}

// Moodle's conditions of access: none, a date from which, a date until which.
constexpr std::array availabilities{R"({"op":"&","c":[],"showc":[]})",
                                    R"({"op":"&","c":[{"type":"date","d":">=","t":1702000000}],"showc":[true]})",
                                    R"({"op":"|","c":[{"type":"date","d":"<","t":1706000000}],"show":true})"};

void add(const campus::Table& table, conformance::Tables& tables) {
  auto& info = tables[table.name];
  info.time = table.time;
  info.key = table.key;
  for (const auto& column : table.columns) {
    auto& known = info.columns[column.name] = {type_code(column.type), column.required};
    if (column.name.ends_with("availability")) known.words.assign(availabilities.begin(), availabilities.end());
  }
}

std::map<std::string, std::string> skipped(const std::vector<std::string>& given) {
  std::map<std::string, std::string> skip;
  for (const auto& text : given) {
    const auto equals = text.find('=');
    skip[text.substr(0, equals)] = equals == std::string::npos ? std::string() : text.substr(equals + 1);
  }
  return skip;
}

nlohmann::json parameters_of(const std::string& given) {
  if (given.empty()) return nullptr;
  const auto text = given.ends_with(".json") ? read_file(given) : given;
  auto values = nlohmann::json::parse(text, nullptr, false);
  if (!values.is_object()) {
    throw Error(Fault::usage, "the parameters are not a JSON object",
                "give --parameters '{\"acme/share\": {\"days\": 7}}', for example, or a file that ends in .json");
  }
  return values;
}

}  // namespace

Json Session::plugin_check(const CheckOptions& given) {
  conformance::Options options;
  options.file = given.file;
  options.program = parts_->options.program;
  options.level = given.level;
  options.seed = given.seed;
  options.seconds = given.seconds;
  options.only = given.only;
  options.skip = skipped(given.skip);
  options.parameters = parameters_of(given.parameters);
  for (const auto& table : campus::canonical_tables()) add(table, options.tables);
  for (const auto& file : given.sources) {
    for (const auto& table : campus::source_tables(spec::read_source(file))) add(table, options.tables);
  }
  options.progress = parts_->options.progress;
  const auto report = conformance::check_plugin(options);
  if (given.junit) write_file(*given.junit, conformance::junit_text(report));
  return conformance::to_json(report);
}

}  // namespace auspex::runtime
