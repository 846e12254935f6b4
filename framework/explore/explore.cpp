#include "explore/explore.hpp"

#include <fmt/format.h>

#include "base/files.hpp"
#include "explore/findings.hpp"

namespace auspex::explore {
namespace fs = std::filesystem;

namespace {

campus::TableFile::Options table_options(const Request& request) {
  campus::TableFile::Options options{request.table};
  for (const auto& [name, column] : request.settings.columns) {
    if (!column.type.empty())
      options.types[name] = column.type == "number" ? campus::ColumnType::number : campus::ColumnType::text;
    if (!column.missing.empty()) {
      options.treatments[name] = column.missing == "drop"     ? campus::Missing::drop
                                 : column.missing == "zero"   ? campus::Missing::zero
                                 : column.missing == "median" ? campus::Missing::median
                                                              : campus::Missing::keep;
    }
  }
  if (request.settings.missing_texts) options.missing_texts = *request.settings.missing_texts;
  options.memory = request.memory;
  return options;
}

std::vector<std::string> notes_of(const campus::TableFile& table, const Findings& findings) {
  std::vector<std::string> notes;
  for (const auto& column : table.columns()) {
    if (column.missing == 0) continue;
    const auto& name = column.name;
    switch (column.treatment) {
      case campus::Missing::keep:
        notes.push_back(fmt::format("'{}': {} missing values stay missing.", name, column.missing));
        break;
      case campus::Missing::drop:
        notes.push_back(fmt::format("'{}': the {} rows that lack it are left out.", name, column.missing));
        break;
      case campus::Missing::zero:
        notes.push_back(fmt::format("'{}': {} missing values became 0.", name, column.missing));
        break;
      case campus::Missing::median:
        notes.push_back(fmt::format("'{}': {} missing values became the median, {}.", name, column.missing, column.fill));
        break;
    }
  }
  const auto& data = findings.data;
  if (!data.is_whole()) {
    notes.push_back(
        fmt::format("Statistics, histograms, fences, rules and their counts are of all {} rows; groups, anomalies, "
                    "correlations, classes and "
                    "points are of {} rows drawn by chance.",
                    data.rows, data.sample.size()));
  }
  const auto& groups = findings.groups;
  if (!groups.why_not.empty()) notes.push_back(fmt::format("No groups and no anomalies: {}.", groups.why_not));
  if (!groups.clusterer_why_not.empty()) notes.push_back(fmt::format("No groups: {}.", groups.clusterer_why_not));
  if (!groups.detector_why_not.empty()) notes.push_back(fmt::format("No anomalies: {}.", groups.detector_why_not));
  if (groups.why_not.empty() && groups.rows.size() < data.sample.size()) {
    notes.push_back(fmt::format("{} rows lack a value of a column of the groups and are in none.",
                                data.sample.size() - groups.rows.size()));
  }
  for (const auto& label : findings.labels) {
    if (label.other > 0) {
      notes.push_back(fmt::format("'{}' has more classes than are looked at: {} rows of the others count as not labelled.",
                                  label.name, label.other));
    }
  }
  for (const auto& each : findings.classifications) {
    if (!each.why_not.empty())
      notes.push_back(fmt::format("'{}' is not classified by {}: {}.", each.label, each.backend, each.why_not));
    else if (each.train_rows + each.test_rows < std::size_t(data.rows)) {
      notes.push_back(
          fmt::format("'{}' is classified by {} on {} rows.", each.label, each.backend, each.train_rows + each.test_rows));
    }
  }
  return notes;
}

}  // namespace

nlohmann::ordered_json explore(const Request& request, const plugin::Registry& registry) {
  auto settings = request.settings;
  if (settings.backends.empty()) settings.backends = spec::default_classifiers();
  const campus::TableFile table(table_options(request));
  const auto name = request.table == "-" ? std::string("standard input") : request.table.filename().string();
  Findings findings{settings.title.empty() ? name : settings.title, {}, table, read_data(table, settings, request.seed)};
  findings.subtitle = fmt::format("{}: {} rows, {} columns. Seed {}. Auspex {}", name, findings.data.rows,
                                  table.columns().size(), request.seed, request.version);
  findings.labels = find_labels(findings.data, settings);
  std::vector<std::string> labels;
  for (const auto& label : findings.labels) labels.push_back(label.name);
  findings.groups = find_groups(findings.data, settings, labels, registry, request.seed, request.threads);
  for (const auto& label : findings.labels) {
    auto results = classify(label, findings.data, settings, registry, request.seed, request.threads);
    std::move(results.begin(), results.end(), std::back_inserter(findings.classifications));
  }
  findings.warnings =
      find_warnings(table, findings.data, findings.labels, findings.classifications, settings, request.not_learners);
  findings.notes = notes_of(table, findings);

  auto json = to_json(findings);
  json["report"] = nullptr;
  if (request.report.empty()) return json;
  std::error_code why;
  fs::create_directories(request.report, why);
  if (why)
    throw Error(Fault::usage, fmt::format("cannot make the folder '{}': {}", request.report.string(), why.message()),
                "give --report a folder");
  write_derived(findings, request.report / "derived.csv");
  write_file(request.report / "explore.html", report::html(page_of(findings), request.assets));
  write_file(request.report / "explore.json", json.dump(2) + "\n");
  json["report"] = {{"page", (request.report / "explore.html").string()},
                    {"json", (request.report / "explore.json").string()},
                    {"derived", (request.report / "derived.csv").string()}};
  return json;
}

}  // namespace auspex::explore
