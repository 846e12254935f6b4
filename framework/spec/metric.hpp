// A learner metric: a file of metrics/, and the tables in SQL that metrics are made from, files of metrics/tables/.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "spec/indicator.hpp"

namespace auspex::spec {

/// One column of `auspex metrics`. Either sql.expression of the rows of sql.table for which sql.where holds, or sql.select,
/// which gives the columns learner and value.
struct Metric {
  std::string id;           ///< also the name of its column
  std::string name;         ///< for people
  std::string description;  ///< with its formula
  std::string unit;
  bool whole_user = false;  ///< the rows of the user in every course and outside of them, per enrolment too
  std::string needs;        ///< condition on a row; where no row meets it, the source does not record this
  SqlIndicator sql;
  std::map<std::string, double> parameters;  ///< numbers that the SQL knows by name and the command line may set otherwise
  std::filesystem::path file;
};

/// A table in SQL that metrics may name: sql.select, over the campus's tables and others like it.
struct MetricTable {
  std::string id;
  std::string description;
  SqlIndicator sql;
  std::map<std::string, double> parameters;
  std::filesystem::path file;
};

/// Read and check a file, but for its SQL. All faults are reported together, as Error(configuration).
[[nodiscard]] Metric read_metric(const std::filesystem::path& file);
[[nodiscard]] MetricTable read_metric_table(const std::filesystem::path& file);

/// JSON Schemas (draft 2020-12) for editors, from the declarations that the readers check with.
[[nodiscard]] nlohmann::ordered_json metric_json_schema();
[[nodiscard]] nlohmann::ordered_json metric_table_json_schema();

}  // namespace auspex::spec
