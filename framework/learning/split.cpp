#include "learning/split.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/random.hpp"

namespace auspex::learning {
namespace {

Rows labelled_rows(const analysis::Dataset& dataset) {
  Rows rows;
  for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
    if (has_label(dataset.rows[i])) rows.push_back(i);
  }
  return rows;
}

/// Analysables with labelled rows, by start, then id.
std::vector<std::uint32_t> labelled_analysables(const analysis::Dataset& dataset, const Rows& labelled) {
  std::set<std::uint32_t> seen;
  for (const auto row : labelled) seen.insert(dataset.rows[row].analysable);
  std::vector<std::uint32_t> order(seen.begin(), seen.end());
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    const auto &x = dataset.analysables[a], &y = dataset.analysables[b];
    return x.start != y.start ? x.start < y.start : x.id < y.id;
  });
  return order;
}

/// Whether the rows can be learned from: some, and of two classes where there are classes.
bool is_usable(const analysis::Dataset& dataset, const Rows& rows, spec::Population population) {
  std::set<double> labels;
  for (const auto row : rows) {
    if (belongs(dataset.rows[row], population)) labels.insert(dataset.rows[row].label);
  }
  return labels.size() >= (dataset.classes.empty() ? 1 : 2);
}

/// The least start of the test, or no_time where the starts cannot be told apart.
Time first_start_of_test(const analysis::Dataset& dataset, const Rows& labelled, double share) {
  std::map<Time, std::size_t, std::greater<>> rows_by_start;
  for (const auto row : labelled) {
    const auto start = dataset.analysables[dataset.rows[row].analysable].start;
    if (start != no_time) ++rows_by_start[start];
  }
  std::size_t taken = 0;
  for (const auto& [start, rows] : rows_by_start) {
    taken += rows;
    if (double(taken) >= share * double(labelled.size())) return start;
  }
  return no_time;
}

}  // namespace

std::optional<Split> out_of_time_split(const analysis::Dataset& dataset, const SplitOptions& options) {
  const auto labelled = labelled_rows(dataset);
  const auto cut = first_start_of_test(dataset, labelled, options.test_share);
  if (cut == no_time) return std::nullopt;

  enum class Side { none, train, test };
  std::vector<Side> sides(dataset.analysables.size(), Side::none);
  Split split{"out_of_time", {}, {Fold{}}, {}, {}, {}};
  for (const auto index : labelled_analysables(dataset, labelled)) {
    const auto& info = dataset.analysables[index];
    if (info.start == no_time) {
      split.left_out.push_back({info.id, "no_start"});
    } else if (info.start >= cut) {
      sides[index] = Side::test;
      split.test.push_back(info.id);
    } else if (info.end == no_time) {
      split.left_out.push_back({info.id, "no_end"});
    } else if (info.end > cut) {
      split.left_out.push_back({info.id, "overlaps_test"});
    } else {
      sides[index] = Side::train;
      split.train.push_back(info.id);
    }
  }
  auto& fold = split.folds.front();
  for (const auto row : labelled) {
    const auto side = sides[dataset.rows[row].analysable];
    if (side == Side::train) fold.train_rows.push_back(row);
    if (side == Side::test) fold.test_rows.push_back(row);
  }
  if (!is_usable(dataset, fold.train_rows, options.population)) return std::nullopt;
  if (!is_usable(dataset, fold.test_rows, spec::Population::all)) return std::nullopt;
  return split;
}

std::vector<Fold> grouped_folds(const analysis::Dataset& dataset, const Rows& rows, std::size_t folds, std::uint64_t seed) {
  struct Person {
    Rows rows;
    double label = 0;  // the highest class
  };
  std::map<std::int64_t, Person> by_group;
  std::vector<Person> persons;
  for (const auto row : rows) {
    const auto group = dataset.rows[row].group;
    auto& person = group < 0 ? persons.emplace_back() : by_group[group];
    person.rows.push_back(row);
    if (!dataset.classes.empty()) person.label = std::max(person.label, label_of(dataset, row));
  }
  for (auto& [group, person] : by_group) persons.push_back(std::move(person));
  if (persons.size() < 2) {
    throw Error(Fault::found, "evaluation needs labelled samples of at least two persons",
                "widen --as-of or the model's analysables; `auspex model plan` shows what is left out and why");
  }

  Random random(seed);
  for (std::size_t i = persons.size(); i > 1; --i) std::swap(persons[i - 1], persons[random.below(i)]);
  std::stable_sort(persons.begin(), persons.end(), [](const auto& a, const auto& b) { return a.label < b.label; });

  std::vector<Fold> result(std::min(folds, persons.size()));
  for (std::size_t i = 0; i < persons.size(); ++i) {
    for (std::size_t f = 0; f < result.size(); ++f) {
      auto& side = i % result.size() == f ? result[f].test_rows : result[f].train_rows;
      side.insert(side.end(), persons[i].rows.begin(), persons[i].rows.end());
    }
  }
  for (auto& fold : result) {
    std::sort(fold.train_rows.begin(), fold.train_rows.end());
    std::sort(fold.test_rows.begin(), fold.test_rows.end());
  }
  return result;
}

Split evaluation_split(const analysis::Dataset& dataset, const SplitOptions& options) {
  const auto labelled = labelled_rows(dataset);
  if (labelled.empty()) {
    throw Error(Fault::found, "no sample has a label: there is nothing to learn from or to judge by",
                "`auspex model plan` shows what is left out and why; perhaps nothing has ended by --as-of");
  }
  if (auto split = out_of_time_split(dataset, options)) return std::move(*split);
  Split split;
  split.kind = dataset.anonymous ? "random_rows" : "grouped_folds";
  split.note = dataset.anonymous ? "warning: the data does not tell of which course or person a row is: rows are split by chance, "
                                   "one person's may be on both sides, and the result looks better than the model is"
                                 : "no analysables that ended before later ones began hold samples of both classes on both "
                                   "sides: persons are split instead, which says less about years to come";
  split.folds = grouped_folds(dataset, labelled, options.folds, options.seed);
  for (const auto index : labelled_analysables(dataset, labelled)) split.train.push_back(dataset.analysables[index].id);
  split.test = split.train;
  return split;
}

}  // namespace auspex::learning
