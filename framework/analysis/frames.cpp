#include "analysis/frames.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>

namespace auspex::analysis {
namespace {

// Whether a row passes one condition. A missing value passes none.
class Test {
 public:
  Test(const TableRows& table, const plugin::Condition& condition) : column_(table.find(condition.column)) {
    if (column_->type() == AUSPEX_TYPE_BOOL) {
      wanted_.assign(2, 0);
      for (const auto& value : condition.values) wanted_[value == "true" ? 1 : 0] = 1;
      return;
    }
    const auto view = column_->view();
    for (std::int64_t code = 0; code < view.dictionary_size; ++code) {
      const std::string_view text{view.dictionary[code].data, view.dictionary[code].size};
      wanted_.push_back(std::find(condition.values.begin(), condition.values.end(), text) != condition.values.end());
    }
  }

  bool operator()(std::uint32_t row) const {
    if (!column_->valid(row)) return false;
    const bool is_word = column_->type() == AUSPEX_TYPE_WORD;
    return wanted_[is_word ? std::size_t(column_->words()[row]) : std::size_t(column_->booleans()[row] != 0)] != 0;
  }

  [[nodiscard]] bool passes_nothing() const { return std::count(wanted_.begin(), wanted_.end(), 1) == 0; }

  /// The one word that passes, where there is just one.
  [[nodiscard]] std::optional<std::size_t> only_word() const {
    if (column_->type() != AUSPEX_TYPE_WORD || std::count(wanted_.begin(), wanted_.end(), 1) != 1) return std::nullopt;
    return std::size_t(std::find(wanted_.begin(), wanted_.end(), 1) - wanted_.begin());
  }

 private:
  const TypedColumn* column_;
  std::vector<std::uint8_t> wanted_;
};

struct KeyHash {
  std::size_t operator()(const std::vector<std::int64_t>& key) const {
    std::size_t h = 0;
    for (const auto part : key) h = (h ^ std::size_t(part)) * 0x9e3779b97f4a7c15ULL;
    return h;
  }
};

}  // namespace

const std::vector<std::int64_t>* SampleKeys::of(std::int32_t entity) const {
  const auto at = std::find(entities.begin(), entities.end(), entity);
  return at == entities.end() ? nullptr : &ids[std::size_t(at - entities.begin())];
}

SampleKeys SampleKeys::subset(const std::vector<std::size_t>& samples) const {
  SampleKeys result{entities, {}, samples.size()};
  for (const auto& column : ids) {
    auto& out = result.ids.emplace_back();
    for (const auto i : samples) out.push_back(column[i]);
  }
  return result;
}

std::string entity_column(std::int32_t entity) {
  switch (entity) {
    case AUSPEX_ENTITY_USER: return "user_id";
    case AUSPEX_ENTITY_COURSE: return "course_id";
    case AUSPEX_ENTITY_ENROLMENT: return "enrolment_id";
    case AUSPEX_ENTITY_ACTIVITY: return "activity_id";
    default: return "";
  }
}

const TableRows& UnitTables::at(const std::string& table) const {
  if (const auto found = own.find(table); found != own.end()) return found->second;
  return shared->at(table);
}

const TypedColumn& FrameMaker::Selection::column(const std::string& name) {
  const auto& original = *table->find(name);
  if (identity) return original;
  const auto found = gathered.find(name);
  return found != gathered.end() ? found->second : gathered.emplace(name, original.gathered(rows, {})).first->second;
}

FrameMaker::Selection& FrameMaker::selection(const plugin::Read& read, std::uint32_t entities) {
  const bool of_analysable = read.scope == AUSPEX_SCOPE_ANALYSABLE;
  std::string name = read.table + (of_analysable ? "|*" : "|" + std::to_string(entities));
  for (const auto& condition : read.conditions) {
    name += "|" + condition.column;
    for (const auto& value : condition.values) name += "=" + value;
  }
  const auto [at, added] = selections_.try_emplace(name);
  auto& selection = at->second;
  if (!added) return selection;

  selection.table = &tables_->at(read.table);
  selection.identity = read.conditions.empty();
  for (std::size_t c = 0; c < read.conditions.size(); ++c) {
    const Test test(*selection.table, read.conditions[c]);
    if (test.passes_nothing()) {
      selection.rows.clear();
      break;
    }
    const auto word = c == 0 ? test.only_word() : std::nullopt;
    if (word) {
      const auto& all = by_word(read.table, read.conditions[c].column);
      const auto* first = all.rows.data();
      selection.rows.assign(first + all.begin[*word], first + all.begin[*word + 1]);
    } else if (c == 0) {
      for (std::uint32_t row = 0; row < selection.table->rows; ++row) {
        if (test(row)) selection.rows.push_back(row);
      }
    } else {
      std::erase_if(selection.rows, [&](std::uint32_t row) { return !test(row); });
    }
  }
  group(selection, entities, of_analysable);
  return selection;
}

const FrameMaker::ByWord& FrameMaker::by_word(const std::string& table, const std::string& column) {
  const auto [at, added] = by_word_.try_emplace({table, column});
  auto& result = at->second;
  if (!added) return result;
  const auto& rows = tables_->at(table);
  const auto& words = *rows.find(column);
  const auto* codes = words.words();
  result.begin.assign(std::size_t(words.view().dictionary_size) + 1, 0);
  for (std::uint32_t row = 0; row < rows.rows; ++row) {
    if (words.valid(row)) ++result.begin[std::size_t(codes[row]) + 1];
  }
  std::partial_sum(result.begin.begin(), result.begin.end(), result.begin.begin());
  result.rows.resize(result.begin.back());
  auto next = result.begin;
  for (std::uint32_t row = 0; row < rows.rows; ++row) {
    if (words.valid(row)) result.rows[next[std::size_t(codes[row])]++] = row;
  }
  return result;
}

void FrameMaker::group(Selection& s, std::uint32_t entities, bool of_analysable) {
  // The entities by which rows and samples can be matched.
  std::vector<const std::int64_t*> row_keys;
  std::vector<const TypedColumn*> key_columns;
  std::vector<const std::vector<std::int64_t>*> sample_keys;
  for (const auto entity : samples_->entities) {
    const auto* column = s.table->find(entity_column(entity));
    if (of_analysable || (entities & AUSPEX_ENTITY_BIT(entity)) == 0 || column == nullptr) continue;
    key_columns.push_back(column);
    row_keys.push_back(column->integers());
    sample_keys.push_back(samples_->of(entity));
  }

  // Number the distinct keys of the samples; rows of no sample get none.
  const auto count = s.count();
  std::vector<std::int32_t> group_of_sample(of_analysable ? 1 : samples_->count, 0);
  std::vector<std::int32_t> group_of_row(count, 0);
  std::int32_t groups = 1;
  if (!sample_keys.empty()) {
    std::unordered_map<std::vector<std::int64_t>, std::int32_t, KeyHash> numbers;
    std::vector<std::int64_t> key(sample_keys.size());
    for (std::size_t i = 0; i < samples_->count; ++i) {
      for (std::size_t k = 0; k < key.size(); ++k) key[k] = (*sample_keys[k])[i];
      group_of_sample[i] = numbers.try_emplace(key, std::int32_t(numbers.size())).first->second;
    }
    groups = std::int32_t(numbers.size());
    // Rows of one key mostly follow each other: one look-up a run.
    for (std::size_t i = 0; i < count;) {
      const auto first = s.row(i);
      bool known = true;
      for (std::size_t k = 0; k < key.size(); ++k) {
        key[k] = row_keys[k][first];
        known = known && key_columns[k]->valid(first);
      }
      auto end = i + 1;
      const auto same = [&](std::size_t k) {
        const auto row = s.row(end);
        return row_keys[k][row] == key[k] && key_columns[k]->valid(row) == key_columns[k]->valid(first);
      };
      for (bool all = true; end < count; ++end) {
        for (std::size_t k = 0; k < key.size() && all; ++k) all = same(k);
        if (!all) break;
      }
      const auto found = known ? numbers.find(key) : numbers.end();
      std::fill(group_of_row.begin() + std::ptrdiff_t(i), group_of_row.begin() + std::ptrdiff_t(end),
                found == numbers.end() ? -1 : found->second);
      i = end;
    }
  }

  // Where each group's rows are one run in time order, nothing moves; else sort them stably by (group, time).
  const auto* time = s.table->table->time.empty() ? nullptr : s.table->find(s.table->table->time);
  const auto time_of = [&](std::size_t i) { return time == nullptr ? 0 : time->integers()[s.row(i)]; };
  std::vector<std::int64_t> begin(std::size_t(groups), 0), end(std::size_t(groups), 0);
  std::vector<std::uint8_t> seen(std::size_t(groups), 0);
  bool in_place = true;
  for (std::size_t i = 0; i < count && in_place; ++i) {
    const auto g = group_of_row[i];
    if (g < 0) continue;
    if (i > 0 && group_of_row[i - 1] == g) {
      in_place = time_of(i - 1) <= time_of(i);
    } else {
      in_place = seen[std::size_t(g)] == 0;
      seen[std::size_t(g)] = 1;
      begin[std::size_t(g)] = std::int64_t(i);
    }
    end[std::size_t(g)] = std::int64_t(i) + 1;
  }
  if (!in_place) {
    std::vector<std::uint32_t> order;
    for (std::size_t i = 0; i < count; ++i) {
      if (group_of_row[i] >= 0) order.push_back(std::uint32_t(i));
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(group_of_row[a], time_of(a)) < std::pair(group_of_row[b], time_of(b));
    });
    std::fill(begin.begin(), begin.end(), 0);
    std::fill(end.begin(), end.end(), 0);
    std::vector<std::uint32_t> rows;
    rows.reserve(order.size());
    for (const auto i : order) {
      const auto g = std::size_t(group_of_row[i]);
      if (end[g] == 0) begin[g] = std::int64_t(rows.size());
      rows.push_back(s.row(i));
      end[g] = std::int64_t(rows.size());
    }
    s.rows = std::move(rows);
    s.identity = false;
  }
  for (const auto g : group_of_sample) {
    s.begin.push_back(begin[std::size_t(g)]);
    s.end.push_back(end[std::size_t(g)]);
  }

  // A window ends by binary search where what is known grows with the order; late columns never allow it.
  const auto* known = s.table->find("known_at");
  for (const auto& column : s.table->columns) {
    const auto* declared = s.table->table->find(column.name());
    if (declared != nullptr && !declared->late.empty()) s.cuts_by_search = false;
  }
  if (known != nullptr) {
    for (std::size_t g = 0; g < begin.size() && s.cuts_by_search; ++g) {
      for (auto i = begin[g] + 1; i < end[g]; ++i) {
        if (known->integers()[s.row(std::size_t(i))] < known->integers()[s.row(std::size_t(i - 1))]) {
          s.cuts_by_search = false;
          break;
        }
      }
    }
  }
}

const FrameMaker::Cut& FrameMaker::cut(Selection& s, const Window& window) {
  const auto [at, added] = cut_.try_emplace(CutKey{&s, window.kind, window.start, window.end, window.known_by});
  auto& cut = at->second;
  if (!added) return cut;
  cut.begin = s.begin;
  cut.end = s.end;
  const bool timed = window.kind != AUSPEX_WINDOW_HISTORY && !s.table->table->time.empty();
  const auto* time = timed ? s.column(s.table->table->time).integers() : nullptr;
  const auto* known = s.table->find("known_at") == nullptr ? nullptr : s.column("known_at").integers();
  for (std::size_t i = 0; i < cut.begin.size(); ++i) {
    auto& begin = cut.begin[i];
    auto& end = cut.end[i];
    if (known != nullptr) end = std::upper_bound(known + begin, known + end, window.known_by) - known;
    if (time == nullptr) continue;
    if (window.end != no_time) end = std::upper_bound(time + begin, time + end, window.end) - time;
    if (window.kind == AUSPEX_WINDOW_RANGE && window.start != no_time) {
      begin = std::upper_bound(time + begin, time + end, window.start) - time;
    }
  }
  return cut;
}

void FrameMaker::fill_by_search(Selection& s, const plugin::Read& read, const Window& window, Made& made) {
  const auto& bounds = cut(s, window);
  for (const auto& name : read.columns) made.columns.push_back(s.column(name).view());
  made.rows.begin = bounds.begin.data();
  made.rows.end = bounds.end.data();
}

void FrameMaker::fill_by_copy(Selection& s, const plugin::Read& read, const Window& window, Made& made) {
  const auto* known = s.table->find("known_at");
  const bool timed = window.kind != AUSPEX_WINDOW_HISTORY && !s.table->table->time.empty();
  const auto* time = timed ? s.table->find(s.table->table->time) : nullptr;
  const auto passes = [&](std::uint32_t row) {
    if (known != nullptr && known->integers()[row] > window.known_by) return false;
    if (time == nullptr) return true;
    const auto t = time->integers()[row];
    return (window.end == no_time || t <= window.end) &&
           (window.kind != AUSPEX_WINDOW_RANGE || window.start == no_time || t > window.start);
  };
  // Samples of one group share its rows: copy each distinct run once.
  std::vector<std::uint32_t> rows;
  std::map<std::pair<std::int64_t, std::int64_t>, std::pair<std::int64_t, std::int64_t>> copied;
  for (std::size_t i = 0; i < s.begin.size(); ++i) {
    const auto [at, added] = copied.try_emplace({s.begin[i], s.end[i]});
    if (added) {
      at->second.first = std::int64_t(rows.size());
      for (auto r = s.begin[i]; r < s.end[i]; ++r) {
        if (passes(s.row(std::size_t(r)))) rows.push_back(s.row(std::size_t(r)));
      }
      at->second.second = std::int64_t(rows.size());
    }
    made.begin.push_back(at->second.first);
    made.end.push_back(at->second.second);
  }
  made.owned.reserve(read.columns.size());
  for (const auto& name : read.columns) {
    const auto* declared = s.table->table->find(name);
    std::vector<std::uint8_t> mask;
    if (declared != nullptr && !declared->late.empty()) {
      const auto& late = *s.table->find(declared->late);
      for (const auto row : rows) mask.push_back(late.valid(row) && late.integers()[row] <= window.known_by);
    }
    made.owned.push_back(s.table->find(name)->gathered(rows, mask));
    made.columns.push_back(made.owned.back().view());
  }
  made.rows.begin = made.begin.data();
  made.rows.end = made.end.data();
}

const auspex_rows& FrameMaker::rows(const plugin::Read& read, std::uint32_t entities, const Window& window) {
  auto& s = selection(read, entities);
  auto& made = made_.emplace_back();
  if (s.cuts_by_search) fill_by_search(s, read, window, made);
  else fill_by_copy(s, read, window, made);
  made.rows.struct_size = sizeof(auspex_rows);
  made.rows.scope = read.scope;
  made.rows.column_count = made.columns.size();
  made.rows.columns = made.columns.data();
  return made.rows;
}

}  // namespace auspex::analysis
