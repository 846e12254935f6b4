// Leaks that show when ranges, sides of a split, or training and prediction are held against each other.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/random.hpp"
#include "learning/leak_slices.hpp"
#include "learning/leaks.hpp"

namespace auspex::learning {
namespace {

constexpr double ahead_limit = 0.98, partial_limit = 0.65, lead_share = 0.9;
constexpr double log_rare = -13.8;  // a chance of 1e-6

/// A sample's row in one range and its row in the next.
using Steps = std::vector<std::pair<std::size_t, std::size_t>>;

/// By range, in order. An anonymous dataset does not name its samples: blocks of rows of successive ranges with the same labels
/// in the same order are taken for the same samples.
std::map<std::int32_t, Steps> steps_of(const analysis::Dataset& dataset, const Rows& rows) {
  std::map<std::int32_t, Steps> steps;
  if (!dataset.anonymous) {
    std::map<std::pair<std::uint32_t, std::string>, std::map<std::int32_t, std::size_t>> samples;
    for (const auto row : rows) {
      const auto& own = dataset.rows[row];
      samples[{own.analysable, own.sample}][own.range] = row;
    }
    for (const auto& [sample, by_range] : samples) {
      for (const auto& [range, row] : by_range) {
        if (const auto next = by_range.find(range + 1); next != by_range.end()) steps[range].emplace_back(row, next->second);
      }
    }
    return steps;
  }
  std::vector<Rows> blocks;
  for (const auto row : rows) {
    if (blocks.empty() || dataset.rows[blocks.back().back()].range != dataset.rows[row].range) blocks.emplace_back();
    blocks.back().push_back(row);
  }
  for (std::size_t b = 0; b + 1 < blocks.size(); ++b) {
    const auto &now = blocks[b], &next = blocks[b + 1];
    const auto range = dataset.rows[now.front()].range;
    const auto same_label = [&](auto a, auto c) { return dataset.rows[a].label == dataset.rows[c].label; };
    if (dataset.rows[next.front()].range != range + 1 || now.size() != next.size()) continue;
    if (!std::equal(now.begin(), now.end(), next.begin(), same_label)) continue;
    for (std::size_t i = 0; i < now.size(); ++i) steps[range].emplace_back(now[i], next[i]);
  }
  return steps;
}

/// Mid-ranks with mean 0 and length 1; missing is the mean; all 0 where nothing varies.
std::vector<double> ranked(const Column& column) {
  const auto order = ascending(column);
  std::vector<double> ranks(column.size(), 0);
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < order.size();) {
    const auto first = i;
    if (std::isnan(column[order[i]])) {
      ++i;
      continue;
    }
    for (; i < order.size() && column[order[i]] == column[order[first]]; ++i) {}
    const double rank = double(first + i) / 2;
    for (auto k = first; k < i; ++k) ranks[order[k]] = rank;
    sum += rank * double(i - first);
    count += double(i - first);
  }
  double length = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    ranks[i] = std::isnan(column[i]) ? 0 : ranks[i] - sum / count;
    length += ranks[i] * ranks[i];
  }
  for (auto& rank : ranks) rank = length > 1e-9 ? rank / std::sqrt(length) : 0;
  return ranks;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::string numbers(std::size_t part, std::size_t whole) { return fmt::format("{} of {}", part, whole); }

/// One row a sample in each range.
std::map<std::int32_t, Rows> by_range(const analysis::Dataset& dataset, const Rows& rows) {
  std::map<std::int32_t, Rows> result;
  for (const auto row : rows) result[dataset.rows[row].range].push_back(row);
  return result;
}

/// Rows of both sides that are the same in all columns but for a hundredth of a deviation, and rare enough for that to be no
/// chance: at least five of the values are shared by a hundredth of the rows at most.
class Copies {
 public:
  explicit Copies(const analysis::Dataset& dataset) : dataset_(dataset), width_(dataset.columns.size()) {}

  /// Rows of `test` with a copy among `train`.
  [[nodiscard]] std::size_t count(const Rows& train, const Rows& test) {
    rows_ = train;
    rows_.insert(rows_.end(), test.begin(), test.end());
    standardise();
    std::vector<double> place(rows_.size(), 0);
    Random random(1);
    for (std::size_t c = 0; c < width_; ++c) {
      const double weight = 2 * random.real() - 1;
      for (std::size_t i = 0; i < rows_.size(); ++i) place[i] += weight * at(i, c);
    }
    std::vector<std::size_t> order(rows_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return place[a] < place[b]; });
    std::set<std::size_t> copied;
    constexpr std::size_t window = 8;
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t k = i + 1; k < std::min(order.size(), i + window); ++k) {
        const auto a = order[i], b = order[k];
        if ((a < train.size()) == (b < train.size()) || same_person(a, b) || !is_copy(a, b)) continue;
        copied.insert(std::max(a, b));
      }
    }
    return copied.size();
  }

 private:
  [[nodiscard]] double at(std::size_t i, std::size_t column) const { return values_[i * width_ + column]; }

  [[nodiscard]] bool same_person(std::size_t a, std::size_t b) const {
    const auto &x = dataset_.rows[rows_[a]], &y = dataset_.rows[rows_[b]];
    return x.sample == y.sample;
  }

  void standardise() {
    constexpr double missing = -10;
    values_.assign(rows_.size() * width_, missing);
    rare_.assign(rows_.size() * width_, 0);
    for (std::size_t c = 0; c < width_; ++c) {
      const auto column = column_of(dataset_, rows_, c);
      double sum = 0, squares = 0, count = 0;
      for (const float value : column) {
        if (std::isnan(value)) continue;
        sum += value;
        ++count;
      }
      for (const float value : column) {
        if (!std::isnan(value)) squares += (value - sum / count) * (value - sum / count);
      }
      const double deviation = count > 0 ? std::sqrt(squares / count) : 0;
      const auto order = ascending(column);
      for (std::size_t i = 0; i < order.size();) {
        const auto first = i;
        const auto same = [&](auto k) {
          return column[order[k]] == column[order[first]] || (std::isnan(column[order[k]]) && std::isnan(column[order[first]]));
        };
        for (; i < order.size() && same(i); ++i) {}
        for (auto k = first; k < i; ++k) {
          const float value = column[order[k]];
          if (!std::isnan(value) && deviation > 0) values_[order[k] * width_ + c] = (value - sum / count) / deviation;
          if (deviation > 0) rare_[order[k] * width_ + c] = (i - first) * 100 <= rows_.size() || i - first <= 2 ? 1 : 0;
        }
      }
    }
  }

  [[nodiscard]] bool is_copy(std::size_t a, std::size_t b) const {
    constexpr double near = 0.01;
    constexpr int enough_rare = 5;
    int rare = 0;
    for (std::size_t c = 0; c < width_; ++c) {
      if (std::abs(at(a, c) - at(b, c)) > near) return false;
      rare += rare_[a * width_ + c];
    }
    return rare >= enough_rare;
  }

  const analysis::Dataset& dataset_;
  std::size_t width_;
  Rows rows_;
  std::vector<double> values_;
  std::vector<std::uint8_t> rare_;
};

/// How a column goes with the others of its own range and of the next.
struct Lead {
  std::string with;                  ///< the column that it is nearest to one range on
  double now = 0, next = 0;          ///< rank correlations with it
  std::vector<std::string> ranges;   ///< where that is nearly one
  std::size_t rows = 0;
  double partial = 0;                ///< the greatest correlation with another's next value, its present one held fixed
  std::string partial_with;
  std::size_t ahead = 0, compared = 0;  ///< of the columns that it goes with: those whose next value it is nearer to
};

void add_step(const analysis::Dataset& dataset, const Steps& steps, const std::string& range, std::vector<Lead>& leads) {
  Rows now, next;
  for (const auto& [a, b] : steps) {
    now.push_back(a);
    next.push_back(b);
  }
  std::vector<std::vector<double>> of_now, of_next;
  for (std::size_t c = 0; c < dataset.columns.size(); ++c) {
    of_now.push_back(ranked(column_of(dataset, now, c)));
    of_next.push_back(ranked(column_of(dataset, next, c)));
  }
  constexpr double goes_with = 0.4, does_not_change = 0.995;
  for (std::size_t b = 0; b < of_next.size(); ++b) {
    const double change = product(of_now[b], of_next[b]);
    for (std::size_t a = 0; a < of_now.size(); ++a) {
      if (a == b) continue;
      auto& lead = leads[a];
      const double ahead = product(of_now[a], of_next[b]), level = product(of_now[a], of_now[b]);
      if (std::abs(ahead) >= ahead_limit && 1 - std::abs(ahead) <= (1 - std::abs(level)) / 4) {
        if (std::abs(ahead) > lead.next) {
          lead.with = dataset.columns[b];
          lead.now = std::abs(level);
          lead.next = std::abs(ahead);
        }
        if (lead.ranges.empty() || lead.ranges.back() != range) {
          lead.ranges.push_back(range);
          lead.rows += steps.size();
        }
      }
      if (std::abs(change) > does_not_change) continue;
      if (std::abs(ahead) > goes_with) {
        ++lead.compared;
        lead.ahead += std::abs(ahead) > std::abs(level) ? 1 : 0;
      }
      const double free = std::sqrt(std::max(1e-9, (1 - level * level) * (1 - change * change)));
      const double partial = std::min(1.0, std::abs(ahead - level * change) / free);
      if (partial > lead.partial) {
        lead.partial = partial;
        lead.partial_with = dataset.columns[b];
      }
    }
  }
}

}  // namespace

std::vector<Leak> leaks_ahead(const analysis::Dataset& dataset, const Rows& rows) {
  constexpr std::size_t fewest = 20, most = 2000, most_columns = 400;
  std::vector<Lead> leads(dataset.columns.size());
  std::size_t seen = 0;
  for (auto& [range, steps] : steps_of(dataset, rows)) {
    if (steps.size() < fewest || dataset.columns.size() > most_columns) continue;
    if (steps.size() > most) {
      Random random(1);
      for (std::size_t i = 0; i < most; ++i) std::swap(steps[i], steps[i + random.below(steps.size() - i)]);
      steps.resize(most);
    }
    seen += steps.size();
    add_step(dataset, steps, dataset.range_names[std::size_t(range)], leads);
  }
  std::vector<Leak> leaks;
  constexpr std::size_t enough_rows = 100, enough_columns = 10;
  for (std::size_t c = 0; c < leads.size(); ++c) {
    const auto& lead = leads[c];
    const auto& column = dataset.columns[c];
    if (!lead.ranges.empty()) {
      leaks.push_back({"next_range", {column, lead.with}, fmt::format("range {}", fmt::join(lead.ranges, "; range ")),
                       "rank_correlation", lead.next, 0, lead.rows,
                       fmt::format("{} is what {} becomes one range later: rank correlation {:.3f} with the next range's value, {:.3f} "
                                   "with the same range's ({} rows)",
                                   column, lead.with, lead.next, lead.now, lead.rows),
                       fmt::format("{} runs ahead of its range, or {} is meant to lag behind: calculate both from what was known at the "
                                   "end of the range",
                                   column, lead.with)});
    } else if (seen >= enough_rows && lead.compared >= enough_columns && lead.partial >= partial_limit &&
               double(lead.ahead) >= lead_share * double(lead.compared)) {
      leaks.push_back({"next_range", {column}, "", "partial_correlation", lead.partial, 0, seen,
                       fmt::format("{} is nearer to the next range's values of {} of the {} columns that it goes with than to their own "
                                   "(correlation {:.3f} with the next {}, its present value held fixed; {} rows)",
                                   column, lead.ahead, lead.compared, lead.partial, lead.partial_with, seen),
                       "it runs ahead of its range: calculate it from what was known at the end of the range"});
    }
  }
  return leaks;
}

std::vector<Leak> leaks_of_ranges(const analysis::Dataset& dataset, const Rows& rows) {
  std::vector<Leak> leaks;
  for (const auto& [range, own] : by_range(dataset, rows)) {
    const auto late = std::size_t(std::count_if(own.begin(), own.end(), [&](auto row) { return dataset.rows[row].outcome_known; }));
    if (late == 0) continue;
    const auto& name = dataset.range_names[std::size_t(range)];
    leaks.push_back({"after_outcome", {}, "range " + name, "share_of_rows", double(late) / double(own.size()), 0, late,
                     fmt::format("{} rows of range {} end after their outcome was known", numbers(late, own.size()), name),
                     "leave the range out, or end it before the outcome: such rows predict what is known already"});
  }
  return leaks;
}

std::vector<Leak> leaks_of_split(const analysis::Dataset& dataset, const std::vector<Fold>& folds) {
  constexpr std::size_t fewest_copies = 3;
  std::size_t shared = 0, tested = 0, copied = 0;
  std::set<std::string> names;
  for (const auto& fold : folds) {
    std::set<std::pair<std::uint32_t, std::string>> trained;
    const auto key = [&](std::size_t row) { return std::pair(dataset.rows[row].analysable, dataset.rows[row].sample); };
    for (const auto row : fold.train_rows) trained.insert(key(row));
    for (const auto row : fold.test_rows) {
      ++tested;
      if (dataset.anonymous || !trained.contains(key(row))) continue;
      ++shared;
      names.insert(dataset.rows[row].sample);
    }
    const auto train = by_range(dataset, fold.train_rows);
    for (const auto& [range, test] : by_range(dataset, fold.test_rows)) {
      if (const auto found = train.find(range); found != train.end()) copied += Copies(dataset).count(found->second, test);
    }
  }
  std::vector<Leak> leaks;
  if (shared > 0) {
    leaks.push_back({"both_sides", {}, "", "rows", double(shared), 0, shared,
                     fmt::format("{} rows of the test belong to samples that the model learned from ('{}')", numbers(shared, tested),
                                 *names.begin()),
                     "split by sample, person or time"});
  }
  if (copied >= fewest_copies && copied * 200 >= tested) {
    leaks.push_back({"copied_rows", {}, "", "rows", double(copied), 0, copied,
                     fmt::format("{} rows of the test are copies of rows of other samples that the model learned from",
                                 numbers(copied, tested)),
                     "find out why samples are in the data twice"});
  }
  return leaks;
}

std::vector<Leak> leaks_of_prediction(const analysis::Dataset& training, const Rows& rows, const analysis::Dataset& prediction) {
  constexpr std::size_t fewest = 20;
  constexpr double far = 0.5, varied = 0.02;
  std::vector<Leak> leaks;
  if (training.columns != prediction.columns) return leaks;
  Rows all(prediction.rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto trained = by_range(training, rows);
  std::map<std::string, std::pair<double, Leak>> found;  // by column, the least chance
  double tried = 0;
  for (const auto& [range, own] : by_range(prediction, all)) {
    const auto at = trained.find(range);
    if (at == trained.end() || at->second.size() < fewest || own.size() < fewest) continue;
    const auto& name = training.range_names[std::size_t(range)];
    for (std::size_t c = 0; c < training.columns.size(); ++c) {
      const auto& column = training.columns[c];
      auto values = column_of(training, at->second, c);
      const auto later = column_of(prediction, own, c);
      const auto same = [&](float value) { return value == later.front() || (std::isnan(value) && std::isnan(later.front())); };
      const double other = double(values.size()) - double(std::count_if(values.begin(), values.end(), same));
      const double share = other / double(values.size());
      TwoClasses sides{std::vector<std::uint8_t>(values.size(), 0), later.size()};
      sides.of.resize(values.size() + later.size(), 1);
      values.insert(values.end(), later.begin(), later.end());
      const auto fit = best_threshold(values, sides, ascending(values));
      tried += 2;
      const double distance = 2 * fit.balanced_accuracy - 1;
      const bool is_fixed = is_constant(later) && share >= varied;
      // Smoothed, since the share is an estimate too.
      const double log_chance = is_fixed ? double(later.size()) * std::log1p(-(other + 1) / (double(at->second.size()) + 2)) : fit.log_chance;
      if ((!is_fixed && distance < far) || log_chance + std::log(std::max(1.0, tried)) > log_rare) continue;
      const auto constant = std::isnan(later.front()) ? std::string("missing") : fmt::format("{:.6g}", later.front());
      Leak leak{"prediction_differs", {column}, "range " + name, is_fixed ? "share_of_other_values" : "distance",
                is_fixed ? share : distance, 0, own.size(),
                is_fixed ? fmt::format("{} is {} in all {} rows to be predicted, something else in {:.1f} % of the {} rows for training",
                                       column, constant, own.size(), 100 * share, at->second.size())
                         : fmt::format("{} is distributed otherwise in the {} rows to be predicted than in the {} for training "
                                       "(Kolmogorov and Smirnov's distance {:.3f})",
                                       column, own.size(), at->second.size(), distance),
                "it knows more in training than it can know in prediction, or the data has changed: leave it out, or find out why"};
      if (const auto known = found.find(column); known != found.end() && known->second.first <= log_chance) continue;
      found.insert_or_assign(column, std::pair(log_chance, std::move(leak)));
    }
  }
  for (auto& [column, entry] : found) {
    entry.second.chance = std::exp(std::max(-700.0, entry.first + std::log(tried)));
    leaks.push_back(std::move(entry.second));
  }
  return leaks;
}

}  // namespace auspex::learning
