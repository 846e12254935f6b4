#include "campus/record.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

namespace auspex::campus {
namespace {

using Json = nlohmann::ordered_json;

constexpr int record_format = 1;
constexpr std::array<const char*, 6> type_names = {"number", "integer", "boolean", "time", "id", "word"};

Type type_from(const std::string& name) {
  const auto at = std::find(type_names.begin(), type_names.end(), name);
  if (at == type_names.end()) throw std::runtime_error(fmt::format("unknown column type '{}'", name));
  return Type(at - type_names.begin());
}

Json column_json(const Column& column) {
  Json json = {{"name", column.name}, {"type", type_names.at(std::size_t(column.type))}};
  if (!column.dictionary.empty()) json["dictionary"] = column.dictionary;
  if (column.required) json["required"] = true;
  if (!column.late.empty()) json["late"] = column.late;
  if (column.audit) json["use"] = "audit";
  if (column.attribute) json["attribute"] = true;
  if (!column.description.empty()) json["description"] = column.description;
  return json;
}

Column column_from(const Json& json) {
  Column column;
  column.name = json.at("name");
  column.type = type_from(json.at("type"));
  column.dictionary = json.value("dictionary", "");
  column.required = json.value("required", false);
  column.late = json.value("late", "");
  column.audit = json.value("use", "") == "audit";
  column.attribute = json.value("attribute", false);
  column.description = json.value("description", "");
  return column;
}

Json counts_json(const std::vector<ImportReport::Counts>& all) {
  auto json = Json::array();
  for (const auto& counts : all) {
    Json one = {{"name", counts.name}, {"read", counts.read}, {"rejected", counts.rejected}, {"kept", counts.kept}};
    if (!counts.note.empty()) one["note"] = counts.note;
    json.push_back(std::move(one));
  }
  return json;
}

std::vector<ImportReport::Counts> counts_from(const Json& json) {
  std::vector<ImportReport::Counts> all;
  for (const auto& one : json) {
    all.push_back({one.at("name"), one.at("read"), one.at("rejected"), one.at("kept"), one.value("note", "")});
  }
  return all;
}

Json rejects_json(const std::vector<RejectCount>& rejects) {
  auto json = Json::array();
  for (const auto& reject : rejects)
    json.push_back({{"name", reject.name}, {"reason", reject.reason}, {"rows", reject.rows}});
  return json;
}

std::vector<RejectCount> rejects_from(const Json& json) {
  std::vector<RejectCount> rejects;
  for (const auto& one : json) rejects.push_back({one.at("name"), one.at("reason"), one.at("rows")});
  return rejects;
}

Json joined_json(const JoinedSource& joined) {
  Json json = {{"source", joined.source},
               {"version", joined.version},
               {"always_known", joined.always_known},
               {"parameters", joined.parameters},
               {"tables", Json::array()},
               {"matches", to_json(joined.matches)},
               {"read", counts_json(joined.raw)},
               {"made", counts_json(joined.canonical)},
               {"rejected", rejects_json(joined.rejects)}};
  for (const auto& table : joined.tables) {
    Json one = {{"name", table.name}, {"joins", Json::array()}};
    for (const auto& join : table.joins) {
      one["joins"].push_back({{"column", join.column}, {"kind", join.kind}, {"table", join.table}, {"of", join.of}});
    }
    json["tables"].push_back(std::move(one));
  }
  return json;
}

JoinedSource joined_from(const Json& json) {
  JoinedSource joined;
  joined.source = json.at("source");
  joined.version = json.at("version");
  joined.always_known = json.at("always_known").get<std::vector<std::string>>();
  joined.parameters = json.at("parameters");
  for (const auto& one : json.at("tables")) {
    auto& table = joined.tables.emplace_back(JoinedSource::Given{one.at("name"), {}});
    for (const auto& join : one.at("joins")) {
      table.joins.push_back({join.at("column"), join.at("kind"), join.at("table"), join.at("of")});
    }
  }
  joined.raw = counts_from(json.at("read"));
  joined.canonical = counts_from(json.at("made"));
  joined.rejects = rejects_from(json.at("rejected"));
  return joined;
}

}  // namespace

nlohmann::ordered_json to_json(const std::vector<ImportReport::Matched>& matches) {
  auto json = Json::array();
  for (const auto& one : matches) {
    json.push_back({{"source", one.source},
                    {"table", one.table},
                    {"column", one.column},
                    {"target", one.target},
                    {"keys", one.keys},
                    {"matched", one.matched},
                    {"ambiguous", one.ambiguous},
                    {"unmatched", one.keys - one.matched - one.ambiguous},
                    {"rows", one.rows},
                    {"unmatched_rows", one.unmatched_rows},
                    {"subjects", one.subjects},
                    {"subjects_with_key", one.subjects_with_key},
                    {"subjects_with_rows", one.subjects_with_rows}});
  }
  return json;
}

nlohmann::ordered_json to_json(const Record& record) {
  Json json = {{"format", record_format},
               {"source", record.origin.source},
               {"version", record.origin.version},
               {"timezone", record.origin.timezone},
               {"fingerprint", record.origin.fingerprint},
               {"pseudonymous", record.pseudonymous},
               {"always_known", record.always_known},
               {"parameters", record.parameters}};
  json["tables"] = Json::array();
  for (const auto& table : record.tables) {
    const auto rows = record.origin.rows.find(table.name);
    Json one = {{"name", table.name},
                {"rows", rows == record.origin.rows.end() ? 0 : rows->second},
                {"known_at", table.known_at},
                {"order", table.order},
                {"key", table.key},
                {"time", table.time},
                {"description", table.description},
                {"columns", Json::array()}};
    for (const auto& column : table.columns) one["columns"].push_back(column_json(column));
    json["tables"].push_back(std::move(one));
  }
  json["files"] = Json::array();
  for (const auto& file : record.files) {
    json["files"].push_back({{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}});
  }
  json["read"] = counts_json(record.raw);
  json["made"] = counts_json(record.canonical);
  json["rejected"] = rejects_json(record.rejects);
  if (!record.joined.empty()) json["joined"] = Json::array();
  for (const auto& joined : record.joined) json["joined"].push_back(joined_json(joined));
  return json;
}

Record record_from_json(const nlohmann::ordered_json& json) {
  if (json.at("format") != record_format) throw std::runtime_error("it has another format than this version reads");
  Record record;
  record.origin.source = json.at("source");
  record.origin.version = json.value("version", "");
  record.origin.timezone = json.at("timezone");
  record.origin.fingerprint = json.at("fingerprint");
  record.pseudonymous = json.at("pseudonymous");
  record.always_known = json.at("always_known").get<std::vector<std::string>>();
  record.parameters = json.at("parameters");
  for (const auto& one : json.at("tables")) {
    Table table;
    table.name = one.at("name");
    table.known_at = one.at("known_at");
    table.order = one.at("order").get<std::vector<std::string>>();
    table.key = one.at("key").get<std::vector<std::string>>();
    table.time = one.at("time");
    table.description = one.at("description");
    for (const auto& column : one.at("columns")) table.columns.push_back(column_from(column));
    record.origin.rows[table.name] = one.at("rows");
    record.tables.push_back(std::move(table));
  }
  for (const auto& file : json.at("files")) record.files.push_back({file.at("name"), file.at("size"), file.at("sha256")});
  record.raw = counts_from(json.at("read"));
  record.canonical = counts_from(json.at("made"));
  record.rejects = rejects_from(json.at("rejected"));
  for (const auto& joined : json.value("joined", Json::array())) record.joined.push_back(joined_from(joined));
  return record;
}

}  // namespace auspex::campus
