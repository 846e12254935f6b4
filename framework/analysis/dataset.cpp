#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "base/text.hpp"

namespace auspex::analysis {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

bool is_none(double value) { return value != value; }

// PHP's round(x, 2) before 8.4: half away from zero, after rounding to 15 significant digits.
double php_round(double x) {
  constexpr int digits = 15, places = 2;
  if (x == 0) return x;
  const auto half_up = [](double v) { return v < 0 ? std::ceil(v - 0.5) : std::floor(v + 0.5); };
  const auto power = [](int n) { return std::pow(10.0, n); };
  // The decimal places that so many digits reach to; far below 0.01 they are beyond any effect.
  const int known = digits - 1 - int(std::floor(std::log10(std::abs(x))));
  double scaled = x * power(places);
  if (known > places && known < places + digits) scaled = half_up(x * power(known)) / power(known - places);
  return half_up(scaled) / power(places);
}

}  // namespace

std::vector<std::string> feature_columns(const plugin::IndicatorInfo& info, const std::string& name, bool moodle) {
  std::vector<std::string> columns;
  if (info.type == AUSPEX_INDICATOR_DISCRETE) {
    for (const auto value : info.classes) columns.push_back(fmt::format("{}/{}", name, value));
  } else {
    columns.push_back(name);
    if (moodle && info.include_mean) columns.push_back(name + "/mean");
  }
  return columns;
}

DatasetBuilder::DatasetBuilder(const Shape& shape, bool moodle, std::size_t aside)
    : shape_(shape), moodle_(moodle), features_(shape.indicators.size() - aside) {
  for (std::size_t i = 0; i < shape.indicators.size(); ++i) {
    const auto& name = shape.indicator_columns[i];
    if (i >= features_) {
      dataset_.aside.push_back(name);
      continue;
    }
    for (auto& column : feature_columns(shape.indicators[i], name, moodle)) dataset_.columns.push_back(std::move(column));
  }
  dataset_.audit = shape.audit;
  dataset_.classes = shape.target.classes;
  dataset_.class_names = shape.target.class_names;
}

void DatasetBuilder::add(const UnitResult& unit, Purpose purpose) {
  for (const auto& result : unit.purposes) {
    if (result.purpose != purpose || result.ranges.empty()) continue;
    dataset_.analysables.push_back(unit.analysable);
    auto& names = dataset_.range_names;
    for (std::size_t r = names.size(); r < result.range_names.size(); ++r) names.push_back(result.range_names[r]);
    for (const auto& range : result.ranges) add(unit, result, range);
  }
}

void DatasetBuilder::add(const UnitResult& unit, const PurposeResult& result, const RangeResult& range) {
  std::vector<std::size_t> entries;  // training: those with a label
  for (std::size_t i = 0; i < range.samples.size(); ++i) {
    if (result.purpose == Purpose::prediction || !is_none(result.labels[range.samples[i]])) entries.push_back(i);
  }
  std::vector<double> means(features_, missing);
  for (std::size_t k = 0; moodle_ && k < features_; ++k) {
    double sum = 0;
    bool any = false;
    for (const auto i : entries) {
      if (is_none(range.values[k][i])) continue;
      sum += range.values[k][i];
      any = true;
    }
    if (any) means[k] = php_round(sum / double(entries.size()));
  }
  const auto features = std::span(range.values).first(features_);
  for (const auto i : entries) {
    if (std::all_of(features.begin(), features.end(), [&](const auto& values) { return is_none(values[i]); })) {
      ++dropped_;
      continue;
    }
    const auto& sample = unit.samples[range.samples[i]];
    dataset_.rows.push_back({std::uint32_t(dataset_.analysables.size() - 1), range.index, sample.id, range.range.start,
                             range.range.end, range.enrolled[i] != 0, sample.person,
                             result.labels.empty() ? missing : result.labels[range.samples[i]],
                             !range.outcome_known.empty() && range.outcome_known[i] != 0});
    for (const auto& value : sample.audit) {
      const auto [at, added] = audit_words_.emplace(value, std::int32_t(audit_words_.size()));
      if (added) dataset_.audit_words.push_back(value);
      dataset_.audit_values.push_back(value.empty() ? -1 : at->second);
    }
    for (std::size_t k = 0; k < features_; ++k) encode(shape_.indicators[k], range.values[k][i], means[k]);
    for (std::size_t k = features_; k < range.values.size(); ++k) dataset_.aside_values.push_back(float(range.values[k][i]));
  }
}

void DatasetBuilder::encode(const plugin::IndicatorInfo& info, double value, double mean) {
  auto& to = dataset_.values;
  if (info.type == AUSPEX_INDICATOR_DISCRETE) {
    for (const auto of_class : info.classes) {
      if (is_none(value)) to.push_back(moodle_ ? 0 : missing);
      else to.push_back(float((moodle_ ? std::trunc(value) : value) == of_class));
    }
    return;
  }
  to.push_back(float(moodle_ && info.type == AUSPEX_INDICATOR_LINEAR && !is_none(value) ? php_round(value) : value));
  if (moodle_ && info.include_mean) to.push_back(float(mean));
}

Dataset DatasetBuilder::finish(std::size_t range_columns) {
  if (range_columns == 0 && dataset_.range_names.size() > 1) range_columns = dataset_.range_names.size();
  if (!shape_.splitter.range_columns) range_columns = 0;
  if (range_columns > 0) {
    const auto width = dataset_.columns.size();
    std::vector<std::string> columns;
    for (std::size_t r = 0; r < range_columns; ++r) columns.push_back(fmt::format("range/{}", r));
    columns.insert(columns.end(), dataset_.columns.begin(), dataset_.columns.end());
    std::vector<float> values;
    values.reserve(dataset_.rows.size() * columns.size());
    for (std::size_t i = 0; i < dataset_.rows.size(); ++i) {
      for (std::size_t r = 0; r < range_columns; ++r) values.push_back(float(std::size_t(dataset_.rows[i].range) == r));
      values.insert(values.end(), dataset_.values.begin() + std::ptrdiff_t(i * width),
                    dataset_.values.begin() + std::ptrdiff_t((i + 1) * width));
    }
    dataset_.columns = std::move(columns);
    dataset_.values = std::move(values);
  }
  return std::move(dataset_);
}

void for_each_result(const UnitResult& unit, const std::function<void(const RangeResult&, std::size_t)>& take) {
  std::set<std::int32_t> seen;
  for (const auto& result : unit.purposes) {
    for (const auto& range : result.ranges) {
      if (!seen.insert(range.index).second) continue;
      for (std::size_t i = 0; i < range.samples.size(); ++i) {
        if (result.labels.empty() || !is_none(result.labels[range.samples[i]])) take(range, i);
      }
    }
  }
}

std::string values_csv_header() { return "analysable,sample,range,start,end,indicator,value\n"; }

void append_values_csv(const Shape& shape, const UnitResult& unit, std::string& text) {
  const auto time = [](Time t) { return t == no_time ? std::string() : fmt::format("{}", t); };
  std::vector<std::string> indicators;
  for (const auto& column : shape.indicator_columns) indicators.push_back("," + csv_field(column) + ",");
  const auto prefix = csv_field(unit.analysable.id) + ",";
  const RangeResult* last = nullptr;
  std::string middle, head;
  for_each_result(unit, [&](const RangeResult& range, std::size_t entry) {
    if (&range != last) {
      middle = fmt::format(",{},{},{}", csv_field(range.range.name), time(range.range.start), time(range.range.end));
      last = &range;
    }
    head.assign(prefix).append(csv_field(unit.samples[range.samples[entry]].id)).append(middle);
    for (std::size_t k = 0; k < range.values.size(); ++k) {
      text.append(head).append(indicators[k]);
      append_number(text, range.values[k][entry]);
      text += '\n';
    }
  });
}

}  // namespace auspex::analysis
