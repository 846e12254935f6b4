#include "runtime/reasons.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analysis/components.hpp"

namespace auspex::runtime {

namespace {

Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double or_none(const Json& value) { return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN(); }

}  // namespace

void add_typical(const analysis::UnitResult& unit, Typical& typical) {
  for (const auto& result : unit.purposes) {
    for (const auto& range : result.ranges) typical[{unit.analysable.id, range.index}] = range.typical;
  }
}

Explainer::Explainer(const learning::Artefact& artefact, const analysis::Dataset& dataset, const analysis::Shape& shape,
                     learning::Learner& learner, const Typical& typical, int threads)
    : dataset_(dataset),
      shape_(shape),
      typical_(typical),
      contributions_(learning::contributions(artefact.fitted, dataset, learner, threads)),
      columns_(shape.indicators.size()) {
  const auto parts = learning::columns_by_indicator(dataset.columns, shape.indicator_columns);
  for (const auto& part : parts) {
    const auto at = std::find(shape.indicator_columns.begin(), shape.indicator_columns.end(), part.name);
    if (at != shape.indicator_columns.end()) columns_[std::size_t(at - shape.indicator_columns.begin())] = part.columns;
    else range_columns_.insert(range_columns_.end(), part.columns.begin(), part.columns.end());
  }
}

double Explainer::value_of(std::size_t row, std::size_t indicator) const {
  const auto* values = dataset_.values.data() + row * dataset_.columns.size();
  const auto& columns = columns_[indicator];
  const auto& info = shape_.indicators[indicator];
  if (info.type != AUSPEX_INDICATOR_DISCRETE) return values[columns.front()];
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (values[columns[c]] == 1) return info.classes[c];
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string Explainer::kept(std::size_t row) const {
  if (!contributions_.able) return Json{{"exempt", contributions_.why_not}}.dump();
  const auto* own = contributions_.values.data() + row * contributions_.width;
  if (std::isnan(own[0])) return Json{{"exempt", "what the backend gives does not add up to the prediction's margin"}}.dump();
  const auto sum = [&](const std::vector<std::size_t>& columns) {
    return std::accumulate(columns.begin(), columns.end(), 0.0, [&](double total, auto c) { return total + own[c]; });
  };
  const auto typical = typical_.find({dataset_.analysables[dataset_.rows[row].analysable].id, dataset_.rows[row].range});
  Json indicators = Json::array();
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const bool known = typical != typical_.end() && k < typical->second.size();
    indicators.push_back({sum(columns_[k]), or_null(value_of(row, k)), known ? or_null(typical->second[k]) : Json(nullptr)});
  }
  const double margin = std::accumulate(own, own + contributions_.width, 0.0);
  return Json{{"margin", margin},
              {"constant", own[contributions_.width - 1]},
              {"range", sum(range_columns_)},
              {"indicators", std::move(indicators)}}
      .dump();
}

ReasonWords::ReasonWords(const plugin::Registry& registry, const spec::Model& model, const analysis::Shape& shape)
    : columns_(shape.indicator_columns), indicators_(shape.indicators) {
  for (const auto& indicator : model.indicators) {
    const auto column = analysis::column_name(indicator);
    const auto* schema = registry.find(indicator.id);
    names_.push_back(column != indicator.id || schema == nullptr || schema->name.empty() ? column : schema->name);
  }
  if (!shape.target.class_names.empty()) outcome_ = shape.target.class_names.back();
}

Json ReasonWords::tell(const std::string& kept) const {
  if (kept.empty()) return nullptr;
  const auto json = Json::parse(kept);
  if (json.contains("exempt") || json["indicators"].size() != columns_.size()) return json.contains("exempt") ? json : Json(nullptr);
  struct Told {
    double weight;
    Json json;
  };
  std::vector<Told> told;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const auto& part = json["indicators"][k];
    const insight::Reason reason{columns_[k], names_[k], part[0].get<double>(), or_none(part[1]), or_none(part[2])};
    told.push_back({std::abs(reason.contribution),
                    {{"indicator", reason.indicator},
                     {"name", reason.name},
                     {"contribution", reason.contribution},
                     {"value", part[1]},
                     {"display", insight::shown(indicators_[k], reason.value)},
                     {"typical", part[2]},
                     {"typical_display", insight::shown(indicators_[k], reason.typical)},
                     {"sentence", insight::sentence(reason, indicators_[k], outcome_)}}});
  }
  std::stable_sort(told.begin(), told.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  Json indicators = Json::array();
  for (auto& each : told) indicators.push_back(std::move(each.json));
  return {{"margin", json["margin"]}, {"constant", json["constant"]}, {"range", json["range"]}, {"indicators", std::move(indicators)}};
}

}  // namespace auspex::runtime
