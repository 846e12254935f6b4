#include "learning/split.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

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

/// start < t <= end.
struct Period {
  Time start, end;
};

constexpr Time ever = std::numeric_limits<Time>::max(), never = std::numeric_limits<Time>::min();

Time known(Time time, Time otherwise) { return time == no_time ? otherwise : time; }

/// From what the row's prediction knows to when its label is known.
Period label_period(const analysis::Dataset& dataset, std::size_t row) {
  const auto& info = dataset.analysables[dataset.rows[row].analysable];
  return {known(dataset.rows[row].end, known(info.start, never)), known(info.end, ever)};
}

Period range_period(const analysis::Dataset& dataset, std::size_t row) {
  const auto& info = dataset.analysables[dataset.rows[row].analysable];
  return {known(dataset.rows[row].start, known(info.start, never)), known(dataset.rows[row].end, known(info.end, ever))};
}

/// Periods of which it is asked, once they are joined, whether any overlaps another.
class Periods {
 public:
  void add(Period period) {
    if (period.start < period.end) list_.push_back(period);
  }

  void join() {
    std::sort(list_.begin(), list_.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
    std::vector<Period> joined;
    for (const auto& period : list_) {
      if (joined.empty() || period.start > joined.back().end) joined.push_back(period);
      else joined.back().end = std::max(joined.back().end, period.end);
    }
    list_ = std::move(joined);
  }

  [[nodiscard]] bool overlaps(const Period& other) const {
    const auto after = std::upper_bound(list_.begin(), list_.end(), other.start,
                                        [](Time time, const Period& period) { return time < period.end; });
    return after != list_.end() && after->start < other.end;
  }

 private:
  std::vector<Period> list_;
};

/// Folds such that the rows of one key stay together; rows of negative keys stand alone. Keys with a rare class are spread
/// evenly.
template <class Key>
std::vector<Fold> folds_of(const analysis::Dataset& dataset, const Rows& rows, std::size_t folds, std::uint64_t seed,
                           const char* what, Key&& key) {
  struct Group {
    Rows rows;
    double label = 0;  // the highest class
  };
  std::map<std::int64_t, Group> by_key;
  std::vector<Group> groups;
  for (const auto row : rows) {
    const std::int64_t of = key(row);
    auto& group = of < 0 ? groups.emplace_back() : by_key[of];
    group.rows.push_back(row);
    if (!dataset.classes.empty()) group.label = std::max(group.label, label_of(dataset, row));
  }
  for (auto& [of, group] : by_key) groups.push_back(std::move(group));
  if (groups.size() < 2) {
    throw Error(Fault::found, fmt::format("folds need labelled samples of at least two {}", what),
                "widen --as-of or the model's analysables; `auspex model plan` shows what is left out and why");
  }

  Random random(seed);
  for (std::size_t i = groups.size(); i > 1; --i) std::swap(groups[i - 1], groups[random.below(i)]);
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.label < b.label; });

  std::vector<Fold> result(std::min(folds, groups.size()));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (std::size_t f = 0; f < result.size(); ++f) {
      auto& side = i % result.size() == f ? result[f].test_rows : result[f].train_rows;
      side.insert(side.end(), groups[i].rows.begin(), groups[i].rows.end());
    }
  }
  for (auto& fold : result) {
    std::sort(fold.train_rows.begin(), fold.train_rows.end());
    std::sort(fold.test_rows.begin(), fold.test_rows.end());
  }
  return result;
}

constexpr const char* warning_of_rows = "rows are split by chance, one person's may be on both sides, and the result looks better "
                                        "than the model is";

std::vector<Fold> random_rows(const analysis::Dataset& dataset, const Rows& rows, const SplitOptions& options) {
  return folds_of(dataset, rows, options.folds, options.seed, "rows", [](auto) { return -1; });
}

/// Each analysable in turn, in order of their start.
std::vector<Fold> one_course_out(const analysis::Dataset& dataset, const Rows& rows) {
  const auto order = labelled_analysables(dataset, rows);
  if (order.size() < 2) {
    throw Error(Fault::found, "leaving one course out needs labelled samples of at least two courses",
                "widen --as-of, or choose another split in [evaluation]");
  }
  std::vector<Fold> folds(order.size());
  for (std::size_t f = 0; f < order.size(); ++f) {
    for (const auto row : rows) {
      (dataset.rows[row].analysable == order[f] ? folds[f].test_rows : folds[f].train_rows).push_back(row);
    }
  }
  return folds;
}

/// Nothing is known of persons, courses and times.
Split anonymous_split(const analysis::Dataset& dataset, const Rows& labelled, const SplitOptions& options) {
  using Kind = spec::Evaluation::Split;
  if (options.kind != Kind::automatic && options.kind != Kind::random_rows) {
    throw Error(Fault::configuration,
                fmt::format("the data does not tell of which course or person a row is, nor when: there can be no split '{}'",
                            spec::name_of(options.kind)),
                "evaluate on the campus, or leave out 'split' in [evaluation]");
  }
  return {"random_rows",
          fmt::format("warning: the data does not tell of which course or person a row is: {}", warning_of_rows),
          random_rows(dataset, labelled, options), {}, {}, {}};
}

Split named_split(const analysis::Dataset& dataset, const Rows& labelled, const SplitOptions& options) {
  using Kind = spec::Evaluation::Split;
  Split split;
  split.kind = spec::name_of(options.kind);
  switch (options.kind) {
    case Kind::automatic:
    case Kind::out_of_time:
      if (auto by_time = out_of_time_split(dataset, options)) return std::move(*by_time);
      if (options.kind == Kind::out_of_time) {
        throw Error(Fault::found,
                    "there is no split by time: no analysables that ended before later ones began hold samples of every kind of "
                    "label on both sides",
                    "widen --as-of, or choose another split in [evaluation]");
      }
      split.kind = spec::name_of(Kind::grouped_folds);
      split.note = "no analysables that ended before later ones began hold samples of both classes on both "
                   "sides: persons are split instead, which says less about years to come";
      split.folds = grouped_folds(dataset, labelled, options.folds, options.seed);
      break;
    case Kind::grouped_folds:
      split.folds = options.group == spec::Evaluation::Group::user
                        ? grouped_folds(dataset, labelled, options.folds, options.seed)
                        : folds_of(dataset, labelled, options.folds, options.seed, "courses",
                                   [&](auto row) { return std::int64_t(dataset.rows[row].analysable); });
      break;
    case Kind::leave_one_course_out: split.folds = one_course_out(dataset, labelled); break;
    case Kind::random_rows:
      split.folds = random_rows(dataset, labelled, options);
      split.note = fmt::format("warning: as the model asks, {}", warning_of_rows);
      break;
  }
  return split;
}

spec::Evaluation::Purge purge_of(const Split& split, const SplitOptions& options) {
  using Rule = spec::Evaluation::Purge;
  if (options.purge != Rule::automatic) return options.purge;
  if (split.kind == "random_rows") return Rule::none;
  const bool by_course = split.kind == "out_of_time" || split.kind == "leave_one_course_out" ||
                         (options.kind == spec::Evaluation::Split::grouped_folds &&
                          options.group == spec::Evaluation::Group::course);
  return by_course ? Rule::all : Rule::user;
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
  return folds_of(dataset, rows, folds, seed, "persons", [&](auto row) { return dataset.rows[row].group; });
}

std::size_t purge(const analysis::Dataset& dataset, Fold& fold, spec::Evaluation::Purge rule) {
  using Rule = spec::Evaluation::Purge;
  if (rule != Rule::all && rule != Rule::user) return 0;
  std::map<std::int64_t, Periods> periods;  // of labels, by person; of all together by -1
  const auto key = [&](std::size_t row) { return rule == Rule::user ? dataset.rows[row].group : -1; };
  for (const auto row : fold.test_rows) {
    if (rule == Rule::all || key(row) >= 0) periods[key(row)].add(label_period(dataset, row));
  }
  for (auto& [group, own] : periods) own.join();
  return std::erase_if(fold.train_rows, [&](auto row) {
    const auto found = periods.find(key(row));
    return found != periods.end() && found->second.overlaps(range_period(dataset, row));
  });
}

Split evaluation_split(const analysis::Dataset& dataset, const SplitOptions& options) {
  const auto labelled = labelled_rows(dataset);
  if (labelled.empty()) {
    throw Error(Fault::found, "no sample has a label: there is nothing to learn from or to judge by",
                "`auspex model plan` shows what is left out and why; perhaps nothing has ended by --as-of");
  }
  auto split = dataset.anonymous ? anonymous_split(dataset, labelled, options) : named_split(dataset, labelled, options);
  split.purge = purge_of(split, options);
  const auto order = labelled_analysables(dataset, labelled);
  bool is_learnable = false;
  for (std::size_t f = 0; f < split.folds.size(); ++f) {
    auto& fold = split.folds[f];
    split.purged += purge(dataset, fold, split.purge);
    if (is_usable(dataset, fold.train_rows, options.population)) is_learnable = true;
    else if (split.kind == "leave_one_course_out") {
      split.left_out.push_back({dataset.analysables[order[f]].id, "no_training_rows"});
    }
  }
  if (!is_learnable && split.purged > 0) {
    throw Error(Fault::found,
                fmt::format("the split '{}' leaves nothing to learn from: all ranges overlap the time in which tested labels "
                            "come about ({} rows purged)", split.kind, split.purged),
                "set purge = \"user\" in [evaluation] to keep the rows of other users");
  }
  if (!split.train.empty()) return split;
  for (const auto index : order) split.train.push_back(dataset.analysables[index].id);
  split.test = split.train;
  return split;
}

}  // namespace auspex::learning
