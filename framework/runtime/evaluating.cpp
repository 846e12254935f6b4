#include "runtime/evaluating.hpp"

#include <fmt/format.h>

#include "analysis/components.hpp"
#include "base/files.hpp"
#include "learning/comparison.hpp"
#include "learning/evaluation_page.hpp"
#include "learning/explanation.hpp"
#include "learning/fairness.hpp"
#include "runtime/learners.hpp"

namespace auspex::runtime {

namespace {

// None where it is the model's own, not installed, or cannot learn such a target.
std::unique_ptr<learning::Learner> reference_for(Session::Parts& parts, const spec::Model& model, std::size_t classes) {
  const auto id = learning::reference_backend(classes);
  if (backend_of(model).id == id || parts.registry().find(id) == nullptr) return nullptr;
  auto learner = learning::learner_of(parts.registry().backend(id));
  return learner->can_learn(classes) ? std::move(learner) : nullptr;
}

learning::LearnerFor chooser(Learners& learners) {
  return [&](const learning::Rows& rows) -> learning::Learner& { return learners.for_rows(rows); };
}

}  // namespace

learning::EvaluationOptions evaluation_options(Session::Parts& parts, const spec::Model& model) {
  learning::EvaluationOptions evaluation;
  evaluation.model = model.id;
  evaluation.backend = backend_of(model).id;
  evaluation.fit = fit_options(model, parts.threads());
  evaluation.split = model.evaluation;
  evaluation.bootstrap.seed = model.training.seed;
  evaluation.bootstrap.threads = parts.threads();
  return evaluation;
}

Evaluated evaluate(Session::Parts& parts, const spec::Model& model, const analysis::Dataset& dataset) {
  const auto options = evaluation_options(parts, model);
  const auto reference = reference_for(parts, model, dataset.classes.size());
  Learners learners(parts, model, dataset);
  Evaluated evaluated;
  evaluated.held = learning::hold_out(dataset, chooser(learners), options, reference.get());
  evaluated.report = learning::report(dataset, evaluated.held, options);
  auto& split = evaluated.report["splits"][0];
  learning::FairnessOptions fairness;
  fairness.population = model.training.population;
  fairness.seed = model.training.seed;
  split["fairness"] = learning::fairness(dataset, evaluated.held, fairness);
  std::vector<std::string> indicators;
  for (const auto& indicator : model.indicators) indicators.push_back(analysis::column_name(indicator));
  learning::ImportanceOptions importance;
  importance.population = model.training.population;
  importance.seed = model.training.seed;
  importance.threads = parts.threads();
  const auto learner = learner_for(parts.registry(), model);
  split["importance"] = learning::importance(dataset, evaluated.held, *learner,
                                             learning::columns_by_indicator(dataset.columns, indicators), importance);
  for (const auto& chosen : learners.chosen()) evaluated.report["splits"][0]["search"].push_back(chosen.json());
  return evaluated;
}

void write_page(Session::Parts& parts, const spec::Model& model, const analysis::Dataset& dataset, const Evaluated& evaluated,
                const std::filesystem::path& folder) {
  if (folder.empty()) return;
  std::error_code why;
  std::filesystem::create_directories(folder, why);
  if (why) {
    throw Error(Fault::usage, fmt::format("cannot make the folder '{}': {}", folder.string(), why.message()),
                "give a folder where you may write");
  }
  const auto subtitle = fmt::format("As of {}, Auspex {}", time_text(parts.as_of), version());
  const auto page = learning::evaluation_page(dataset, evaluated.held, evaluated.report, model.training.population, subtitle);
  write_file(folder / "evaluation.html", report::html(page, parts.installation.report));
  write_file(folder / "evaluation.json", evaluated.report.dump(2) + "\n");
}

Json compare(Session::Parts& parts, const spec::Model& first, const analysis::Dataset& first_dataset,
             const learning::HeldOut& first_held, const spec::Model& second, const analysis::Dataset& second_dataset) {
  if (first_dataset.classes != second_dataset.classes) {
    throw Error(Fault::configuration, "the targets of the two models have other classes", "compare models of one target");
  }
  Learners learners(parts, second, second_dataset);
  const auto held = learning::hold_out(second_dataset, learning::translated(first_held.split, first_dataset, second_dataset),
                                       chooser(learners), fit_options(second, parts.threads()), {.recency_column = ""});
  Json json{{"model", second.id}};
  json.update(learning::compare(first_dataset, first_held, second_dataset, held, evaluation_options(parts, first)));
  return json;
}

}  // namespace auspex::runtime
