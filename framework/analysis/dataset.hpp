// What analysis hands to learning: one row per sample and range.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/calendar.hpp"

namespace auspex::analysis {

struct AnalysableInfo {
  std::string id;
  std::string label;
  Time start = no_time;
  Time end = no_time;
  std::int64_t order = 0;   ///< the source's own (Moodle's sortorder)
};

struct Row {
  std::uint32_t analysable = 0;   ///< index into Dataset::analysables
  std::int32_t range = 0;         ///< index
  std::string sample;             ///< the source's own id
  Time start = no_time;           ///< of the range
  Time end = no_time;
  bool enrolled = true;           ///< no enrolment end known and reached at the range's end
  std::int64_t group = -1;        ///< dense id of the person, or of the sample where there is none
  double label = 0;               ///< NaN = none
  bool outcome_known = false;     ///< the target would have given a label just before the range's end already
};

struct Dataset {
  std::vector<std::string> columns;     ///< of the feature matrix
  std::vector<std::string> range_names; ///< by range index, also of ranges without rows
  std::vector<double> classes;          ///< of the target; empty for linear ones
  std::vector<std::string> class_names;
  std::vector<AnalysableInfo> analysables;
  bool anonymous = false;               ///< nothing is known of whose rows these are, nor of when
  std::vector<Row> rows;
  std::vector<float> values;            ///< row-major, NaN = missing; rows.size() x columns.size()
  std::vector<std::string> aside;       ///< indicators that are no features: what baselines are made of
  std::vector<float> aside_values;      ///< rows.size() x aside.size()
  std::vector<std::string> audit;       ///< columns for audits: what is reported on by group, never a feature
  std::vector<std::string> audit_words; ///< their texts
  std::vector<std::int32_t> audit_values;  ///< rows.size() x audit.size(), indices into audit_words; -1 = missing
};

}  // namespace auspex::analysis
