// Learner metrics: the files of the workspace and the installation, and what they make of the campus.
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "campus/metrics.hpp"
#include "runtime/parts.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

/// The files of metrics/ or metrics/tables/ in byte order of their ids. Throws Error(configuration) for one id in two files.
template <typename Read>
auto read_all(const std::vector<fs::path>& folders, Read read) {
  std::map<std::string, decltype(read(fs::path()))> by_id;
  std::vector<Problem> problems;
  for (const auto& folder : folders) {
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".toml") continue;
      try {
        auto one = read(entry.path());
        const auto [at, is_new] = by_id.emplace(one.id, one);
        if (!is_new) {
          problems.push_back({{entry.path().string(), 0, 0},
                              fmt::format("'{}' is also the id of '{}'", one.id, at->second.file.string()),
                              "give one of them another id",
                              false});
        }
      } catch (const Error& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
      }
    }
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
  std::vector<decltype(read(fs::path()))> all;
  for (auto& [id, one] : by_id) all.push_back(std::move(one));
  return all;
}

std::map<std::string, double> numbers_of(const std::vector<std::string>& settings) {
  std::map<std::string, double> numbers;
  for (const auto& setting : settings) {
    const auto equals = setting.find('=');
    double value = 0;
    const auto* end = setting.data() + setting.size();
    if (equals == std::string::npos || std::from_chars(setting.data() + equals + 1, end, value).ptr != end ||
        equals + 1 == setting.size()) {
      throw Error(Fault::usage, fmt::format("'{}' is not of the form NAME=NUMBER", setting), "as in --set gap=600");
    }
    numbers[setting.substr(0, equals)] = value;
  }
  return numbers;
}

}  // namespace

Json Session::metrics(const MetricsOptions& options) {
  auto& parts = *parts_;
  campus::MetricsRequest request;
  request.per = options.per == MetricsOf::enrolment ? campus::Learner::enrolment : campus::Learner::user;
  request.as_of = parts.as_of;
  request.from = options.from.value_or(no_time);
  request.to = options.to.value_or(no_time);
  if (options.from && options.to && *options.from >= *options.to) {
    throw Error(Fault::usage, "the period ends before it begins", "give a --to that is later than --from");
  }
  request.timezone = parts.timezone();
  request.threads = parts.threads();
  request.memory = parts.memory();
  request.parameters = numbers_of(options.parameters);
  const std::vector<fs::path> places{parts.root() / "metrics", parts.installation.configs / "metrics"};
  request.metrics = read_all(places, spec::read_metric);
  request.tables = read_all({places[0] / "tables", places[1] / "tables"}, spec::read_metric_table);
  const auto result = campus::write_metrics(*parts.campus(), request, options.out);

  Json metrics = Json::array();
  for (std::size_t i = 0; i < request.metrics.size(); ++i) {
    const auto& metric = request.metrics[i];
    metrics.push_back({{"id", metric.id},
                       {"name", metric.name},
                       {"unit", metric.unit},
                       {"file", metric.file.string()},
                       {"missing", result.columns[i].missing},
                       {"recorded", result.columns[i].recorded}});
  }
  return {{"out", options.out.string()},
          {"per", options.per == MetricsOf::enrolment ? "enrolment" : "user"},
          {"as_of", parts.as_of},
          {"from", options.from ? Json(*options.from) : Json()},
          {"to", options.to ? Json(*options.to) : Json(parts.as_of)},
          {"learners", result.learners},
          {"deleted_users_left_out", result.deleted},
          {"metrics", std::move(metrics)}};
}

}  // namespace auspex::runtime
