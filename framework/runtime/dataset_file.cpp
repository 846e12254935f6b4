// Evaluating and training on a data set file that Moodle wrote.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.hpp"
#include "learning/training.hpp"
#include "runtime/bookkeeping.hpp"
#include "runtime/evaluating.hpp"
#include "runtime/learners.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

struct Opened {
  spec::Model model;
  analysis::Shape shape;
  analysis::Dataset dataset;
};

// What of the file is not the model's.
std::vector<Problem> foreign_parts(const analysis::MoodleDataset& file, const spec::Model& model, const analysis::Shape& shape,
                                   const fs::path& path) {
  constexpr std::uint32_t values_line = 2, columns_line = 3;
  std::vector<Problem> problems;
  const auto problem = [&](std::uint32_t line, std::string message, std::string hint = {}) {
    problems.push_back({{path.string(), line, 0}, std::move(message), std::move(hint), false});
  };
  const auto head = moodle_head(model, file.head.version);
  if (file.head.target != head.target) {
    problem(values_line, fmt::format("the file's target is '{}', the model's '{}'", file.head.target, head.target));
  }
  if (file.head.time_splitting != head.time_splitting) {
    problem(values_line, fmt::format("the file's time splitting method is '{}', the model's '{}'", file.head.time_splitting,
                                     head.time_splitting), "give the file's with --time-splitting");
  }
  if (file.dataset.classes != shape.target.classes) {
    problem(values_line, fmt::format("the file's classes are [{}], the target's [{}]", fmt::join(file.dataset.classes, ", "),
                                     fmt::join(shape.target.classes, ", ")));
  }
  const auto is_range = [](const std::string& column) { return column.starts_with("range/"); };
  const auto& columns = file.dataset.columns;
  const auto ranges = std::size_t(std::count_if(columns.begin(), columns.end(), is_range));
  const bool moodle = !model.compatibility.empty();
  const auto wanted = analysis::DatasetBuilder(shape, moodle).finish(ranges).columns;
  if (const auto difference = learning::column_difference(wanted, columns); !difference.empty()) {
    const bool means = std::any_of(columns.begin(), columns.end(), [](const auto& column) { return column.ends_with("/mean"); });
    problem(columns_line, "the file's columns are not the model's" + difference,
            means && !moodle ? "Moodle's files have columns of means: give --moodle-compat 4.4" : "");
  }
  return problems;
}

Opened open_file(Session::Parts& parts, const ModelOptions& options, const fs::path& path) {
  Opened opened{parts.model(options), {}, {}};
  analysis::Request request;
  request.model = &opened.model;
  request.registry = &parts.registry();
  opened.shape = analysis::shape_of(request);
  refuse_static(opened.shape, opened.model, "learn");
  auto file = analysis::read_moodle_dataset(path);
  if (auto problems = foreign_parts(file, opened.model, opened.shape, path); !problems.empty()) {
    throw Error(Fault::configuration, std::move(problems));
  }
  if (opened.model.training.population == spec::Population::enrolled) {
    throw Error(Fault::configuration, "the model learns from those enrolled, and the file does not tell who was",
                "set population = \"all\" in [training]", {path.string(), 0, 0});
  }
  opened.dataset = std::move(file.dataset);
  return opened;
}

}  // namespace

Json Session::model_evaluate_file(const ModelOptions& options, const fs::path& path, const fs::path& page) {
  auto& parts = *parts_;
  const auto [model, shape, dataset] = open_file(parts, options, path);
  refuse_evaluation(shape, model);
  auto evaluated = evaluate(parts, model, dataset);
  auto& report = evaluated.report;
  report["as_of"] = parts.as_of;
  report["dataset"] = path.string();
  parts.store().record_evaluation(model.id, {parts.as_of, sha256_of_file(path), version_of(model), model.time_splitting->id,
                                             report.dump()});
  write_page(parts, model, dataset, evaluated, page);
  refuse_leaks(parts, report["splits"][0]["leaks"]);
  return report;
}

Json Session::model_train_file(const ModelOptions& options, const fs::path& path) {
  auto& parts = *parts_;
  auto [model, shape, dataset] = open_file(parts, options, path);
  // The file numbers its ranges; their names come with the campus.
  for (auto& name : dataset.range_names) name.clear();
  const auto lock = parts.lock_model(model.id);
  refuse_disabled(parts.store(), model.id);
  learning::Provenance provenance;
  provenance.spec = spec::to_json(model);
  provenance.plugins = plugins_of(parts.registry(), model, shape.target.analyser);
  provenance.data_fingerprint = sha256_of_file(path);
  provenance.program = version();
  provenance.metrics = last_evaluation(parts.store(), model.id, version_of(model), parts.as_of);
  const auto artefact = train(parts, model, dataset, std::move(provenance));
  const auto id = keep(parts, model.id, artefact, parts.as_of);
  return {{"model", model.id},
          {"artefact", id},
          {"as_of", parts.as_of},
          {"dataset", path.string()},
          {"analysables", {path.filename().string()}},
          {"left_out", Json::array()},
          {"samples_left_out", Json::array()},
          {"rows", dataset.rows.size()},
          {"columns", dataset.columns}};
}

}  // namespace auspex::runtime
