#include "conformance/frames.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "base/random.hpp"

namespace auspex::conformance {
namespace {

constexpr std::int64_t activities = 8;
constexpr Time margin = 30 * 86'400;
constexpr std::array<std::pair<std::int32_t, const char*>, 4> entity_names{{{AUSPEX_ENTITY_USER, "user_id"},
                                                                            {AUSPEX_ENTITY_COURSE, "course_id"},
                                                                            {AUSPEX_ENTITY_ENROLMENT, "enrolment_id"},
                                                                            {AUSPEX_ENTITY_ACTIVITY, "activity_id"}}};

std::uint64_t hash_of(std::string_view text, std::uint64_t h = 0xcbf29ce484222325ULL) {
  for (const unsigned char c : text) h = (h ^ c) * 0x100000001b3ULL;
  return h;
}

std::int32_t entity_named(const std::string& column) {
  for (const auto& [entity, name] : entity_names) {
    if (column == name) return entity;
  }
  return 0;
}

std::size_t width_of(int type) { return type == AUSPEX_TYPE_BOOL ? 1 : type == AUSPEX_TYPE_WORD ? 4 : 8; }

// The type that a column has by its name, where its table is not known.
TableInfo::Column guess(const std::string& table, const std::string& column, const std::vector<plugin::Read>& reads) {
  if (entity_named(column) != 0) return {AUSPEX_TYPE_ID, true};
  for (const auto& read : reads) {
    for (const auto& condition : read.conditions) {
      if (read.table == table && condition.column == column) return {AUSPEX_TYPE_WORD, false};
    }
  }
  const auto is_time =
      column == "time" || column == "start" || column == "end" || column.ends_with("_at") || column.ends_with("_time");
  return {is_time ? AUSPEX_TYPE_TIME : AUSPEX_TYPE_REAL, false};
}

// Ordinary words, and what people really type.
const std::vector<std::string>& words_of(bool extreme) {
  static const std::vector<std::string> ordinary{"alpha", "beta", "gamma"};
  static const std::vector<std::string> strange{"",     "Ünïcödé 学生 🎓", std::string(4096, 'x'), "a\nb\tc", "'; --",
                                                "NULL", "{\"a\":1}"};
  return extreme ? strange : ordinary;
}

}  // namespace

Window window(int number) {
  constexpr Time day = 86'400;
  if (number == 0) return {life_start, life_start + 25 * day, 0};
  if (number == 1) return {life_start, life_start + 50 * day, 1};
  return {life_start + 50 * day, life_end, 2};
}

std::uint64_t Frame::fingerprint() const {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  const auto add = [&](const auto& list) {
    h = hash_of({reinterpret_cast<const char*>(list.data()), list.size() * sizeof list[0]}, h);
  };
  for (const auto& column : columns_) {
    add(column.bytes);
    add(column.validity);
  }
  for (const auto& list : bounds_) add(list);
  return h;
}

struct World::Cells {
  int type = 0;
  std::vector<std::int64_t> whole;  // times, ids, integers, booleans, codes
  std::vector<double> real;
  std::vector<std::uint8_t> valid;
  std::vector<std::string> words;  // what codes stand for
  std::vector<auspex_str> dictionary;

  void copy(std::size_t from, std::size_t to, std::byte* bytes) const {
    const auto at = bytes + to * width_of(type);
    if (type == AUSPEX_TYPE_REAL) {
      std::memcpy(at, &real[from], sizeof(double));
    } else if (type == AUSPEX_TYPE_BOOL) {
      *at = std::byte(whole[from]);
    } else if (type == AUSPEX_TYPE_WORD) {
      const auto code = std::int32_t(whole[from]);
      std::memcpy(at, &code, sizeof code);
    } else {
      std::memcpy(at, &whole[from], sizeof(std::int64_t));
    }
  }
};

struct World::Table {
  std::size_t rows = 0;
  std::vector<Time> times;                                     // ascending; empty: the table has none
  std::map<std::int32_t, std::vector<std::int64_t>> entities;  // of those that the table has
  std::map<std::string, Cells> cells;
};

World::World(const Tables& tables, const std::vector<plugin::Read>& reads, std::uint32_t entities, const Scene& scene)
    : scene_(scene), reads_(reads) {
  for (const auto& [entity, name] : entity_names) {
    if ((entities & AUSPEX_ENTITY_BIT(entity)) != 0) entities_.push_back(entity);
  }
  const auto per_user = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT);
  users_ = std::max<std::int64_t>(scene.samples, 1);
  courses_ = (entities & per_user) != 0 ? 1 : users_;
  samples_ = scene.order;
  if (samples_.empty()) {
    samples_.resize(std::size_t(scene.samples));
    std::iota(samples_.begin(), samples_.end(), std::int64_t{0});
  }
  for (const auto& read : reads) {
    if (tables_.count(read.table) == 0) make_table(read.table, tables);
  }
}

World::~World() = default;

std::int64_t World::count_of(std::int32_t entity) const {
  return entity == AUSPEX_ENTITY_COURSE ? courses_ : entity == AUSPEX_ENTITY_ACTIVITY ? activities : users_;
}

// Samples of one activity follow each other, as analysers give them.
std::int64_t World::entity_of_sample(std::int32_t entity, std::int64_t sample) const {
  return entity == AUSPEX_ENTITY_ACTIVITY ? sample * activities / users_ : sample % count_of(entity);
}

void World::make_table(const std::string& name, const Tables& known) {
  const auto found = known.find(name);
  auto& table = *tables_.emplace(name, std::make_unique<Table>()).first->second;
  Random random(hash_of(name, scene_.seed + 1));
  const auto* info = found == known.end() ? nullptr : &found->second;
  const auto key = info != nullptr && info->key.size() == 1 ? entity_named(info->key.front()) : 0;
  table.rows = key != 0 ? std::size_t(count_of(key)) : std::size_t(users_) * std::size_t(scene_.rows);
  if (info == nullptr || !info->time.empty()) {
    for (std::size_t i = 0; i < table.rows; ++i) {
      table.times.push_back(life_start - margin + Time(random.below(std::uint64_t(life_end - life_start + 2 * margin))));
    }
    std::sort(table.times.begin(), table.times.end());
    if (scene_.extreme && table.rows > 4) {
      table.times.front() = -2'208'988'800;
      table.times[1] = 0;
      table.times.back() = 253'402'300'799;
    }
  }
  std::vector<std::int64_t> user, course, activity;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const auto row = std::int64_t(i);
    const bool by_user = key == AUSPEX_ENTITY_USER || key == AUSPEX_ENTITY_ENROLMENT;
    user.push_back(by_user ? row : std::int64_t(random.below(std::uint64_t(users_))));
    course.push_back(key == AUSPEX_ENTITY_COURSE ? row : std::int64_t(random.below(std::uint64_t(courses_))));
    activity.push_back(key == AUSPEX_ENTITY_ACTIVITY ? row : std::int64_t(random.below(activities)));
  }
  const auto has = [&](std::int32_t entity) {
    const auto* column =
        std::find_if(entity_names.begin(), entity_names.end(), [&](const auto& e) { return e.first == entity; })->second;
    return info == nullptr || info->columns.count(column) != 0;
  };
  if (has(AUSPEX_ENTITY_ENROLMENT)) table.entities[AUSPEX_ENTITY_ENROLMENT] = user;
  if (has(AUSPEX_ENTITY_USER)) table.entities[AUSPEX_ENTITY_USER] = std::move(user);
  if (has(AUSPEX_ENTITY_COURSE)) table.entities[AUSPEX_ENTITY_COURSE] = std::move(course);
  if (has(AUSPEX_ENTITY_ACTIVITY)) table.entities[AUSPEX_ENTITY_ACTIVITY] = std::move(activity);

  std::set<std::string> columns;
  for (const auto& read : reads_) {
    if (read.table != name) continue;
    columns.insert(read.columns.begin(), read.columns.end());
    for (const auto& condition : read.conditions) columns.insert(condition.column);
  }
  for (const auto& column : columns) {
    auto type = info != nullptr && info->columns.count(column) != 0 ? info->columns.at(column) : guess(name, column, reads_);
    auto cells = make_cells(name, column, type, table);
    if (column == (info == nullptr ? "time" : info->time)) {
      cells.whole = table.times;
      cells.valid.assign(table.rows, 1);
    }
    table.cells.emplace(column, std::move(cells)).first->second.dictionary.clear();
  }
  for (auto& [column, cells] : table.cells) {
    for (const auto& word : cells.words) cells.dictionary.push_back({word.data(), word.size()});
  }
}

World::Cells World::make_cells(const std::string& table, const std::string& column, const TableInfo::Column& info,
                               const Table& rows) const {
  Cells cells;
  cells.type = info.type;
  Random random(hash_of(table + "." + column, scene_.seed + 2));
  if (info.type == AUSPEX_TYPE_WORD) {
    for (const auto& read : reads_) {
      for (const auto& condition : read.conditions) {
        if (read.table == table && condition.column == column) {
          cells.words.insert(cells.words.end(), condition.values.begin(), condition.values.end());
        }
      }
    }
    const auto& words = info.words.empty() ? words_of(scene_.extreme) : info.words;
    cells.words.insert(cells.words.end(), words.begin(), words.end());
  }
  constexpr std::array<std::int64_t, 4> times{0, -2'208'988'800, 253'402'300'799, 1LL << 32};
  constexpr std::array<std::int64_t, 4> integers{0, 1, (1LL << 31) - 1, 1LL << 31};
  constexpr std::array<double, 6> reals{0.0, -0.0, 1e300, -1e300, 1e-300, 1.0};
  const auto own = rows.entities.find(entity_named(column));
  for (std::size_t i = 0; i < rows.rows; ++i) {
    const bool wild = scene_.extreme && random.below(2) == 0;
    const auto missing = !info.required && (scene_.missing || random.below(8) == 0);
    cells.valid.push_back(missing ? 0 : 1);
    std::int64_t value = 0;
    double number = 0;
    switch (info.type) {
      case AUSPEX_TYPE_REAL:
        number = wild ? reals[random.below(reals.size())] : std::round(random.real() * 1000) / 10;
        break;
      case AUSPEX_TYPE_INT: value = wild ? integers[random.below(integers.size())] : std::int64_t(random.below(20)); break;
      case AUSPEX_TYPE_BOOL: value = std::int64_t(random.below(2)); break;
      case AUSPEX_TYPE_WORD: value = std::int64_t(random.below(cells.words.size())); break;
      case AUSPEX_TYPE_TIME:
        value = wild ? times[random.below(times.size())]
                     : life_start - margin + Time(random.below(std::uint64_t(life_end - life_start + 2 * margin)));
        break;
      default:
        value = own != rows.entities.end() ? own->second[i] : std::int64_t(random.below(std::uint64_t(users_)));
        if (own != rows.entities.end()) cells.valid.back() = 1;
    }
    cells.whole.push_back(value);
    cells.real.push_back(number);
  }
  return cells;
}

void World::add_read(Frame& frame, const plugin::Read& read, const FrameOf& of) const {
  const auto& table = *tables_.at(read.table);
  const auto passes = [&](std::size_t row) {
    for (const auto& condition : read.conditions) {
      const auto& cells = table.cells.at(condition.column);
      if (cells.valid[row] == 0) return false;
      const auto text = cells.type == AUSPEX_TYPE_BOOL   ? std::string(cells.whole[row] != 0 ? "true" : "false")
                        : cells.type == AUSPEX_TYPE_WORD ? cells.words[std::size_t(cells.whole[row])]
                                                         : std::string();
      if (std::find(condition.values.begin(), condition.values.end(), text) == condition.values.end()) return false;
    }
    return true;
  };
  const bool of_sample = read.scope == AUSPEX_SCOPE_SAMPLE;
  const auto key_entity = of.unit == AUSPEX_UNIT_USER ? AUSPEX_ENTITY_USER : AUSPEX_ENTITY_COURSE;
  // Where samples are courses, an analysable is one of them.
  const auto analysable = of.analysable                                   ? of.analysable
                          : !of_sample && of.with_samples && courses_ > 1 ? std::optional<std::int64_t>(0)
                                                                          : std::nullopt;
  const auto of_analysable = analysable ? table.entities.find(key_entity) : table.entities.end();
  const auto key_of = [&](auto&& id) {
    std::int64_t key = 0;
    for (const auto entity : entities_) {
      if (of_sample && table.entities.count(entity) != 0) key = key * count_of(entity) + id(entity);
    }
    return key;
  };
  std::unordered_map<std::int64_t, std::vector<std::size_t>> groups;
  for (std::size_t row = 0; row < table.rows; ++row) {
    if (of_analysable != table.entities.end() && of_analysable->second[row] != *analysable) continue;
    if (passes(row)) groups[key_of([&](std::int32_t entity) { return table.entities.at(entity)[row]; })].push_back(row);
  }
  if (of.part) {
    for (auto& [key, rows] : groups) {
      const auto size = double(rows.size());
      rows.assign(rows.begin() + std::ptrdiff_t(size * of.part->first),
                  rows.begin() + std::ptrdiff_t(size * of.part->second));
    }
  }

  // Behind the rows of each group lies what the component must not look at: later rows, and one more.
  struct Source {
    std::size_t row = 0;
    bool poisoned = false;
  };
  std::vector<Source> sources;
  std::unordered_map<std::int64_t, std::pair<std::int64_t, std::int64_t>> bounds_of;
  auto& begin = frame.bounds_.emplace_back();
  auto& end = frame.bounds_.emplace_back();
  const auto inside = [&](std::size_t row) {
    if (table.times.empty() || read.window == AUSPEX_WINDOW_HISTORY || of.window.end == AUSPEX_NO_TIME) return true;
    const auto time = table.times[row];
    return time <= of.window.end && (read.window != AUSPEX_WINDOW_RANGE || time > of.window.start);
  };
  const auto add_group = [&](std::int64_t key) {
    const auto [at, added] = bounds_of.try_emplace(key, std::pair<std::int64_t, std::int64_t>{0, 0});
    if (added) {
      const auto& rows = groups[key];
      std::size_t first = 0, last = 0;
      for (const auto row : rows) {
        const bool good = inside(row);
        if (good && first == last) first = sources.size();
        sources.push_back({row, !good});
        if (good) last = sources.size();
      }
      if (first == last) first = last = sources.size();
      sources.push_back({rows.empty() ? 0 : rows.back(), true});
      at->second = {std::int64_t(first), std::int64_t(last)};
    }
    begin.push_back(at->second.first);
    end.push_back(at->second.second);
  };
  if (!of_sample) {
    add_group(0);
  } else {
    for (const auto sample : samples_) {
      add_group(key_of([&](std::int32_t entity) { return entity_of_sample(entity, sample); }));
    }
  }

  auto& list = frame.lists_.emplace_back();
  const auto poison = [&](std::size_t i, std::size_t rows) {
    return std::size_t((i * 31 + scene_.poison_rows * 7919) % rows);
  };
  const auto add_column = [&](const std::string& name, const Cells& cells) {
    auto& column = frame.columns_.emplace_back();
    column.name = name;
    column.bytes.resize(sources.size() * width_of(cells.type) / 8 + 1);
    column.validity.assign(sources.size() / 8 + 1, 0);
    bool complete = true;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (table.rows == 0) break;
      const auto row = sources[i].poisoned ? poison(i, table.rows) : sources[i].row;
      cells.copy(row, i, reinterpret_cast<std::byte*>(column.bytes.data()));
      if (cells.valid[row] != 0) column.validity[i / 8] |= std::uint8_t(1u << (i % 8));
      else complete = complete && sources[i].poisoned;
    }
    list.push_back({sizeof(auspex_column),
                    cells.type,
                    {column.name.data(), column.name.size()},
                    std::int64_t(sources.size()),
                    column.bytes.data(),
                    complete ? nullptr : column.validity.data(),
                    cells.type == AUSPEX_TYPE_WORD ? cells.dictionary.data() : nullptr,
                    cells.type == AUSPEX_TYPE_WORD ? std::int64_t(cells.dictionary.size()) : 0});
  };
  for (const auto& name : read.columns) add_column(name, table.cells.at(name));
  const auto declared = list.size();
  Cells undeclared;
  undeclared.type = AUSPEX_TYPE_REAL;
  Random random(scene_.poison_columns);
  for (std::size_t i = 0; i < std::max<std::size_t>(table.rows, 1); ++i) {
    undeclared.real.push_back(random.real() * 100);
    undeclared.valid.push_back(1);
  }
  for (const char* name : {"not_declared", "nor_this"}) add_column(name, undeclared);
  frame.reads_.push_back({sizeof(auspex_rows), read.scope, declared, list.data(), begin.data(), end.data()});
}

void World::add_entities(Frame& frame) const {
  auto& list = frame.lists_.emplace_back();
  for (const auto& [entity, name] : entity_names) {
    const bool has = std::find(entities_.begin(), entities_.end(), entity) != entities_.end();
    if (!has) continue;
    auto& column = frame.columns_.emplace_back();
    column.name = name;
    for (const auto sample : samples_) column.bytes.push_back(entity_of_sample(entity, sample));
    list.push_back({sizeof(auspex_column),
                    AUSPEX_TYPE_ID,
                    {column.name.data(), column.name.size()},
                    std::int64_t(samples_.size()),
                    column.bytes.data(),
                    nullptr,
                    nullptr,
                    0});
  }
}

std::unique_ptr<Frame> World::frame(const FrameOf& of) const {
  auto frame = std::make_unique<Frame>(scene_.newer_host);
  auspex_frame raw{};
  raw.purpose = of.purpose;
  raw.analysable = &frame->arena_.keep(
      auspex_analysable{sizeof(auspex_analysable), of.unit, of.analysable.value_or(0), life_start, life_end, 0});
  raw.start = of.window.start;
  raw.end = of.window.end == AUSPEX_NO_TIME ? life_end : of.window.end;
  raw.range_index = of.window.index;
  raw.known_by = raw.end;
  if (of.with_samples) {
    add_entities(*frame);
    raw.sample_count = std::int64_t(samples_.size());
    raw.entities = frame->lists_.back().data();
    raw.entity_count = frame->lists_.back().size();
  }
  for (const auto& read : reads_) {
    if (read.stage == of.stage) add_read(*frame, read, of);
  }
  raw.read_count = frame->reads_.size();
  if (raw.read_count > 0) frame->reads_.push_back(frame->reads_.front());  // behind the last one: not declared
  raw.reads = frame->reads_.data();
  if (!of.indicators.empty()) {
    auto& list = frame->lists_.emplace_back();
    constexpr std::array<double, 4> values{-1, 0.5, 1, std::numeric_limits<double>::quiet_NaN()};
    for (const auto& name : of.indicators) {
      auto& column = frame->columns_.emplace_back();
      column.name = name;
      column.bytes.resize(samples_.size() + 1);
      for (std::size_t i = 0; i < samples_.size(); ++i) {
        const auto value = values[hash_of(name, std::uint64_t(samples_[i]) + scene_.seed) % values.size()];
        std::memcpy(&column.bytes[i], &value, sizeof value);
      }
      list.push_back({sizeof(auspex_column),
                      AUSPEX_TYPE_REAL,
                      {column.name.data(), column.name.size()},
                      std::int64_t(samples_.size()),
                      column.bytes.data(),
                      nullptr,
                      nullptr,
                      0});
    }
    raw.indicators = list.data();
    raw.indicator_count = list.size();
  }
  frame->raw_ = &frame->arena_.keep(raw);
  return frame;
}

}  // namespace auspex::conformance
