#include "learning/leaks.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "learning/leak_pairs.hpp"
#include "learning/leak_slices.hpp"
#include "learning/metrics.hpp"

namespace auspex::learning {
namespace {

constexpr double error_rate = 0.001;
constexpr double alone_limit = 0.90, hidden_limit = 0.85, hidden_gain = 0.10, pair_limit = 0.93, subgroup_limit = 0.93,
                 order_limit = 0.85;

constexpr const char* ask_whence =
    "find out how it is calculated and when it is known; what is not known at the end of the range has to go";

/// Something found in one slice, before it is known how much was tried.
struct Hit {
  Leak leak;
  std::string slice;
  bool whole_range = true;
  double log_chance = 0;
};

/// All hits of one kind of test, and how often it was tried.
struct Trials {
  double tried = 0;
  std::vector<Hit> hits;

  /// One leak a set of columns: the strongest, with all places where it was found. `ranges`: how many whole ranges there are.
  [[nodiscard]] std::vector<Leak> leaks(std::size_t ranges) const {
    const double all = std::log(std::max(1.0, tried));
    std::map<std::vector<std::string>, std::vector<const Hit*>> by_columns;
    for (const auto& hit : hits) {
      if (hit.log_chance + all <= std::log(error_rate)) by_columns[hit.leak.columns].push_back(&hit);
    }
    std::vector<Leak> result;
    for (auto& [columns, found] : by_columns) {
      const bool in_ranges = std::any_of(found.begin(), found.end(), [](const auto* hit) { return hit->whole_range; });
      if (in_ranges) std::erase_if(found, [](const auto* hit) { return !hit->whole_range; });
      const auto* best = *std::min_element(found.begin(), found.end(), [](const auto* a, const auto* b) {
        return a->log_chance < b->log_chance;
      });
      auto leak = best->leak;
      leak.chance = std::exp(std::max(-700.0, best->log_chance + all));
      std::vector<std::string> places;
      for (const auto* hit : found) {
        if (std::find(places.begin(), places.end(), hit->slice) == places.end()) places.push_back(hit->slice);
      }
      if (!in_ranges || places.size() < ranges) {
        constexpr std::size_t most_named = 4;
        const auto more = places.size() > most_named ? places.size() - most_named : 0;
        places.resize(places.size() - more);
        leak.where = fmt::format("{}{}", fmt::join(places, "; "), more > 0 ? fmt::format("; and {} more", more) : "");
      }
      result.push_back(std::move(leak));
    }
    // What is surest is named first: weaker findings about the same columns are its shadow.
    std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
      return a.chance != b.chance ? a.chance < b.chance : a.columns.size() < b.columns.size();
    });
    return result;
  }
};

double auc_of(const Column& column, const TwoClasses& labels) {
  double best = 0.5;
  for (const double missing : {-HUGE_VAL, HUGE_VAL}) {
    std::vector<double> values, ones(labels.of.begin(), labels.of.end());
    for (const float value : column) values.push_back(std::isnan(value) ? missing : value);
    const double auc = roc_auc(Scores(ones, values));
    best = std::max({best, auc, 1 - auc});
  }
  return best;
}

bool is_two_valued(const Column& column) {
  const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  const auto other = std::find_if(column.begin(), column.end(), [&](float value) { return !same(value, column.front()); });
  return std::all_of(column.begin(), column.end(), [&](float v) { return same(v, column.front()) || (other != column.end() && same(v, *other)); });
}

std::string about(const Question& question) { return question.name.empty() ? "the label" : question.name; }

/// The detector's way through the slices of one dataset.
class Detector {
 public:
  Detector(const analysis::Dataset& dataset, const Rows& rows, std::uint64_t seed)
      : dataset_(dataset), slices_(slices_of(dataset, rows, seed)) {
    ranges_ = std::size_t(std::count_if(slices_.begin(), slices_.end(), [](const auto& slice) { return slice.whole_range; }));
  }

  std::vector<Leak> run() {
    each([&](const Slice& slice, const Question& question, const auto& columns) { look_at_single(slice, question, columns); });
    for (auto* trials : {&threshold_, &neighbours_, &pure_, &shares_, &hidden_}) settle(*trials);
    each([&](const Slice& slice, const Question& question, const auto& columns) { look_at_several(slice, question, columns); });
    settle(pairs_);
    settle(missing_);
    settle(sums_);
    each([&](const Slice& slice, const Question& question, const auto& columns) { look_at_subgroups(slice, question, columns); });
    settle(subgroups_);
    each([&](const Slice& slice, const Question& question, const auto&) { look_at_order(slice, question); });
    settle(order_);
    settle(ids_);
    return std::move(leaks_);
  }

 private:
  struct Numbered {
    std::size_t index;
    Column values;
  };

  /// Every slice and question, with the columns that vary there and are not named yet.
  template <class Look>
  void each(const Look& look) {
    for (const auto& slice : slices_) {
      std::vector<Numbered> columns;
      for (std::size_t c = 0; c < dataset_.columns.size(); ++c) {
        if (named_.contains(dataset_.columns[c])) continue;
        auto values = column_of(dataset_, slice.rows, c);
        if (!is_constant(values)) columns.push_back({c, std::move(values)});
      }
      for (const auto& question : questions_of(dataset_, slice.rows)) look(slice, question, columns);
    }
  }

  void settle(Trials& trials) {
    for (auto& leak : trials.leaks(ranges_)) {
      const bool known = std::any_of(leak.columns.begin(), leak.columns.end(), [&](const auto& name) { return named_.contains(name); });
      if (known) continue;
      leaks_.push_back(leak);
      named_.insert(leak.columns.begin(), leak.columns.end());
    }
  }

  static void hit(Trials& trials, const Slice& slice, double log_chance, Leak leak) {
    leak.rows = slice.rows.size();
    trials.hits.push_back({std::move(leak), slice.name, slice.whole_range, log_chance});
  }

  [[nodiscard]] const std::string& name(const Numbered& column) const { return dataset_.columns[column.index]; }

  void look_at_single(const Slice& slice, const Question& question, const std::vector<Numbered>& columns) {
    const auto n = slice.rows.size();
    for (const auto& column : columns) {
      const auto order = ascending(column.values);
      const auto threshold = best_threshold(column.values, question.labels, order);
      threshold_.tried += 1;
      if (threshold.balanced_accuracy >= alone_limit) {
        const bool is_copy = threshold.balanced_accuracy == 1 && is_two_valued(column.values);
        hit(threshold_, slice, is_copy ? threshold.log_chance : std::max(threshold.log_chance, log_chance_if_honest(threshold)),
            {"threshold", {name(column)}, "", "balanced_accuracy", threshold.balanced_accuracy, 0, 0,
             fmt::format("one threshold of {} tells {} of {} rows with a balanced accuracy of {:.3f} (ROC-AUC {:.3f})", name(column),
                         about(question), n, threshold.balanced_accuracy, auc_of(column.values, question.labels)),
             ask_whence});
      }
      const auto neighbours = nearest_neighbours(column.values, question.labels, order);
      neighbours_.tried += 1;
      if (neighbours.balanced_accuracy >= alone_limit) {
        hit(neighbours_, slice, std::max(neighbours.log_chance, log_chance_if_honest(neighbours, 2)),
            {"neighbours", {name(column)}, "", "balanced_accuracy", neighbours.balanced_accuracy, 0, 0,
             fmt::format("rows with the nearest values of {} tell {} of a row with a balanced accuracy of {:.3f} ({} rows)",
                         name(column), about(question), neighbours.balanced_accuracy, n),
             ask_whence});
      }
      pure_.tried += 2 * double(std::min<std::size_t>(n, 20));
      if (const auto pure = pure_values(column.values, question.labels, order)) {
        hit(pure_, slice, pure->log_chance,
            {"pure", {name(column)}, "", "share_of_class", pure->share, 0, 0,
             fmt::format("where {} is {}, {} is {} in all of {} rows ({:.0f} % of those), elsewhere in {:.0f} %; apart from that it tells "
                         "nothing", name(column),
                         pure->values, about(question), pure->one ? "true" : "false", pure->rows, 100 * pure->share,
                         100 * pure->base),
             ask_whence});
      }
      const auto shares = group_shares(column.values, question.labels, order);
      if (shares.groups > 0) shares_.tried += 1;
      if (shares.groups > 0 && shares.log_chance < std::log(1e-6)) {
        hit(shares_, slice, shares.log_chance,
            {"group_shares", {name(column)}, "", "chi_squared", shares.chi_squared, 0, 0,
             fmt::format("the {} groups of equal {} have shares of {} that follow it too exactly (chi-squared {:.3g} with {} degrees of "
                         "freedom): it is a mean of labels",
                         shares.groups, name(column), question.name.empty() ? "positives" : question.name, shares.chi_squared,
                         shares.groups - 2),
             "calculate such a mean from people whose outcome was known before, never from the row's own"});
      }
      look_at_hidden(slice, question, column.values, name(column), {name(column)},
                     std::max(threshold.balanced_accuracy, neighbours.balanced_accuracy), hidden_, "hidden", hidden_limit);
    }
  }

  static void look_at_hidden(const Slice& slice, const Question& question, const Column& values, const std::string& subject,
                             const std::vector<std::string>& columns, double plainly, Trials& trials, const char* test, double limit) {
    constexpr std::size_t enough_rows = 1000;
    const auto n = std::min(values.size(), enough_rows);
    TwoClasses labels{{question.labels.of.begin(), question.labels.of.begin() + std::ptrdiff_t(n)}, 0};
    labels.ones = std::size_t(std::count(labels.of.begin(), labels.of.end(), 1));
    for (const auto& [part, hidden] : hidden_parts(std::span(values).first(n))) {
      const auto order = ascending(hidden);
      const auto by_value = nearest_neighbours(hidden, labels, order), by_size = best_threshold(hidden, labels, order);
      const auto& fit = by_size.balanced_accuracy > by_value.balanced_accuracy ? by_size : by_value;
      trials.tried += 2;
      if (fit.balanced_accuracy < limit || fit.balanced_accuracy < plainly + hidden_gain) continue;
      hit(trials, slice, fit.log_chance,
          {test, columns, "", "balanced_accuracy", fit.balanced_accuracy, 0, 0,
           fmt::format("{} of {} ({}) tells {} with a balanced accuracy of {:.3f} ({} rows)", part, subject,
                       "counted from its least value", about(question), fit.balanced_accuracy, n),
           "numbers that are ids or codes are no features; the label has been written into it"});
    }
  }

  void look_at_several(const Slice& slice, const Question& question, const std::vector<Numbered>& columns) {
    if (!slice.whole_range) return;
    std::vector<Column> values;
    std::vector<double> alone;
    std::vector<std::string> names;
    for (const auto& column : columns) {
      values.push_back(column.values);
      names.push_back(name(column));
      alone.push_back(best_threshold(column.values, question.labels, ascending(column.values)).balanced_accuracy);
    }
    Column missing(slice.rows.size(), 0);  // how many values a row lacks
    for (const auto& column : columns) {
      for (std::size_t i = 0; i < missing.size(); ++i) missing[i] += std::isnan(column.values[i]) ? 1.0f : 0.0f;
    }
    if (!missing.empty() && !is_constant(missing)) look_at_missing(slice, question, missing, columns);
    pairs_.tried += 8 * double(values.size() * values.size());
    for (const auto& pair : telling_pairs(values, question.labels, alone, pair_limit)) {
      hit(pairs_, slice, pair.fit.log_chance,
          {"pair", {names[pair.first], names[pair.second]}, "", "balanced_accuracy", pair.fit.balanced_accuracy, 0, 0,
           fmt::format("{} and {} together ({}) tell {} of {} rows with a balanced accuracy of {:.3f}; alone {:.3f} and {:.3f}",
                       names[pair.first], names[pair.second], pair.rule, about(question), slice.rows.size(), pair.fit.balanced_accuracy,
                       alone[pair.first], alone[pair.second]),
           ask_whence});
    }
    sums_.tried += 1;
    const auto sum = telling_sum(values, question.labels);
    if (sum.columns.empty()) return;
    std::vector<std::string> parts;
    for (const auto c : sum.columns) parts.push_back(names[c]);
    hit(sums_, slice, sum.fit.log_chance,
        {"sum", parts, "", "r_squared", sum.r_squared, 0, 0,
         fmt::format("a weighted sum of {} explains {} of {} rows (adjusted R2 {:.3f}, balanced accuracy {:.3f})", fmt::join(parts, ", "),
                     about(question), slice.rows.size(), sum.r_squared, sum.fit.balanced_accuracy),
         ask_whence});
  }

  void look_at_missing(const Slice& slice, const Question& question, const Column& missing, const std::vector<Numbered>& columns) {
    const auto order = ascending(missing);
    const auto by_value = nearest_neighbours(missing, question.labels, order);
    const auto by_size = best_threshold(missing, question.labels, order);
    const auto& fit = by_size.balanced_accuracy > by_value.balanced_accuracy ? by_size : by_value;
    missing_.tried += 2;
    if (fit.balanced_accuracy < alone_limit) return;
    std::vector<std::string> names;
    for (const auto& column : columns) {
      if (std::any_of(column.values.begin(), column.values.end(), [](float v) { return std::isnan(v); })) names.push_back(name(column));
    }
    hit(missing_, slice, fit.log_chance,
        {"missing", names, "", "balanced_accuracy", fit.balanced_accuracy, 0, 0,
         fmt::format("how many values a row lacks tells {} of {} rows with a balanced accuracy of {:.3f}; values are missing in {}",
                     about(question), slice.rows.size(), fit.balanced_accuracy, fmt::join(names, ", ")),
         "find out why they are missing; what is filled in after the outcome has to go"});
  }

  void look_at_subgroups(const Slice& slice, const Question& question, const std::vector<Numbered>& columns) {
    constexpr std::size_t fewest_rows = 30, fewest_of_a_class = 8, most_columns = 300, classes = 4;
    if (!slice.whole_range || columns.size() > most_columns) return;
    std::vector<std::vector<std::uint32_t>> orders;
    for (const auto& column : columns) orders.push_back(ascending(column.values));
    for (std::size_t g = 0; g < columns.size(); ++g) {
      std::vector<std::uint32_t> of;  // the class of each row
      const auto names = parts(columns[g].values, orders[g], classes, of);
      for (std::size_t part = 0; part < names.size(); ++part) {
        std::size_t rows = 0, ones = 0;
        for (std::size_t i = 0; i < of.size(); ++i) {
          if (of[i] != part) continue;
          ++rows;
          ones += question.labels.of[i];
        }
        if (rows < fewest_rows || ones < fewest_of_a_class || rows - ones < fewest_of_a_class) continue;
        for (std::size_t c = 0; c < columns.size(); ++c) {
          if (c == g) continue;
          std::vector<std::uint32_t> own;
          std::copy_if(orders[c].begin(), orders[c].end(), std::back_inserter(own), [&](auto row) { return of[row] == part; });
          const auto fit = best_threshold(columns[c].values, question.labels, own);
          subgroups_.tried += 1;
          if (fit.balanced_accuracy < subgroup_limit) continue;
          hit(subgroups_, slice, std::max(fit.log_chance, log_chance_if_honest(fit)),
              {"subgroup", {name(columns[c])}, "", "balanced_accuracy", fit.balanced_accuracy, 0, 0,
               fmt::format("among the {} rows where {} is {}, one threshold of {} tells {} with a balanced accuracy of {:.3f}", rows,
                           name(columns[g]), names[part], name(columns[c]), about(question), fit.balanced_accuracy),
               ask_whence});
        }
      }
    }
  }

  /// The values of a column of few, else its parts of equal mass; missing is one of its own.
  static std::vector<std::string> parts(const Column& values, const std::vector<std::uint32_t>& order, std::size_t most,
                                        std::vector<std::uint32_t>& of) {
    constexpr std::size_t few = 8;
    std::size_t missing = 0, distinct = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (std::isnan(values[order[i]])) ++missing;
      else if (i == missing || values[order[i]] != values[order[i - 1]]) ++distinct;
    }
    of.assign(values.size(), 0);
    std::vector<std::string> names;
    if (missing > 0) names.emplace_back("missing");
    std::size_t last = 0;
    for (std::size_t i = missing; i < order.size(); ++i) {
      const float value = values[order[i]];
      if (i == missing || value != values[order[i - 1]]) {
        const auto quantile = (i - missing) * most / (order.size() - missing);
        if (distinct <= few) names.push_back(fmt::format("{:.6g}", value));
        else if (i == missing || quantile != last) names.push_back(fmt::format("{:.6g} or a little more", value));
        last = quantile;
      }
      of[order[i]] = std::uint32_t(names.size() - 1);
    }
    return names;
  }

  void look_at_order(const Slice& slice, const Question& question) {
    if (!slice.whole_range) return;
    const auto try_all = [&](const Column& values, const std::string& subject, const char* test, Trials& trials) {
      if (is_constant(values)) return;
      const auto order = ascending(values);
      const auto by_value = nearest_neighbours(values, question.labels, order);
      const auto by_size = best_threshold(values, question.labels, order);
      const auto& fit = by_size.balanced_accuracy > by_value.balanced_accuracy ? by_size : by_value;
      trials.tried += 2;
      if (fit.balanced_accuracy >= order_limit) {
        hit(trials, slice, fit.log_chance,
            {test, {}, "", "balanced_accuracy", fit.balanced_accuracy, 0, 0,
             fmt::format("{} tells {} of {} rows with a balanced accuracy of {:.3f}", subject, about(question), slice.rows.size(),
                         fit.balanced_accuracy),
             "the data was sorted or numbered by its outcome: whatever depends on order or id gives the label away"});
      }
      look_at_hidden(slice, question, values, subject, {}, fit.balanced_accuracy, trials, test, order_limit);
    };
    Column place;
    for (std::size_t i = 0; i < slice.rows.size(); ++i) place.push_back(float(i));
    try_all(place, "the place of a row in the data", "row_order", order_);
    if (dataset_.anonymous) return;
    Column number, letter, length;
    for (const auto row : slice.rows) {
      const auto& id = dataset_.rows[row].sample;
      const auto end = id.find_last_of("0123456789");
      double value = std::nan("");
      if (end != std::string::npos) {
        auto begin = end;
        while (begin > 0 && end - begin < 5 && std::isdigit(static_cast<unsigned char>(id[begin - 1])) != 0) --begin;
        value = std::stod(id.substr(begin, end - begin + 1));
      }
      number.push_back(float(value));
      letter.push_back(id.empty() ? 0.0f : float(static_cast<unsigned char>(id.back())));
      length.push_back(float(id.size()));
    }
    try_all(number, "the number in a sample's id", "sample_id", ids_);
    try_all(letter, "the last character of a sample's id", "sample_id", ids_);
    try_all(length, "the length of a sample's id", "sample_id", ids_);
  }

  const analysis::Dataset& dataset_;
  std::vector<Slice> slices_;
  std::size_t ranges_ = 0;
  Trials threshold_, neighbours_, pure_, shares_, hidden_, pairs_, missing_, sums_, subgroups_, order_, ids_;
  std::set<std::string> named_;
  std::vector<Leak> leaks_;
};

}  // namespace

std::vector<Leak> leaks_of_columns(const analysis::Dataset& dataset, const Rows& rows, std::uint64_t seed) {
  return Detector(dataset, rows, seed).run();
}

std::vector<Leak> find_leaks(const analysis::Dataset& dataset, const Rows& rows, const LeakOptions& options) {
  auto leaks = leaks_of_columns(dataset, rows, options.seed);
  const auto add = [&](std::vector<Leak> more) { std::move(more.begin(), more.end(), std::back_inserter(leaks)); };
  add(leaks_ahead(dataset, rows));
  add(leaks_of_ranges(dataset, rows));
  if (options.folds != nullptr) add(leaks_of_split(dataset, *options.folds));
  if (options.prediction != nullptr) add(leaks_of_prediction(dataset, rows, *options.prediction));
  return leaks;
}

nlohmann::ordered_json to_json(const std::vector<Leak>& leaks) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& leak : leaks) {
    json.push_back({{"test", leak.test},
                    {"columns", leak.columns},
                    {"where", leak.where},
                    {"statistic", leak.statistic},
                    {"value", number_or_null(leak.value)},
                    {"chance", leak.chance},
                    {"rows", leak.rows},
                    {"evidence", leak.evidence},
                    {"advice", leak.advice}});
  }
  return json;
}

}  // namespace auspex::learning
