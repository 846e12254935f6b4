// A model's components, created and held against the campus.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/indicators.hpp"

namespace auspex::analysis {

/// One set of instances; each worker has its own.
struct Components {
  plugin::Analyser analyser;
  plugin::TimeSplitter splitter;
  plugin::Target target;
  std::vector<std::unique_ptr<Indicator>> indicators;
};

[[nodiscard]] Components create_components(const Request& request);

/// The columns of each table that the components' reads need, with the keys and times that framing needs. Throws
/// Error(configuration) with every read that the campus cannot serve.
[[nodiscard]] std::map<std::string, std::vector<std::string>> needed_columns(const Request& request,
                                                                             const Components& components);

/// A column for audits, and the columns that find a sample's row.
struct AuditColumn {
  std::string table, column;
  std::vector<std::string> key;
};

/// Those of the campus whose table's key the samples have.
[[nodiscard]] std::vector<AuditColumn> audit_columns(const campus::Campus& campus, const plugin::AnalyserInfo& analyser);

/// Column names of a model's indicators, in its order.
[[nodiscard]] std::string column_name(const spec::Component& component);

}  // namespace auspex::analysis
