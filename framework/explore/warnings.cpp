#include "explore/warnings.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"

namespace auspex::explore {
namespace {

constexpr double nearly_empty = 0.9;   // share of missing values
constexpr double heavy_skew = 3;       // an exponential distribution has 2
constexpr std::int64_t few_rows = 20;  // below that shares and quantiles say little
constexpr double weak = 0.3;           // correlations below that are no direction

// Accounts that are no person, by their names in Moodle and elsewhere.
constexpr std::array pseudo_users{"guest", "admin", "administrator", "root", "system", "anonymous", "nobody", "noreply"};

const char* plural(std::int64_t n, const char* one, const char* many) { return n == 1 ? one : many; }

void of_rows(std::vector<Warning>& warnings, const campus::TableFile& table, const Data& data) {
  if (table.bad_count() > 0) {
    const auto& first = table.bad_rows().front();
    warnings.push_back(
        {"rows_set_aside", first.column,
         fmt::format("{} {} could not be read and {} not among the rows explored; the first is row {}{}: {}",
                     table.bad_count(), plural(table.bad_count(), "row", "rows"), plural(table.bad_count(), "is", "are"),
                     first.row, first.line > 0 ? fmt::format(" (line {})", first.line) : "", first.reason)});
  }
  if (data.id.empty()) return;
  const auto* number = data.number(data.id);
  const auto* text = data.text(data.id);
  const auto present = number != nullptr ? number->summary.present : text->present;
  if (data.id_distinct < present) {
    warnings.push_back({"duplicate_ids", data.id,
                        fmt::format("{} rows have a '{}' that an earlier row has too: learners are counted more than once, "
                                    "and one of them can be on "
                                    "both sides of a split",
                                    present - data.id_distinct, data.id)});
  }
  if (number != nullptr && number->not_learner_count > 0) {
    warnings.push_back({"not_learners", data.id,
                        fmt::format("{} {} a '{}' below 1 ({}{}): {} no learner, but what a system does by itself",
                                    number->not_learner_count, plural(number->not_learner_count, "row has", "rows have"),
                                    data.id, fmt::join(number->not_learners, ", "),
                                    number->not_learner_count > std::int64_t(number->not_learners.size()) ? ", ..." : "",
                                    plural(number->not_learner_count, "it is", "they are"))});
  }
  for (const auto& column : data.texts) {
    const auto name = lower_case(column.name);
    if (column.name != data.id && name != "username" && name != "role") continue;
    std::vector<std::string> found;
    for (const auto& each : column.top) {
      const auto value = lower_case(each.value);
      if (std::find(pseudo_users.begin(), pseudo_users.end(), value) != pseudo_users.end()) found.push_back(each.value);
    }
    if (!found.empty()) {
      warnings.push_back({"not_learners", column.name,
                          fmt::format("rows with the '{}' {} are no learners", column.name, fmt::join(found, ", "))});
    }
  }
}

void of_accounts(std::vector<Warning>& warnings, const std::vector<std::string>& ids, const std::string& column,
                 const std::map<std::string, std::string>& not_learners) {
  std::map<std::string, std::string> found;
  for (const auto& id : ids) {
    if (const auto at = not_learners.find(id); at != not_learners.end()) found.insert(*at);
  }
  if (found.empty()) return;
  std::vector<std::string> texts;
  for (const auto& [id, what] : found) texts.push_back(fmt::format("{} ({})", id, what));
  warnings.push_back({"not_learners", column,
                      fmt::format("by the campus, rows of '{}' are no learners: {}", column, fmt::join(texts, ", "))});
}

void of_columns(std::vector<Warning>& warnings, const campus::TableFile& table, const Data& data) {
  if (data.rows < few_rows) {
    warnings.push_back({"few_rows", "",
                        fmt::format("there {} only {} {}: shares, quartiles and outliers of so few say little",
                                    plural(data.rows, "is", "are"), data.rows, plural(data.rows, "row", "rows"))});
  }
  for (const auto& column : table.columns()) {
    const auto* number = data.number(column.name);
    const auto* text = data.text(column.name);
    const auto read = data.rows + table.dropped();
    const auto present = number != nullptr ? number->summary.present : text->present;
    const auto distinct = number != nullptr ? number->summary.distinct : text->distinct;
    if (column.missing == read || present == 0) {
      warnings.push_back({"empty_column", column.name, fmt::format("'{}' has no value at all", column.name)});
    } else if (double(column.missing) > nearly_empty * double(read)) {
      warnings.push_back({"nearly_empty_column", column.name,
                          fmt::format("'{}' is missing in {} of {} rows", column.name, column.missing, read)});
    } else if (distinct == 1 && data.rows > 1) {
      warnings.push_back({"constant_column", column.name, fmt::format("'{}' has the same value in every row", column.name)});
    }
  }
  for (const auto& column : data.numbers) {
    if (column.name == data.id || data.rows < few_rows || column.summary.distinct < 3 ||
        !(std::abs(column.summary.skew) > heavy_skew))
      continue;
    warnings.push_back(
        {"heavy_tail", column.name,
         fmt::format(
             "'{}' has a heavy tail (skew {:.1f}): its mean, {:.4g}, is far from its median, {:.4g}, and {} lie outside the "
             "fences; look at it on a logarithmic axis and trust quartiles rather than means",
             column.name, column.summary.skew, column.summary.mean, column.summary.median, column.summary.outliers())});
  }
}

void of_classes(std::vector<Warning>& warnings, const Label& label, const spec::Exploration& settings) {
  const auto least = std::int64_t(2 * settings.folds);
  std::vector<std::string> small;
  for (std::size_t k = 0; k < label.classes.size(); ++k) {
    if (label.counts[k] < least) small.push_back(fmt::format("'{}' ({})", label.classes[k], label.counts[k]));
  }
  if (small.empty()) return;
  warnings.push_back({"small_class", label.name,
                      fmt::format("'{}' has classes of fewer than {} rows, too few to say how well they are told apart: {}",
                                  label.name, least, fmt::join(small, ", "))});
}

void of_direction(std::vector<Warning>& warnings, const Label& label, const Data& data) {
  const auto direction = direction_of(label, data);
  if (direction.column.empty() || !(direction.correlation < -weak)) return;
  const auto& values = data.number(direction.column)->sample;
  const auto middle_of = [&](std::int32_t k) {
    std::vector<double> own;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (label.sample[i] == k) own.push_back(values[i]);
    }
    return summary(own).median;
  };
  const auto most = std::int32_t(label.classes.size()) - 1;
  warnings.push_back(
      {"inverted_label", label.name,
       fmt::format(
           "'{}' runs against '{}' (rank correlation {:.2f}): the median of '{}' is {:.4g} in '{}' and {:.4g} in '{}'. Its "
           "classes are upside down, as where quantiles were cut from the least up and named from the top down",
           label.name, direction.column, direction.correlation, direction.column, middle_of(most),
           label.classes[std::size_t(most)], middle_of(0), label.classes[0])});
}

void of_determination(std::vector<Warning>& warnings, const Label& label, const Data& data,
                      const std::vector<Classification>& classifications) {
  const auto labelled = label.labelled();
  if (labelled < few_rows || label.majority() == 1) return;
  const Classification* best = nullptr;
  for (const auto& each : classifications) {
    if (each.label == label.name && each.why_not.empty() && (best == nullptr || each.accuracy > best->accuracy))
      best = &each;
  }
  const auto result = best == nullptr
                          ? std::string()
                          : fmt::format(" {} finds it with an accuracy of {:.3f}.", best->backend, best->accuracy);

  if (label.is_rule) {
    const auto& rule = *data.rule(label.name);
    std::vector<std::string> used;
    for (const auto& column : rule.columns) {
      if (std::find(label.features.begin(), label.features.end(), column) != label.features.end()) used.push_back(column);
    }
    if (used.empty()) return;
    warnings.push_back(
        {"determined_label", label.name,
         fmt::format(
             "'{}' is computed from '{}', which it is also classified by: a good result finds the rule again and predicts "
             "nothing.{}",
             label.name, fmt::join(used, "', '"), result),
         used, 1});
    return;
  }
  std::vector<std::string> alone;
  double strongest = 0;
  for (const auto& name : label.features) {
    std::vector<double> values;
    if (const auto* number = data.number(name)) {
      values = number->sample;
    } else {
      for (const auto code : data.text(name)->sample) values.push_back(code < 0 ? NAN : double(code));
    }
    const auto there = std::count_if(values.begin(), values.end(), [](double x) { return !std::isnan(x); });
    const double accuracy = told_by(label, values);
    if (10 * there < 9 * labelled || !determines(accuracy, label)) continue;
    alone.push_back(name);
    strongest = std::max(strongest, accuracy);
  }
  if (!alone.empty()) {
    warnings.push_back(
        {"determined_label", label.name,
         fmt::format("'{}' follows from '{}' alone: in {:.1f} % of the rows the nearest by it has the same class, while the "
                     "largest class "
                     "has {:.1f} %. It seems to be computed from it; a good result predicts nothing.{}",
                     label.name, fmt::join(alone, "' and from '"), 100 * strongest, 100 * label.majority(), result),
         alone, strongest});
    return;
  }
  if (best == nullptr || !determines(best->accuracy, label)) return;
  double share = 0;
  for (const auto& [name, part] : best->contributions) {
    if (share >= 0.9) break;
    alone.push_back(name);
    share += part;
  }
  warnings.push_back({"determined_label", label.name,
                      fmt::format("'{}' follows from the columns together: {} tells {:.1f} % of the rows held out{}. It "
                                  "seems to be computed from them; "
                                  "a good result predicts nothing",
                                  label.name, best->backend, 100 * best->accuracy,
                                  alone.empty() ? "" : fmt::format(", most by '{}'", fmt::join(alone, "', '"))),
                      alone, best->accuracy});
}

}  // namespace

std::vector<Warning> find_warnings(const campus::TableFile& table, const Data& data, const std::vector<Label>& labels,
                                   const std::vector<Classification>& classifications, const spec::Exploration& settings,
                                   const std::map<std::string, std::string>& not_learners) {
  std::vector<Warning> warnings;
  of_rows(warnings, table, data);
  if (!not_learners.empty() && !data.id.empty()) of_accounts(warnings, table.texts(data.id), data.id, not_learners);
  of_columns(warnings, table, data);
  for (const auto& label : labels) of_classes(warnings, label, settings);
  for (const auto& label : labels) of_direction(warnings, label, data);
  for (const auto& label : labels) of_determination(warnings, label, data, classifications);
  return warnings;
}

}  // namespace auspex::explore
