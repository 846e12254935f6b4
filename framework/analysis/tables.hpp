// The rows of one analysable, column by column, in the layout of the plugin contract.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <auspex/abi.h>

#include "campus/campus.hpp"

namespace auspex::analysis {

/// Memory that is not cleared before it is written.
template <class T>
struct UnclearedAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = UnclearedAllocator<U>;
  };
  template <class U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <class U, class... A>
  void construct(U* at, A&&... arguments) {
    ::new (static_cast<void*>(at)) U(std::forward<A>(arguments)...);
  }
};

/// One column in the contract's layout, growing row by row.
class TypedColumn {
 public:
  TypedColumn() = default;
  TypedColumn(const campus::Column& column, const std::vector<auspex_str>* dictionary);

  void append(const campus::ColumnView& from, std::size_t begin, std::size_t end);
  /// Rows `indices` of `from`; valid only where `mask` says so (empty = everywhere).
  [[nodiscard]] TypedColumn gathered(const std::vector<std::uint32_t>& indices, const std::vector<std::uint8_t>& mask) const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::int32_t type() const { return type_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool valid(std::size_t row) const { return bits_.empty() || (bits_[row / 8] >> (row % 8) & 1) != 0; }
  [[nodiscard]] const std::int64_t* integers() const { return reinterpret_cast<const std::int64_t*>(bytes_.data()); }
  [[nodiscard]] const std::int32_t* words() const { return reinterpret_cast<const std::int32_t*>(bytes_.data()); }
  [[nodiscard]] const std::uint8_t* booleans() const { return reinterpret_cast<const std::uint8_t*>(bytes_.data()); }

  /// A view in the contract's form; valid as long as this column is neither changed nor moved.
  [[nodiscard]] auspex_column view() const;

 private:
  void set_valid(std::size_t row, bool valid);

  std::string name_;
  std::int32_t type_ = AUSPEX_TYPE_INT;
  std::size_t width_ = 8;
  std::size_t size_ = 0;
  std::vector<std::byte, UnclearedAllocator<std::byte>> bytes_;
  std::vector<std::uint8_t> bits_;  // empty = all valid
  const std::vector<auspex_str>* dictionary_ = nullptr;
};

/// Rows of one table, in its total order.
struct TableRows {
  const campus::Table* table = nullptr;
  std::size_t rows = 0;
  std::vector<TypedColumn> columns;

  [[nodiscard]] const TypedColumn* find(const std::string& column) const;
};

/// Dictionaries in the contract's form, one per kind, made before any thread starts and then only read.
class Words {
 public:
  explicit Words(const campus::Campus& campus) : campus_(&campus) {}
  const std::vector<auspex_str>* of(const campus::Column& column);

 private:
  const campus::Campus* campus_;
  std::map<std::string, std::vector<auspex_str>> texts_;
};

/// Reads a table once, front to back, and hands out the rows of ascending keys.
class TableCursor {
 public:
  /// `by`: the id column whose ascending values the rows are read by; empty = the first of the table's order.
  TableCursor(const campus::Campus& campus, const campus::Table& table, const std::vector<std::string>& columns, Time as_of,
              std::vector<std::int64_t> keys, Words& words, const std::string& by = {});

  /// The rows whose key lies in [first, last]; keys must ascend from call to call.
  [[nodiscard]] TableRows take(std::int64_t first, std::int64_t last);

  /// Every row that is left.
  [[nodiscard]] TableRows take_all();

  /// The current batch as a whole; false at the end. For listings.
  bool next(TableRows& rows);

 private:
  bool refill();
  [[nodiscard]] TableRows empty() const;
  void append(TableRows& to, std::size_t begin, std::size_t end) const;

  const campus::Table* table_;
  std::vector<TypedColumn> prototypes_;
  std::unique_ptr<campus::Scan> scan_;
  campus::Batch batch_;
  std::size_t at_ = 0;
  std::size_t key_column_ = 0;
};

}  // namespace auspex::analysis
