#include "explore/labels.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"

namespace auspex::explore {
namespace {

constexpr std::size_t most_classes = 20;

// Letters and digits in lower case.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) != 0 || c == '%' || c == '.' || u >= 0x80) result += char(std::tolower(u));
  }
  return result;
}

// N of "Top N %", "top N", "N%".
std::optional<double> percentage(const std::string& name) {
  auto text = plain(name);
  const bool top = text.starts_with("top");
  if (top) text = text.substr(3);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  const auto rest = std::string_view(end, std::size_t(text.data() + text.size() - end));
  if (rest == "%" || rest == "percent" || rest == "pct" || (top && rest.empty())) return value;
  return std::nullopt;
}

void take_classes(Label& label, std::vector<std::string> classes, const std::vector<std::string>& order) {
  std::sort(classes.begin(), classes.end());
  label.classes = order.empty() ? order_by_names(classes) : order;
  label.ordered = !label.classes.empty();
  // What the order does not name comes below it.
  std::vector<std::string> others;
  for (const auto& each : classes) {
    if (std::find(label.classes.begin(), label.classes.end(), each) == label.classes.end()) others.push_back(each);
  }
  label.classes.insert(label.classes.begin(), others.begin(), others.end());
}

void count(Label& label) {
  label.counts.assign(label.classes.size(), 0);
  for (const auto k : label.sample) {
    if (k >= 0) ++label.counts[std::size_t(k)];
  }
}

Label of_rule(const RuleColumn& rule, const Data& data) {
  Label label{rule.name, true, {"false", "true"}};
  for (const auto row : data.sample) label.sample.push_back(rule.holds[row] == 1 ? 1 : 0);
  return label;
}

Label of_texts(const TextColumn& column, const std::vector<std::string>& order) {
  Label label{column.name};
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < std::min(most_classes, column.top.size()); ++i) classes.push_back(column.top[i].value);
  take_classes(label, classes, order);
  std::vector<std::int32_t> place;
  for (const auto& each : column.top) {
    const auto found = std::find(label.classes.begin(), label.classes.end(), each.value);
    place.push_back(found == label.classes.end() ? -2 : std::int32_t(found - label.classes.begin()));
  }
  for (const auto code : column.sample) {
    const auto k = code < 0 ? -1 : std::size_t(code) < place.size() ? place[std::size_t(code)] : -2;
    label.other += k == -2 ? 1 : 0;
    label.sample.push_back(std::max(k, -1));
  }
  return label;
}

Label of_numbers(const NumberColumn& column, const std::vector<std::string>& order) {
  Label label{column.name};
  std::set<double> values;
  for (const double x : column.sample) {
    if (!std::isnan(x) && values.size() <= most_classes) values.insert(x);
  }
  std::vector<std::string> classes;
  for (const double x : values) {
    if (classes.size() < most_classes) classes.push_back(number_text(x));
  }
  label.classes = order.empty() ? classes : order;
  label.ordered = !order.empty();
  for (const double x : column.sample) {
    const auto found =
        std::isnan(x) ? label.classes.end() : std::find(label.classes.begin(), label.classes.end(), number_text(x));
    label.other += found == label.classes.end() && !std::isnan(x) ? 1 : 0;
    label.sample.push_back(found == label.classes.end() ? -1 : std::int32_t(found - label.classes.begin()));
  }
  return label;
}

}  // namespace

std::int64_t Label::labelled() const { return std::accumulate(counts.begin(), counts.end(), std::int64_t{0}); }

double Label::majority() const {
  const auto all = labelled();
  return all == 0 ? 0 : double(*std::max_element(counts.begin(), counts.end())) / double(all);
}

std::vector<std::string> order_by_names(const std::vector<std::string>& classes) {
  static const std::vector<std::vector<std::string>> scales{{"verylow", "low", "medium", "high", "veryhigh"},
                                                            {"low", "average", "high"},
                                                            {"low", "middle", "high"},
                                                            {"poor", "fair", "good", "verygood", "excellent"}};
  std::vector<std::pair<double, std::string>> ranked;
  std::size_t without = 0;
  for (const auto& name : classes) {
    const auto value = percentage(name);
    without += value ? 0 : 1;
    ranked.emplace_back(value ? -*value : -1e9, name);
  }
  if (classes.size() >= 2 && without <= 1 && classes.size() - without >= 2) {
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> order;
    for (const auto& each : ranked) order.push_back(each.second);
    return order;
  }
  for (const auto& scale : scales) {
    std::vector<std::string> order;
    for (const auto& word : scale) {
      for (const auto& name : classes) {
        if (plain(name) == word) order.push_back(name);
      }
    }
    if (classes.size() >= 2 && order.size() == classes.size()) return order;
  }
  return {};
}

std::vector<Label> find_labels(const Data& data, const spec::Exploration& settings) {
  std::vector<Label> labels;
  const auto take = [&](const std::string& name, const std::vector<std::string>& order) {
    const auto* rule = data.rule(name);
    const auto* text = data.text(name);
    labels.push_back(rule != nullptr   ? of_rule(*rule, data)
                     : text != nullptr ? of_texts(*text, order)
                                       : of_numbers(*data.number(name), order));
    count(labels.back());
  };
  if (settings.labels) {
    for (const auto& each : *settings.labels) {
      take(each.of.name, each.order);
      labels.back().driver = each.driver.name;
      for (const auto& feature : each.features) labels.back().features.push_back(feature.name);
    }
  } else {
    for (const auto& column : data.texts) {
      std::vector<std::string> classes;
      for (const auto& each : column.top) classes.push_back(each.value);
      if (column.name != data.id && classes.size() <= most_classes && !order_by_names(classes).empty())
        take(column.name, {});
    }
  }
  for (auto& label : labels) {
    if (!label.features.empty()) continue;
    const auto is_label = [&](const std::string& name) {
      return name == data.id ||
             std::any_of(labels.begin(), labels.end(), [&](const Label& each) { return each.name == name; });
    };
    for (const auto& column : data.numbers) {
      if (!is_label(column.name) && column.summary.distinct > 1) label.features.push_back(column.name);
    }
    for (const auto& column : data.texts) {
      // A text that nearly every row has to itself is a name.
      if (!is_label(column.name) && column.distinct > 1 && 2 * column.distinct <= column.present)
        label.features.push_back(column.name);
    }
  }
  return labels;
}

Direction direction_of(const Label& label, const Data& data) {
  Direction strongest{"", 0};
  if (!label.ordered) return strongest;
  std::vector<double> places;
  for (const auto k : label.sample) places.push_back(k < 0 ? NAN : double(k));
  for (const auto& column : data.numbers) {
    if (column.name == data.id || column.name == label.name || (!label.driver.empty() && column.name != label.driver))
      continue;
    auto both_places = places;
    auto values = column.sample;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i]) || std::isnan(places[i])) values[i] = both_places[i] = NAN;
    }
    const double found = correlation(ranks(both_places), ranks(values));
    if (std::abs(found) > std::abs(strongest.correlation)) strongest = {column.name, found};
  }
  return strongest;
}

double told_by(const Label& label, const std::vector<double>& values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i]) && label.sample[i] >= 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  const auto classes = label.classes.size();
  struct Run {
    double value;
    std::vector<std::int64_t> counts;
  };
  std::vector<Run> runs;
  for (const auto row : order) {
    if (runs.empty() || runs.back().value != values[row])
      runs.push_back({values[row], std::vector<std::int64_t>(classes, 0)});
    ++runs.back().counts[std::size_t(label.sample[row])];
  }
  const auto most = [](const std::vector<std::int64_t>& counts) {
    return std::size_t(std::max_element(counts.begin(), counts.end()) - counts.begin());
  };
  std::int64_t right = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t k = 0; k < classes; ++k) {
      if (runs[i].counts[k] == 0) continue;
      auto others = runs[i].counts;
      --others[k];
      const bool alone = std::all_of(others.begin(), others.end(), [](auto n) { return n == 0; });
      const bool before =
          i > 0 && (i + 1 == runs.size() || runs[i].value - runs[i - 1].value <= runs[i + 1].value - runs[i].value);
      if (alone && runs.size() > 1) others = runs[before ? i - 1 : i + 1].counts;
      if (most(others) == k) right += runs[i].counts[k];
    }
  }
  return order.empty() ? 0 : double(right) / double(order.size());
}

bool determines(double accuracy, const Label& label) {
  return accuracy >= 0.95 && 1 - accuracy <= 0.1 * (1 - label.majority());
}

}  // namespace auspex::explore
