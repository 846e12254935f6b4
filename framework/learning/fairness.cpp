#include "learning/fairness.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/random.hpp"
#include "learning/metrics.hpp"

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// A metric is the ratio of two sums over rows.
struct Part {
  double sum = 0, of = 0;
};

std::vector<std::string> metric_names(std::size_t width) {
  if (width == 1) return {"mean_error", "absolute_error"};
  if (width == 2) return {"recall", "false_positive_rate", "flagged", "observed", "predicted", "calibration"};
  return {"accuracy", "calibration"};
}

std::vector<Part> parts_of(const analysis::Dataset& dataset, const HeldOut& held, std::size_t row) {
  const double label = label_of(dataset, row), last = held.last(row);
  if (held.width == 1) return {{last - label, 1}, {std::abs(last - label), 1}};
  if (held.width == 2) {
    const double flagged = held.decisions[row];
    return {{flagged * label, label}, {flagged * (1 - label), 1 - label}, {flagged, 1}, {label, 1}, {last, 1}, {last - label, 1}};
  }
  const double decided = held.decisions[row], right = decided == label ? 1 : 0;
  return {{right, 1}, {held.values[row * held.width + std::size_t(decided)] - right, 1}};
}

/// The rows of one person in one group, added up.
struct Person {
  std::vector<Part> parts;
};

struct Group {
  std::string value;
  std::size_t rows = 0;
  std::map<std::int64_t, Person> persons;  // by group of the dataset; rows of nobody's have keys of their own, below 0
};

double ratio(const std::vector<const Person*>& persons, std::size_t metric) {
  double sum = 0, of = 0;
  for (const auto* person : persons) {
    sum += person->parts[metric].sum;
    of += person->parts[metric].of;
  }
  return of > 0 ? sum / of : unknown;
}

/// How many persons a rate is about.
std::size_t concerned(const Group& group, std::size_t metric) {
  return std::size_t(std::count_if(group.persons.begin(), group.persons.end(),
                                   [&](const auto& entry) { return entry.second.parts[metric].of > 0; }));
}

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// The name of each value's group: itself, or the quarter of the rows that a number belongs to.
std::map<std::int32_t, std::string> group_names(const analysis::Dataset& dataset, const Rows& rows, std::size_t column) {
  constexpr std::size_t most_values = 12;
  std::map<std::int32_t, std::string> names{{-1, "(missing)"}};
  std::vector<double> numbers;
  bool all_numbers = true;
  std::set<std::int32_t> seen;
  for (const auto row : rows) {
    const auto word = dataset.audit_values[row * dataset.audit.size() + column];
    if (word < 0) continue;
    seen.insert(word);
    const auto number = number_of(dataset.audit_words[std::size_t(word)]);
    all_numbers = all_numbers && number.has_value();
    numbers.push_back(number.value_or(0));
  }
  for (const auto word : seen) names[word] = dataset.audit_words[std::size_t(word)];
  if (!all_numbers || seen.size() <= most_values) return names;
  std::sort(numbers.begin(), numbers.end());
  const auto quartile = [&](std::size_t q) { return numbers[q * (numbers.size() - 1) / 4]; };
  for (const auto word : seen) {
    const double value = *number_of(dataset.audit_words[std::size_t(word)]);
    std::size_t q = 0;
    while (q < 3 && value > quartile(q + 1)) ++q;
    names[word] = q == 0 ? fmt::format("up to {:.6g}", quartile(1))
                         : fmt::format("above {:.6g} up to {:.6g}", quartile(q), quartile(q + 1));
  }
  return names;
}

/// The metrics of a group's bootstrap samples, one list a metric.
std::vector<std::vector<double>> resampled(const Group& group, std::size_t metrics, const FairnessOptions& options, std::uint64_t stream) {
  std::vector<const Person*> persons, drawn(group.persons.size());
  for (const auto& [id, person] : group.persons) persons.push_back(&person);
  std::vector<std::vector<double>> values(metrics);
  Random random(Random(options.seed ^ (stream << 24)).next());
  for (std::size_t r = 0; r < options.resamples; ++r) {
    for (auto& each : drawn) each = persons[random.below(persons.size())];
    for (std::size_t m = 0; m < metrics; ++m) values[m].push_back(ratio(drawn, m));
  }
  return values;
}

Json interval(std::vector<double> values, double level) {
  const auto all = values.size();
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.size() < 2 || values.size() * 2 <= all) return nullptr;
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double place = share * double(values.size() - 1);
    const auto below = std::size_t(place), above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - double(below)) * (values[above] - values[below]);
  };
  return Json::array({at((1 - level) / 2), at((1 + level) / 2)});
}

Json column_json(const analysis::Dataset& dataset, const HeldOut& held, const Rows& rows, std::size_t column,
                 const FairnessOptions& options) {
  const auto metrics = metric_names(held.width);
  const auto names = group_names(dataset, rows, column);
  std::map<std::string, Group> all;
  std::int64_t nobody = -1;
  for (const auto row : rows) {
    const auto& value = names.at(dataset.audit_values[row * dataset.audit.size() + column]);
    auto& group = all[value];
    group.value = value;
    ++group.rows;
    const auto id = dataset.rows[row].group;
    auto& person = group.persons[id >= 0 ? id : nobody--];
    const auto parts = parts_of(dataset, held, row);
    person.parts.resize(parts.size());
    for (std::size_t m = 0; m < parts.size(); ++m) {
      person.parts[m].sum += parts[m].sum;
      person.parts[m].of += parts[m].of;
    }
  }
  // Small groups are put together, and with the next larger ones until nobody can be told from the difference to the whole.
  std::vector<Group> groups;
  for (auto& [value, group] : all) groups.push_back(std::move(group));
  std::vector<std::size_t> by_size(groups.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(), [&](auto x, auto y) { return groups[x].persons.size() < groups[y].persons.size(); });
  Group others{"others", 0, {}};
  std::size_t together = 0;
  const auto is_small = [&](std::size_t at) { return groups[by_size[at]].persons.size() < options.least; };
  while (together < by_size.size() &&
         (is_small(together) || (together > 0 && (together < 2 || others.persons.size() < options.least)))) {
    auto& group = groups[by_size[together++]];
    others.rows += group.rows;
    for (auto& [id, person] : group.persons) {
      auto& into = others.persons[id].parts;
      into.resize(person.parts.size());
      for (std::size_t m = 0; m < into.size(); ++m) {
        into[m].sum += person.parts[m].sum;
        into[m].of += person.parts[m].of;
      }
    }
    group.persons.clear();
  }
  std::erase_if(groups, [](const auto& group) { return group.persons.empty(); });
  if (others.persons.size() >= options.least) groups.push_back(std::move(others));

  Json json{{"column", dataset.audit[column]},
            {"suppressed_groups", together},
            {"groups", Json::array()},
            {"gaps", Json::object()}};
  std::vector<std::vector<double>> values(groups.size());
  std::vector<std::vector<std::vector<double>>> draws;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const auto& group = groups[g];
    draws.push_back(resampled(group, metrics.size(), options, column * 4096 + g));
    Json entry{{"value", group.value}, {"persons", group.persons.size()}, {"rows", group.rows}, {"metrics", Json::object()},
               {"intervals", Json::object()}};
    std::vector<const Person*> persons;
    for (const auto& [id, person] : group.persons) persons.push_back(&person);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      values[g].push_back(concerned(group, m) >= options.least ? ratio(persons, m) : unknown);
      entry["metrics"][metrics[m]] = number_or_null(values[g][m]);
      entry["intervals"][metrics[m]] = std::isfinite(values[g][m]) ? interval(draws[g][m], options.level) : Json(nullptr);
    }
    json["groups"].push_back(std::move(entry));
  }
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    std::optional<std::size_t> low, high;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      if (!std::isfinite(values[g][m])) continue;
      if (!low || values[g][m] < values[*low][m]) low = g;
      if (!high || values[g][m] > values[*high][m]) high = g;
    }
    if (!low || low == high) continue;
    std::vector<double> differences;
    for (std::size_t r = 0; r < options.resamples; ++r) differences.push_back(draws[*high][m][r] - draws[*low][m][r]);
    json["gaps"][metrics[m]] = {{"low_group", groups[*low].value},
                                {"high_group", groups[*high].value},
                                {"difference", values[*high][m] - values[*low][m]},
                                {"interval", interval(std::move(differences), options.level)}};
  }
  return json;
}

}  // namespace

nlohmann::ordered_json fairness(const analysis::Dataset& dataset, const HeldOut& held, const FairnessOptions& options) {
  Rows rows;
  for (const auto row : of_population(dataset, held.rows, options.population)) {
    if (held.is_predicted(row)) rows.push_back(row);
  }
  auto json = Json::array();
  for (std::size_t column = 0; column < dataset.audit.size() && !rows.empty(); ++column) {
    json.push_back(column_json(dataset, held, rows, column, options));
  }
  return json;
}

}  // namespace auspex::learning
