#include "plugin/packing.hpp"

#include <algorithm>
#include <limits>

#include "plugin/calls.hpp"
#include "plugin/text.hpp"

namespace auspex::plugin {
namespace {

std::size_t width_of(std::int32_t type) {
  switch (type) {
    case AUSPEX_TYPE_WORD: return 4;
    case AUSPEX_TYPE_BOOL: return 1;
    default: return 8;
  }
}

// Rows `begin` to `end` of a column; `begin` is a multiple of eight, so that its validity's bits begin a byte.
void put_column(Packer& to, const auspex_column& column, std::int64_t begin, std::int64_t end, SentDictionaries& sent) {
  const auto width = width_of(column.type);
  const auto rows = std::size_t(end - begin);
  to.put(column.type);
  to.text({column.name.data, column.name.size});
  to.put(std::int64_t(rows));
  to.list(static_cast<const std::byte*>(column.values) + (rows == 0 ? 0 : std::size_t(begin) * width), rows * width);
  const bool has_validity = column.validity != nullptr && rows > 0;
  to.put(has_validity);
  if (has_validity) to.list(column.validity + begin / 8, (rows + 7) / 8);
  bool is_new = false;
  const auto number = column.dictionary == nullptr ? -1 : sent.number(column, is_new);
  to.put(number);
  to.put(is_new);
  if (!is_new) return;
  to.put(column.dictionary_size);
  for (std::int64_t i = 0; i < column.dictionary_size; ++i) to.put(column.dictionary[i].size);
  for (std::int64_t i = 0; i < column.dictionary_size; ++i) {
    to.list(column.dictionary[i].data, column.dictionary[i].size);
  }
}

void put_columns(Packer& to, const auspex_column* columns, std::size_t count, SentDictionaries& sent) {
  to.put(count);
  for (std::size_t i = 0; i < count; ++i) put_column(to, columns[i], 0, columns[i].length, sent);
}

void put_rows(Packer& to, const auspex_rows& rows, std::size_t bounds, SentDictionaries& sent) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = 0;
  for (std::size_t i = 0; i < bounds; ++i) {
    if (rows.begin[i] >= rows.end[i]) continue;
    first = std::min(first, rows.begin[i]);
    last = std::max(last, rows.end[i]);
  }
  first = last == 0 ? 0 : first / 8 * 8;
  to.put(rows.scope);
  to.put(bounds);
  for (const auto* bound : {rows.begin, rows.end}) {
    auto* moved = reinterpret_cast<std::int64_t*>(to.at(to.skip(bounds * sizeof(std::int64_t))));
    // An empty run may lie anywhere; it stays empty.
    for (std::size_t i = 0; i < bounds; ++i) moved[i] = rows.begin[i] < rows.end[i] ? bound[i] - first : 0;
  }
  to.put(rows.column_count);
  for (std::size_t i = 0; i < rows.column_count; ++i) put_column(to, rows.columns[i], first, last, sent);
}

}  // namespace

// ---- dictionaries ------------------------------------------------------------------------------------------------------

void SentDictionaries::begin(std::uint64_t epoch) {
  if (epoch != epoch_) numbers_.clear();
  epoch_ = epoch;
}

std::int64_t SentDictionaries::number(const auspex_column& column, bool& is_new) {
  const auto [at, added] = numbers_.try_emplace({column.dictionary, column.dictionary_size}, std::int64_t(numbers_.size()));
  is_new = added;
  return at->second;
}

void ReceivedDictionaries::begin(std::uint64_t epoch) {
  if (epoch != epoch_) dictionaries_.clear();
  epoch_ = epoch;
}

const std::vector<auspex_str>& ReceivedDictionaries::receive(std::int64_t number, bool is_new, Unpacker& from) {
  auto& dictionary = dictionaries_[number];
  if (!is_new) return dictionary.texts;
  const auto count = std::size_t(from.get<std::int64_t>());
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < count; ++i) sizes.push_back(from.get<std::size_t>());
  for (const auto size : sizes) {
    const auto letters = from.list<char>(size);
    dictionary.letters.append(letters.data(), letters.size());
  }
  std::size_t at = 0;
  for (const auto size : sizes) {
    dictionary.texts.push_back({dictionary.letters.data() + at, size});
    at += size;
  }
  return dictionary.texts;
}

// ---- frames ------------------------------------------------------------------------------------------------------------

void put(Packer& to, const auspex_frame& frame, SentDictionaries& sent) {
  to.put(frame);  // its pointers mean nothing there
  to.put(frame.analysable != nullptr);
  if (frame.analysable != nullptr) to.put(*frame.analysable);
  put_columns(to, frame.entities, frame.entity_count, sent);
  put_columns(to, frame.indicators, frame.indicator_count, sent);
  to.put(frame.read_count);
  for (std::size_t i = 0; i < frame.read_count; ++i) {
    const auto& rows = frame.reads[i];
    put_rows(to, rows, rows.scope == AUSPEX_SCOPE_ANALYSABLE ? 1 : std::size_t(frame.sample_count), sent);
  }
}

std::vector<auspex_column> UnpackedFrame::columns(Unpacker& from, std::size_t count, ReceivedDictionaries& received) {
  std::vector<auspex_column> columns;
  for (std::size_t i = 0; i < count; ++i) {
    auto& column = columns.emplace_back();
    column.struct_size = sizeof column;
    column.type = from.get<std::int32_t>();
    column.name = borrow(from.text());
    column.length = from.get<std::int64_t>();
    column.values = from.list<std::byte>(std::size_t(column.length) * width_of(column.type)).data();
    if (from.get<bool>()) column.validity = from.list<std::uint8_t>((std::size_t(column.length) + 7) / 8).data();
    const auto number = from.get<std::int64_t>();
    const bool is_new = from.get<bool>();
    if (number < 0) continue;
    const auto& dictionary = received.receive(number, is_new, from);
    column.dictionary = dictionary.data();
    column.dictionary_size = std::int64_t(dictionary.size());
  }
  return columns;
}

UnpackedFrame::UnpackedFrame(Unpacker& from, ReceivedDictionaries& received) : frame_(from.get<auspex_frame>()) {
  frame_.analysable = nullptr;
  if (from.get<bool>()) {
    analysable_ = from.get<auspex_analysable>();
    frame_.analysable = &analysable_;
  }
  entities_ = columns(from, from.get<std::size_t>(), received);
  indicators_ = columns(from, from.get<std::size_t>(), received);
  const auto count = from.get<std::size_t>();
  for (std::size_t i = 0; i < count; ++i) {
    auto& rows = reads_.emplace_back();
    rows.struct_size = sizeof rows;
    rows.scope = from.get<std::int32_t>();
    const auto bounds = from.get<std::size_t>();
    rows.begin = from.list<std::int64_t>(bounds).data();
    rows.end = from.list<std::int64_t>(bounds).data();
    rows.column_count = from.get<std::size_t>();
    const auto& own = read_columns_.emplace_back(columns(from, rows.column_count, received));
    rows.columns = own.data();
  }
  frame_.entities = entities_.data();
  frame_.indicators = indicators_.data();
  frame_.reads = reads_.data();
}

// ---- matrices ----------------------------------------------------------------------------------------------------------

void put(Packer& to, const auspex_matrix& matrix) {
  const auto rows = std::size_t(matrix.rows);
  to.put(matrix);
  to.list(matrix.values, rows * std::size_t(matrix.columns));
  for (std::int64_t i = 0; i < matrix.columns; ++i) to.text({matrix.names[i].data, matrix.names[i].size});
  const auto optional = [&](const auto* values) {
    to.put(values != nullptr);
    if (values != nullptr) to.list(values, rows);
  };
  optional(matrix.labels);
  optional(matrix.weights);
  optional(matrix.groups);
}

UnpackedMatrix::UnpackedMatrix(Unpacker& from) : matrix_(from.get<auspex_matrix>()) {
  const auto rows = std::size_t(matrix_.rows);
  matrix_.values = from.list<float>(rows * std::size_t(matrix_.columns)).data();
  for (std::int64_t i = 0; i < matrix_.columns; ++i) names_.push_back(borrow(from.text()));
  matrix_.names = names_.data();
  matrix_.labels = from.get<bool>() ? from.list<double>(rows).data() : nullptr;
  matrix_.weights = from.get<bool>() ? from.list<double>(rows).data() : nullptr;
  matrix_.groups = from.get<bool>() ? from.list<std::int64_t>(rows).data() : nullptr;
}

void put(Packer& to, const auspex_points& points) {
  to.put(points);
  to.list(points.values, std::size_t(points.rows * points.columns));
  for (std::int64_t i = 0; i < points.columns; ++i) to.text({points.names[i].data, points.names[i].size});
}

UnpackedPoints::UnpackedPoints(Unpacker& from) : points_(from.get<auspex_points>()) {
  points_.values = from.list<double>(std::size_t(points_.rows * points_.columns)).data();
  for (std::int64_t i = 0; i < points_.columns; ++i) names_.push_back(borrow(from.text()));
  points_.names = names_.data();
}

// ---- arguments ---------------------------------------------------------------------------------------------------------

void put(Packer& to, const auspex_argument* arguments, std::size_t count) {
  to.put(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& argument = arguments[i];
    to.put(argument);
    to.text({argument.name.data, argument.name.size});
    to.put(argument.reals != nullptr);
    if (argument.reals != nullptr) to.list(argument.reals, argument.count);
    to.put(argument.integers != nullptr);
    if (argument.integers != nullptr) to.list(argument.integers, argument.count);
    to.put(argument.texts != nullptr);
    for (std::size_t k = 0; argument.texts != nullptr && k < argument.count; ++k) {
      to.text({argument.texts[k].data, argument.texts[k].size});
    }
  }
}

UnpackedArguments::UnpackedArguments(Unpacker& from) {
  const auto count = from.get<std::size_t>();
  for (std::size_t i = 0; i < count; ++i) {
    auto& argument = arguments_.emplace_back(from.get<auspex_argument>());
    argument.name = borrow(from.text());
    argument.reals = from.get<bool>() ? from.list<double>(argument.count).data() : nullptr;
    argument.integers = from.get<bool>() ? from.list<std::int64_t>(argument.count).data() : nullptr;
    argument.texts = nullptr;
    if (!from.get<bool>()) continue;
    auto& texts = texts_.emplace_back();
    for (std::size_t k = 0; k < argument.count; ++k) texts.push_back(borrow(from.text()));
    argument.texts = texts.data();
  }
}

// ---- what a plugin claims ----------------------------------------------------------------------------------------------

void Claims::put_text(Packer& to, const auspex_str& text) {
  to.put(text.size);
  to.put(text.data != nullptr);
  if (text.data != nullptr && text.size <= longest_text) to.list(text.data, text.size);
}

auspex_str Claims::text(Unpacker& from) {
  const auto size = from.get<std::size_t>();
  const bool has_data = from.get<bool>();
  if (!has_data) return {nullptr, size};
  if (size > longest_text) return {"", size};  // refused by its size
  const auto letters = from.list<char>(size);
  return {letters_.emplace_back(letters.data(), letters.size()).data(), size};
}

void Claims::put_texts(Packer& to, const auspex_str* texts, std::size_t count) {
  const auto sent = texts == nullptr || count > most_listed ? 0 : count;
  to.put(texts != nullptr);
  to.put(sent);
  for (std::size_t i = 0; i < sent; ++i) put_text(to, texts[i]);
}

const auspex_str* Claims::texts(Unpacker& from) {
  const bool has_data = from.get<bool>();
  const auto count = from.get<std::size_t>();
  auto& list = lists_.emplace_back(1);  // never null where the plugin's was not
  for (std::size_t i = 0; i < count; ++i) list.push_back(text(from));
  return has_data ? list.data() + 1 : nullptr;
}

void Claims::put_numbers(Packer& to, const double* numbers, std::size_t count) {
  const auto sent = numbers == nullptr || count > most_listed ? 0 : count;
  to.put(numbers != nullptr);
  to.put(sent);
  to.list(numbers, sent);
}

const double* Claims::numbers(Unpacker& from) {
  const bool has_data = from.get<bool>();
  const auto numbers = from.list<double>(from.get<std::size_t>());
  auto& list = numbers_.emplace_back(1);
  list.insert(list.end(), numbers.begin(), numbers.end());
  return has_data ? list.data() + 1 : nullptr;
}

void Claims::put_read(Packer& to, const auspex_read* read) {
  put_struct(to, read);
  if (read == nullptr || !AUSPEX_HAS(auspex_read, read, condition_count)) return;
  put_text(to, read->table);
  put_texts(to, read->columns, read->column_count);
  const bool readable = read->conditions != nullptr && read->condition_count <= most_listed;
  const auto* at = reinterpret_cast<const char*>(read->conditions);
  for (std::size_t i = 0; readable && i < read->condition_count; ++i) {
    const auto* condition = reinterpret_cast<const auspex_condition*>(at);
    put_struct(to, condition);
    if (!AUSPEX_HAS(auspex_condition, condition, value_count)) break;
    put_text(to, condition->column);
    put_texts(to, condition->values, condition->value_count);
    at += condition->struct_size;
  }
}

const auspex_read* Claims::read(Unpacker& from) {
  const bool is_there = from.get<bool>();
  read_ = from.get<auspex_read>();
  if (!is_there) return nullptr;
  if (!AUSPEX_HAS(auspex_read, &read_, condition_count)) return &read_;
  read_.table = text(from);
  read_.columns = texts(from);
  if (read_.conditions == nullptr || read_.condition_count > most_listed) return &read_;
  auto& conditions = conditions_.emplace_back();
  for (std::size_t i = 0; i < read_.condition_count; ++i) {
    (void)from.get<bool>();
    auto& condition = conditions.emplace_back(from.get<auspex_condition>());
    if (!AUSPEX_HAS(auspex_condition, &condition, value_count)) break;
    condition.column = text(from);
    condition.values = texts(from);
    condition.struct_size = sizeof condition;
  }
  read_.conditions = conditions.data();
  return &read_;
}

void Claims::put_range(Packer& to, const auspex_range* range) {
  put_struct(to, range);
  if (range != nullptr && AUSPEX_HAS(auspex_range, range, name)) put_text(to, range->name);
}

const auspex_range* Claims::range(Unpacker& from) {
  const bool is_there = from.get<bool>();
  range_ = from.get<auspex_range>();
  if (!is_there) return nullptr;
  if (AUSPEX_HAS(auspex_range, &range_, name)) range_.name = text(from);
  return &range_;
}

}  // namespace auspex::plugin
