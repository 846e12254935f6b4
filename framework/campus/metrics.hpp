// Learner metrics: one row a learner, one column a metric in SQL, over what was known and lies in a period.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "base/error.hpp"
#include "campus/campus.hpp"
#include "spec/metric.hpp"

namespace auspex::campus {

/// What a row stands for: a user who holds an enrolment as a student, or such an enrolment. Deleted users have none.
enum class Learner { user, enrolment };

struct MetricsRequest {
  Learner per = Learner::user;
  Time as_of = 0;                ///< rows known later do not exist
  Time from = no_time;           ///< rows at or before it are left out; no_time = none
  Time to = no_time;             ///< rows after it are left out; no_time = as_of
  std::string timezone = "UTC";  ///< of local_time()
  int threads = 1;
  std::int64_t memory = std::int64_t{2} << 30;
  std::map<std::string, double> parameters;  ///< instead of those of the files, by name
  std::vector<spec::Metric> metrics;         ///< columns, in this order
  std::vector<spec::MetricTable> tables;
};

struct MetricsResult {
  struct Column {
    std::string id;
    std::int64_t missing = 0;  ///< learners without a value
    bool recorded = true;      ///< false: the campus has no row that the metric needs
  };
  std::int64_t learners = 0;
  std::int64_t deleted = 0;                  ///< users who would be learners, but whose account is deleted
  std::vector<Column> columns;
};

/// Writes the table to `out`, which appears whole or not at all: as Parquet where it ends in .parquet, else as CSV (times in
/// seconds since 1970, empty = none). Columns: user_id, or enrolment_id, course_id, user_id; then the metrics. Rows are in
/// the order of those ids. The same campus gives the same bytes on any number of threads.
///
/// The SQL sees the campus's tables cut to the period by their own time, without columns kept for audits; ids are numbers
/// that only stand for themselves; words are texts. A table with user_id also has `learner`. Beside them it sees
///   learner_courses (learner, course_id)   the courses that a learner is about
///   metrics (learner, ...)                 the metrics that need no other
///   period_start, period_end, parameters   columns of every table
/// Throws Error(configuration) with every fault of the SQL and its place, Error(usage) for an unknown parameter.
MetricsResult write_metrics(const Campus& campus, const MetricsRequest& request, const std::filesystem::path& out);

}  // namespace auspex::campus
