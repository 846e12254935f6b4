#include "explore/findings.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "learning/metrics.hpp"

namespace auspex::explore {
namespace {

using Json = nlohmann::ordered_json;
using learning::number_or_null;

const char* name_of(campus::Missing treatment) {
  switch (treatment) {
    case campus::Missing::keep:
      return "keep";
    case campus::Missing::drop:
      return "drop";
    case campus::Missing::zero:
      return "zero";
    case campus::Missing::median:
      return "median";
  }
  return "keep";
}

Json numbers_json(const std::vector<double>& values) {
  auto list = Json::array();
  for (const double value : values) list.push_back(number_or_null(value));
  return list;
}

Json column_json(const campus::TableColumn& column, const Data& data) {
  Json json{{"type", column.type == campus::ColumnType::number ? "number" : "text"},
            {"missing", column.missing},
            {"treatment", name_of(column.treatment)}};
  if (column.treatment == campus::Missing::zero || column.treatment == campus::Missing::median)
    json["filled_with"] = number_or_null(column.fill);
  if (const auto* number = data.number(column.name)) {
    const auto& s = number->summary;
    json.update({{"distinct", s.distinct},
                 {"mean", number_or_null(s.mean)},
                 {"deviation", number_or_null(s.deviation)},
                 {"minimum", number_or_null(s.minimum)},
                 {"quartiles", numbers_json({s.first_quartile, s.median, s.third_quartile})},
                 {"maximum", number_or_null(s.maximum)},
                 {"skew", number_or_null(s.skew)},
                 {"histogram", {{"edges", numbers_json(number->edges)}, {"counts", number->counts}}}});
    return json;
  }
  const auto& text = *data.text(column.name);
  json["distinct"] = text.distinct;
  auto values = Json::array();
  for (const auto& each : text.top) values.push_back({{"value", each.value}, {"rows", each.rows}});
  json["values"] = std::move(values);
  return json;
}

Json groups_json(const Groups& groups) {
  if (!groups.has_clusters()) return {{"why_not", groups.why_not.empty() ? groups.clusterer_why_not : groups.why_not}};
  auto centroids = Json::array();
  for (const auto& centroid : groups.clusters.centroids) {
    Json one = Json::object();
    for (std::size_t c = 0; c < groups.columns.size(); ++c) one[groups.columns[c]] = centroid[c];
    centroids.push_back(std::move(one));
  }
  auto elbow = Json::array();
  for (const auto& [k, inertia] : groups.elbow) elbow.push_back({{"k", k}, {"inertia", inertia}});
  return {{"k", groups.clusters.centroids.size()},
          {"clusterer", groups.clusterer},
          {"columns", groups.columns},
          {"standardised", groups.clusters.standardised},
          {"rows", groups.rows.size()},
          {"inertia", groups.clusters.inertia},
          {"silhouette", number_or_null(groups.silhouette)},
          {"silhouette_rows", groups.silhouette_rows},
          {"centroids", std::move(centroids)},
          {"sizes", groups.sizes},
          {"elbow", std::move(elbow)},
          {"elbow_rows", groups.elbow_rows}};
}

Json anomalies_json(const Groups& groups) {
  if (!groups.has_anomalies()) return {{"why_not", groups.why_not.empty() ? groups.detector_why_not : groups.why_not}};
  return {{"count", groups.anomaly_count}, {"detector", groups.detector},
          {"columns", groups.columns},     {"standardised", groups.anomalies.standardised},
          {"rows", groups.rows.size()},    {"threshold", number_or_null(groups.anomalies.threshold)}};
}

Json components_json(const Groups& groups) {
  auto list = Json::array();
  for (std::size_t i = 0; i < groups.components.loadings.size(); ++i) {
    Json loadings = Json::object();
    for (std::size_t c = 0; c < groups.columns.size(); ++c) loadings[groups.columns[c]] = groups.components.loadings[i][c];
    list.push_back({{"variance", number_or_null(groups.components.shares[i])}, {"loadings", std::move(loadings)}});
  }
  return list;
}

Json label_json(const Label& label, const Data& data) {
  Json classes = Json::array();
  for (std::size_t k = 0; k < label.classes.size(); ++k)
    classes.push_back({{"class", label.classes[k]}, {"rows", label.counts[k]}});
  Json json{
      {"label", label.name}, {"classes", std::move(classes)}, {"ordered", label.ordered}, {"features", label.features}};
  if (const auto direction = direction_of(label, data); !direction.column.empty()) {
    json["driver"] = {{"column", direction.column}, {"rank_correlation", direction.correlation}};
  }
  return json;
}

Json classification_json(const Classification& each, const std::vector<Label>& labels) {
  Json json{{"label", each.label}, {"backend", each.backend}};
  if (!each.why_not.empty()) {
    json["why_not"] = each.why_not;
    return json;
  }
  const auto& label = *std::find_if(labels.begin(), labels.end(), [&](const Label& one) { return one.name == each.label; });
  Json classes = Json::array(), tried = Json::array(), contributions = Json::object();
  for (std::size_t k = 0; k < each.classes.size(); ++k) {
    const auto& rates = each.classes[k];
    classes.push_back({{"class", label.classes[k]},
                       {"precision", rates.precision},
                       {"recall", rates.recall},
                       {"f1", rates.f1},
                       {"support", rates.support}});
  }
  for (const auto& one : each.tried)
    tried.push_back({{"parameters", one.parameters}, {"accuracy", number_or_null(one.accuracy)}});
  for (const auto& [name, share] : each.contributions) contributions[name] = share;
  json.update({{"accuracy", each.accuracy},
               {"macro_f1", each.macro_f1},
               {"majority_accuracy", each.majority},
               {"train_rows", each.train_rows},
               {"test_rows", each.test_rows},
               {"classes", std::move(classes)},
               {"confusion", each.confusion},
               {"best", each.best},
               {"cross_validation",
                {{"accuracy", number_or_null(each.validation_accuracy)},
                 {"deviation", number_or_null(each.validation_deviation)},
                 {"tried", std::move(tried)}}},
               {"contributions", std::move(contributions)},
               {"features", each.features}});
  return json;
}

}  // namespace

Json to_json(const Findings& findings) {
  const auto& data = findings.data;
  const auto& table = findings.table;
  Json json{{"rows", data.rows},
            {"rows_read", data.rows + table.dropped() + table.bad_count()},
            {"rows_dropped", table.dropped()},
            {"rows_set_aside", {{"count", table.bad_count()}, {"first", Json::array()}}}};
  for (const auto& row : table.bad_rows()) {
    json["rows_set_aside"]["first"].push_back({{"row", row.row},
                                               {"line", row.line > 0 ? Json(row.line) : Json(nullptr)},
                                               {"column", row.column},
                                               {"reason", row.reason}});
  }
  json["columns"] = Json::object();
  for (const auto& column : table.columns()) json["columns"][column.name] = column_json(column, data);
  json["outliers"] = Json::object();
  json["above_p95"] = Json::object();
  for (const auto& column : data.numbers) {
    const auto& s = column.summary;
    json["outliers"][column.name] = {{"count", s.outliers()},
                                     {"low", number_or_null(s.low_fence)},
                                     {"high", number_or_null(s.high_fence)},
                                     {"below", s.below},
                                     {"above", s.above}};
    json["above_p95"][column.name] = {{"count", s.above_p95}, {"p95", number_or_null(s.p95)}};
  }
  Json names = Json::array(), values = Json::array();
  for (const auto& a : data.numbers) {
    if (a.name == data.id) continue;
    names.push_back(a.name);
    Json row = Json::array();
    for (const auto& b : data.numbers) {
      if (b.name != data.id) row.push_back(number_or_null(correlation(a.sample, b.sample)));
    }
    values.push_back(std::move(row));
  }
  json["correlation"] = {{"columns", std::move(names)}, {"values", std::move(values)}};
  json["rules"] = Json::object();
  for (const auto& rule : data.rules) {
    json["rules"][rule.name] = {
        {"expression", rule.expression}, {"true", rule.truths}, {"false", data.rows - rule.truths}, {"open", rule.open}};
  }
  json["clusters"] = groups_json(findings.groups);
  json["anomalies"] = anomalies_json(findings.groups);
  json["components"] = components_json(findings.groups);
  json["labels"] = Json::array();
  for (const auto& label : findings.labels) json["labels"].push_back(label_json(label, data));
  json["classification"] = Json::array();
  for (const auto& each : findings.classifications)
    json["classification"].push_back(classification_json(each, findings.labels));
  json["warnings"] = Json::array();
  for (const auto& warning : findings.warnings) {
    Json one{{"id", warning.id}, {"column", warning.column}, {"text", warning.text}};
    if (!warning.columns.empty()) {
      one["columns"] = warning.columns;
      one["accuracy"] = warning.accuracy;
    }
    json["warnings"].push_back(std::move(one));
  }
  json["notes"] = findings.notes;
  return json;
}

void write_derived(const Findings& findings, const std::filesystem::path& file) {
  const auto& data = findings.data;
  const auto& groups = findings.groups;
  std::vector<const NumberColumn*> columns;
  std::string text = "row";
  if (!data.id.empty()) text += "," + csv_field(data.id);
  text += ",outlier";
  for (const auto& column : data.numbers) {
    if (column.name == data.id) continue;
    columns.push_back(&column);
    text += "," + csv_field("outlier_" + column.name);
  }
  text += ",cluster,anomaly,anomaly_score";
  for (const auto& rule : data.rules) text += "," + csv_field(rule.name);
  text += "\n";

  NewFile out(file);
  const auto numbers = findings.table.row_numbers();
  const auto ids = data.id.empty() ? std::vector<std::string>{} : findings.table.texts(data.id);
  std::size_t in_sample = 0, in_groups = 0;
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    fmt::format_to(std::back_inserter(text), "{}", numbers[row]);
    if (!data.id.empty()) text += "," + csv_field(ids[row]);
    const bool outlier =
        std::any_of(columns.begin(), columns.end(), [&](const auto* column) { return column->beyond[row] != 0; });
    text += outlier ? ",1" : ",0";
    for (const auto* column : columns) text += column->beyond[row] != 0 ? ",1" : ",0";
    const bool sampled = in_sample < data.sample.size() && data.sample[in_sample] == row;
    const bool grouped = sampled && in_groups < groups.rows.size() && groups.rows[in_groups] == in_sample;
    text += ',';
    if (grouped && groups.has_clusters()) text += std::to_string(groups.clusters.assignments[in_groups]);
    text += ',';
    if (grouped && groups.has_anomalies()) text += groups.anomalies.flags[in_groups] != 0 ? '1' : '0';
    text += ',';
    if (grouped && groups.has_anomalies()) append_number(text, groups.anomalies.scores[in_groups]);
    in_sample += sampled ? 1 : 0;
    in_groups += grouped ? 1 : 0;
    for (const auto& rule : data.rules) text += rule.holds[row] == 1 ? ",1" : rule.holds[row] == 0 ? ",0" : ",";
    text += '\n';
    if (text.size() > (1 << 20)) {
      out.write(text);
      text.clear();
    }
  }
  out.write(text);
  out.keep();
}

}  // namespace auspex::explore
