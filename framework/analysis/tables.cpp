#include "analysis/tables.hpp"

#include <algorithm>
#include <tuple>

namespace auspex::analysis {
namespace {

std::pair<std::int32_t, std::size_t> layout_of(campus::Type type) {
  switch (type) {
    case campus::Type::real: return {AUSPEX_TYPE_REAL, 8};
    case campus::Type::integer: return {AUSPEX_TYPE_INT, 8};
    case campus::Type::boolean: return {AUSPEX_TYPE_BOOL, 1};
    case campus::Type::time: return {AUSPEX_TYPE_TIME, 8};
    case campus::Type::id: return {AUSPEX_TYPE_ID, 8};
    case campus::Type::word: return {AUSPEX_TYPE_WORD, 4};
  }
  return {AUSPEX_TYPE_INT, 8};
}

// A table's column, or one of the times that say when rows and late columns became known.
campus::Column column_of(const campus::Table& table, const std::string& name) {
  if (const auto* column = table.find(name)) return *column;
  return {.name = name, .type = campus::Type::time};
}

}  // namespace

TypedColumn::TypedColumn(const campus::Column& column, const std::vector<auspex_str>* dictionary)
    : name_(column.name), dictionary_(dictionary) {
  std::tie(type_, width_) = layout_of(column.type);
}

void TypedColumn::set_valid(std::size_t row, bool valid) {
  if (valid && bits_.empty()) return;
  if (bits_.empty()) bits_.assign((row + 8) / 8, 0xff);
  bits_.resize(std::max(bits_.size(), (row + 8) / 8), 0xff);
  const auto bit = std::uint8_t(1u << (row % 8));
  bits_[row / 8] = valid ? bits_[row / 8] | bit : bits_[row / 8] & std::uint8_t(~bit);
}

void TypedColumn::append(const campus::ColumnView& from, std::size_t begin, std::size_t end) {
  using Form = campus::ColumnView::Form;
  const auto count = end - begin;
  if (count == 0) return;
  bytes_.resize((size_ + count) * width_);
  const auto convert = [&]<class From, class To>(From, To) {
    const auto* first = static_cast<const From*>(from.values) + begin;
    std::transform(first, first + count, reinterpret_cast<To*>(bytes_.data()) + size_, [](From value) { return static_cast<To>(value); });
  };
  const auto widen = [&]<class To>(To to) {
    switch (from.form) {
      case Form::integer8: return convert(std::int8_t{}, to);
      case Form::integer16: return convert(std::int16_t{}, to);
      case Form::integer32: return convert(std::int32_t{}, to);
      case Form::integer64: return convert(std::int64_t{}, to);
      case Form::real32: return convert(float{}, to);
      case Form::real64: return convert(double{}, to);
    }
  };
  switch (type_) {
    case AUSPEX_TYPE_REAL: widen(double{}); break;
    case AUSPEX_TYPE_WORD: widen(std::int32_t{}); break;
    case AUSPEX_TYPE_BOOL: widen(std::uint8_t{}); break;
    default: widen(std::int64_t{}); break;
  }
  if (from.validity != nullptr || !bits_.empty()) {
    for (std::size_t i = 0; i < count; ++i) set_valid(size_ + i, from.is_valid(begin + i));
  }
  size_ += count;
}

TypedColumn TypedColumn::gathered(const std::vector<std::uint32_t>& indices, const std::vector<std::uint8_t>& mask) const {
  TypedColumn out;
  out.name_ = name_;
  out.type_ = type_;
  out.width_ = width_;
  out.size_ = indices.size();
  out.dictionary_ = dictionary_;
  out.bytes_.resize(indices.size() * width_);
  const auto copy = [&]<class T>(T) {
    const auto* from = reinterpret_cast<const T*>(bytes_.data());
    auto* to = reinterpret_cast<T*>(out.bytes_.data());
    for (std::size_t i = 0; i < indices.size(); ++i) to[i] = from[indices[i]];
  };
  if (width_ == 8) copy(std::int64_t{});
  else if (width_ == 4) copy(std::int32_t{});
  else copy(std::uint8_t{});
  if (!bits_.empty() || !mask.empty()) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      out.set_valid(i, valid(indices[i]) && (mask.empty() || mask[i] != 0));
    }
  }
  return out;
}

auspex_column TypedColumn::view() const {
  return {sizeof(auspex_column),
          type_,
          {name_.data(), name_.size()},
          std::int64_t(size_),
          bytes_.data(),
          bits_.empty() ? nullptr : bits_.data(),
          dictionary_ == nullptr ? nullptr : dictionary_->data(),
          dictionary_ == nullptr ? 0 : std::int64_t(dictionary_->size())};
}

const TypedColumn* TableRows::find(const std::string& column) const {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name() == column; });
  return at == columns.end() ? nullptr : &*at;
}

const std::vector<auspex_str>* Words::of(const campus::Column& column) {
  if (column.type != campus::Type::word) return nullptr;
  const auto [at, added] = texts_.try_emplace(column.dictionary);
  if (added) {
    for (const auto& text : campus_->dictionary(column.dictionary).texts()) at->second.push_back({text.data(), text.size()});
  }
  return &at->second;
}

TableCursor::TableCursor(const campus::Campus& campus, const campus::Table& table, const std::vector<std::string>& columns,
                         Time as_of, std::vector<std::int64_t> keys, Words& words, const std::string& by)
    : table_(&table) {
  campus::ScanRequest request{.table = table.name, .columns = columns, .as_of = as_of, .keys = std::move(keys), .by = by};
  const auto& key = by.empty() ? table.order.front() : by;
  const auto at = std::find(request.columns.begin(), request.columns.end(), key);
  key_column_ = std::size_t(at - request.columns.begin());
  if (at == request.columns.end()) request.columns.push_back(key);
  for (const auto& name : request.columns) {
    const auto column = column_of(table, name);
    prototypes_.emplace_back(column, words.of(column));
  }
  scan_ = campus.scan(request);
}

bool TableCursor::refill() {
  while (at_ >= batch_.rows) {
    at_ = 0;
    if (!scan_->next(batch_)) {
      batch_ = {};
      return false;
    }
  }
  return true;
}

TableRows TableCursor::empty() const { return {table_, 0, prototypes_}; }

void TableCursor::append(TableRows& to, std::size_t begin, std::size_t end) const {
  for (std::size_t c = 0; c < to.columns.size(); ++c) to.columns[c].append(batch_.columns[c], begin, end);
  to.rows += end - begin;
}

TableRows TableCursor::take(std::int64_t first, std::int64_t last) {
  auto rows = empty();
  while (refill()) {
    const auto& keys = batch_.columns[key_column_];
    // Rows without a key sort first and belong to nobody.
    while (at_ < batch_.rows && (!keys.is_valid(at_) || keys.integer(at_) < first)) ++at_;
    const auto begin = at_;
    while (at_ < batch_.rows && keys.integer(at_) <= last) ++at_;
    append(rows, begin, at_);
    if (at_ < batch_.rows) break;
  }
  return rows;
}

TableRows TableCursor::take_all() {
  auto rows = empty();
  while (refill()) {
    append(rows, at_, batch_.rows);
    at_ = batch_.rows;
  }
  return rows;
}

bool TableCursor::next(TableRows& rows) {
  rows = empty();
  if (!refill()) return false;
  append(rows, at_, batch_.rows);
  at_ = batch_.rows;
  return true;
}

}  // namespace auspex::analysis
