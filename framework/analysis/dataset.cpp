#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "base/text.hpp"

namespace auspex::analysis {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

std::string class_text(double value) { return fmt::format("{}", value); }

}  // namespace

DatasetBuilder::DatasetBuilder(const Shape& shape, bool moodle, std::size_t aside)
    : shape_(shape), moodle_(moodle), features_(shape.indicators.size() - aside) {
  for (std::size_t i = 0; i < shape.indicators.size(); ++i) {
    const auto& info = shape.indicators[i];
    const auto& name = shape.indicator_columns[i];
    if (i >= features_) {
      dataset_.aside.push_back(name);
    } else if (info.type == AUSPEX_INDICATOR_DISCRETE) {
      for (const auto value : info.classes) dataset_.columns.push_back(name + "/" + class_text(value));
    } else {
      dataset_.columns.push_back(name);
      if (moodle && info.include_mean) dataset_.columns.push_back(name + "/mean");
    }
  }
  dataset_.classes = shape.target.classes;
  dataset_.class_names = shape.target.class_names;
}

void DatasetBuilder::add(const UnitResult& unit, Purpose purpose) {
  for (const auto& result : unit.purposes) {
    if (result.purpose != purpose || result.ranges.empty()) continue;
    const auto analysable = std::uint32_t(dataset_.analysables.size());
    dataset_.analysables.push_back(unit.analysable);
    for (const auto& range : result.ranges) {
      const auto index = std::size_t(range.index);
      if (dataset_.range_names.size() <= index) dataset_.range_names.resize(index + 1);
      dataset_.range_names[index] = range.range.name;
      std::vector<double> means;
      for (const auto& values : range.values) {
        double sum = 0;
        bool any = false;
        for (const auto v : values) {
          if (v == v) {
            sum += v;
            any = true;
          }
        }
        means.push_back(any ? sum / double(values.size()) : std::nan(""));
      }
      for (std::size_t i = 0; i < range.samples.size(); ++i) {
        const auto sample = range.samples[i];
        const auto label = result.labels.empty() ? std::nan("") : result.labels[sample];
        if (purpose == Purpose::training && label != label) continue;
        const auto has_value = [&](const auto& values) { return values[i] == values[i]; };
        const auto features_end = range.values.begin() + std::ptrdiff_t(features_);
        if (std::none_of(range.values.begin(), features_end, has_value)) {
          ++dropped_;
          continue;
        }
        const auto person = unit.samples[sample].person;
        dataset_.rows.push_back({analysable, range.index, unit.samples[sample].id, range.range.start, range.range.end,
                                 range.enrolled[i] != 0, person, label});
        for (std::size_t k = features_; k < range.values.size(); ++k) dataset_.aside_values.push_back(float(range.values[k][i]));
        for (std::size_t k = 0; k < features_; ++k) {
          const auto& info = shape_.indicators[k];
          const auto value = range.values[k][i];
          if (info.type == AUSPEX_INDICATOR_DISCRETE) {
            for (const auto of_class : info.classes) dataset_.values.push_back(value != value ? missing : float(value == of_class));
          } else {
            dataset_.values.push_back(float(value));
            if (moodle_ && info.include_mean) dataset_.values.push_back(float(means[k]));
          }
        }
      }
    }
  }
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

std::string values_csv_header() { return "analysable,sample,range,start,end,indicator,value\n"; }

void append_values_csv(const Shape& shape, const UnitResult& unit, std::string& text) {
  const auto time = [](Time t) { return t == no_time ? std::string() : fmt::format("{}", t); };
  std::vector<std::string> indicators;
  for (const auto& column : shape.indicator_columns) indicators.push_back("," + csv_field(column) + ",");
  std::set<std::int32_t> written;
  std::string head;
  for (const auto& result : unit.purposes) {
    for (const auto& range : result.ranges) {
      if (!written.insert(range.index).second) continue;
      const auto prefix = csv_field(unit.analysable.id) + ",";
      const auto middle =
          fmt::format(",{},{},{}", csv_field(range.range.name), time(range.range.start), time(range.range.end));
      for (std::size_t i = 0; i < range.samples.size(); ++i) {
        const auto sample = range.samples[i];
        // Training leaves out samples without a label: they are not in the dataset either.
        if (!result.labels.empty() && result.labels[sample] != result.labels[sample]) continue;
        head.assign(prefix).append(csv_field(unit.samples[sample].id)).append(middle);
        for (std::size_t k = 0; k < range.values.size(); ++k) {
          text.append(head).append(indicators[k]);
          append_number(text, range.values[k][i]);
          text += '\n';
        }
      }
    }
  }
}

}  // namespace auspex::analysis
