#include "learning/training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.hpp"
#include "learning/drift.hpp"

namespace auspex::learning {
namespace {

constexpr const char* train_again = "train the model again with the plugins that are now installed";

std::vector<std::string> only_in_first(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  std::vector<std::string> result;
  std::copy_if(first.begin(), first.end(), std::back_inserter(result), [&](const auto& name) {
    return std::find(second.begin(), second.end(), name) == second.end();
  });
  return result;
}

void require_same_columns(const std::vector<std::string>& trained, const std::vector<std::string>& given) {
  if (trained == given) return;
  throw Error(Fault::configuration,
              "the data's columns are not those that the model was trained on" + column_difference(trained, given), train_again);
}

void require_same_target(const Artefact& artefact, const analysis::Dataset& dataset) {
  if (artefact.classes == dataset.classes) return;
  throw Error(Fault::configuration,
              fmt::format("the target's classes are [{}]; the model was trained on [{}]", fmt::join(dataset.classes, ", "),
                          fmt::join(artefact.classes, ", ")),
              train_again);
}

void require_same_backend(const Artefact& artefact, const Learner& learner) {
  if (artefact.backend == learner.id()) return;
  throw Error(Fault::configuration,
              fmt::format("the model was trained by '{}', not by '{}'", artefact.backend, learner.id()), train_again);
}

/// Ranges are known by their place; a name that differs there means another time splitting. A data set file names none.
void require_same_ranges(const Artefact& artefact, const analysis::Dataset& dataset) {
  for (const auto& row : dataset.rows) {
    const auto range = std::size_t(row.range);
    if (range >= artefact.range_names.size() || artefact.range_names[range].empty()) continue;
    if (artefact.range_names[range] == dataset.range_names[range]) continue;
    throw Error(Fault::configuration,
                fmt::format("range {} is named '{}'; where the model was trained it is '{}'", range,
                            dataset.range_names[range], artefact.range_names[range]),
                train_again);
  }
}

/// What was learned from, in numbers.
nlohmann::ordered_json facts_of(const analysis::Dataset& dataset, const Rows& rows) {
  std::set<std::pair<std::uint32_t, std::string>> samples;
  std::set<std::int64_t> persons;
  std::set<std::uint32_t> analysables;
  std::vector<std::size_t> of_class(dataset.classes.size(), 0);
  double sum = 0, least = HUGE_VAL, greatest = -HUGE_VAL;
  std::size_t known = 0;
  for (const auto row : rows) {
    const auto& own = dataset.rows[row];
    samples.insert({own.analysable, own.sample});
    analysables.insert(own.analysable);
    if (own.group >= 0) persons.insert(own.group);
    known += own.outcome_known ? 1 : 0;
    const double label = label_of(dataset, row);
    if (!dataset.classes.empty()) ++of_class[std::size_t(label)];
    sum += label;
    least = std::min(least, label);
    greatest = std::max(greatest, label);
  }
  Time first = no_time, last = no_time;
  for (const auto analysable : analysables) {
    const auto& info = dataset.analysables[analysable];
    if (info.start != no_time && (first == no_time || info.start < first)) first = info.start;
    last = std::max(last, info.end);
  }
  const auto time = [](Time t) { return t == no_time ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(t); };
  auto labels = nlohmann::ordered_json::object();
  for (std::size_t c = 0; c < of_class.size(); ++c) labels[dataset.class_names[c]] = of_class[c];
  if (of_class.empty() && !rows.empty()) labels = {{"mean", sum / double(rows.size())}, {"least", least}, {"greatest", greatest}};
  return {{"rows", rows.size()},       {"samples", samples.size()},  {"persons", persons.size()}, {"analysables", analysables.size()},
          {"first_start", time(first)}, {"last_end", time(last)}, {"labels", labels},          {"outcome_known_before", known}};
}

}  // namespace

std::string column_difference(const std::vector<std::string>& wanted, const std::vector<std::string>& given) {
  if (wanted == given) return {};
  const auto missing = only_in_first(wanted, given), surplus = only_in_first(given, wanted);
  std::string difference;
  if (!missing.empty()) difference += fmt::format("; missing: '{}'", fmt::join(missing, "', '"));
  if (!surplus.empty()) difference += fmt::format("; surplus: '{}'", fmt::join(surplus, "', '"));
  if (difference.empty() && wanted.size() != given.size()) {
    difference = fmt::format("; {} columns instead of {}, some of them twice", given.size(), wanted.size());
  }
  if (difference.empty()) {
    const auto place = std::size_t(std::mismatch(wanted.begin(), wanted.end(), given.begin()).first - wanted.begin());
    difference = fmt::format("; another order: column {} is '{}' instead of '{}'", place + 1, given[place], wanted[place]);
  }
  return difference;
}

std::string digest_of(const analysis::Dataset& dataset) {
  Sha256 hash;
  const auto number = [&](auto value) { hash.add(&value, sizeof value); };
  const auto text = [&](const std::string& value) {
    number(std::uint64_t(value.size()));
    hash.add(value);
  };
  const auto texts = [&](const std::vector<std::string>& values) {
    number(std::uint64_t(values.size()));
    for (const auto& value : values) text(value);
  };
  texts(dataset.columns);
  texts(dataset.range_names);
  texts(dataset.class_names);
  number(std::uint64_t(dataset.classes.size()));
  for (const auto value : dataset.classes) number(value);
  for (const auto& row : dataset.rows) {
    text(dataset.analysables[row.analysable].id);
    text(row.sample);
    number(row.range);
    number(row.enrolled);
    number(row.group);
    number(row.label);
  }
  hash.add(dataset.values.data(), dataset.values.size() * sizeof(float));
  return hash.hex();
}

Artefact train(const analysis::Dataset& dataset, Learner& learner, const FitOptions& options, Provenance provenance) {
  Rows rows(dataset.rows.size());
  std::iota(rows.begin(), rows.end(), std::size_t(0));
  Artefact artefact{std::move(provenance), learner.id(),        learner.version(),  options.seed,
                    options.population,    dataset.columns,     dataset.range_names, dataset.classes,
                    dataset.class_names,   fit(dataset, rows, learner, options), nullptr, nullptr};
  std::erase_if(rows, [&](auto row) { return !has_label(dataset.rows[row]) || !belongs(dataset.rows[row], options.population); });
  artefact.training = facts_of(dataset, rows);
  artefact.baseline = drift_baseline(dataset, rows);
  if (artefact.fitted.models.empty()) {
    const bool one_class = std::any_of(artefact.fitted.without.begin(), artefact.fitted.without.end(),
                                       [](const auto& entry) { return entry.second == "one_class"; });
    throw Error(Fault::found,
                one_class ? "every labelled sample has the same label: there is nothing to tell apart"
                          : fmt::format("no sample of the population '{}' has a label: there is nothing to learn from",
                                        population_name(options.population)),
                "`auspex model plan` shows what is left out and why");
  }
  return artefact;
}

Predictions predict(const Artefact& artefact, Learner& learner, const analysis::Dataset& dataset, int threads) {
  require_same_backend(artefact, learner);
  require_same_columns(artefact.columns, dataset.columns);
  require_same_target(artefact, dataset);
  require_same_ranges(artefact, dataset);
  Rows rows(dataset.rows.size());
  std::iota(rows.begin(), rows.end(), std::size_t(0));
  Predictions result;
  result.width = std::max<std::size_t>(1, dataset.classes.size());
  result.values = predict(artefact.fitted, dataset, rows, learner, threads);
  for (const auto& row : dataset.rows) {
    const auto key = artefact.fitted.key(row.range);
    if (artefact.fitted.models.contains(key)) continue;
    const auto reason = artefact.fitted.without.find(key);
    result.without_model[row.range] = reason == artefact.fitted.without.end() ? "range_unknown" : reason->second;
  }
  return result;
}

}  // namespace auspex::learning
