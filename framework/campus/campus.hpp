// Reading a campus: columns in key order, nothing later than as-of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/calendar.hpp"
#include "campus/schema.hpp"

namespace auspex::campus {

/// Text of dense ids 0, 1, 2, ...
class Dictionary {
 public:
  Dictionary() = default;
  explicit Dictionary(std::vector<std::string> texts);
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }
  [[nodiscard]] const std::string& text(std::int64_t id) const { return texts_.at(std::size_t(id)); }
  [[nodiscard]] std::optional<std::int64_t> find(std::string_view text) const;

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::int64_t> ids_;
};

/// Values of one column for consecutive rows, as wide as they are stored: a view, valid until the next batch is read.
struct ColumnView {
  enum class Form { integer8, integer16, integer32, integer64, real32, real64 };  ///< booleans are integer8, 0 or 1
  Form form = Form::integer64;
  const void* values = nullptr;              ///< a missing value is unspecified
  const std::uint64_t* validity = nullptr;   ///< one bit a row, the least significant first; null = all valid

  [[nodiscard]] bool is_valid(std::size_t row) const { return validity == nullptr || (validity[row / 64] >> (row % 64) & 1) != 0; }
  /// Of columns that are not real.
  [[nodiscard]] std::int64_t integer(std::size_t row) const;
  /// Of columns that are.
  [[nodiscard]] double real(std::size_t row) const;
};

struct Batch {
  std::size_t rows = 0;
  std::vector<ColumnView> columns;  ///< in the order asked for
  std::shared_ptr<void> memory;     ///< what the columns look at
};

/// What to read of one table.
struct ScanRequest {
  std::string table;
  std::vector<std::string> columns;
  /// Rows known later do not exist; late columns' values (and the times themselves) known later are missing. no_time = no bound.
  Time as_of = no_time;
  std::vector<std::int64_t> keys = {};  ///< only rows whose first order column is one of these (ascending); empty = all
  /// The table's rows that have this id, by it, by time, then in the table's own order: from a second copy, which is written when
  /// it is first asked for. Empty = the table's own order.
  std::string by = {};
};

/// Rows in the order asked for, in batches.
class Scan {
 public:
  virtual ~Scan() = default;
  /// False at the end. Batches may have any size but are never empty.
  virtual bool next(Batch& batch) = 0;
};

/// What `campus.toml` records of the import.
struct Origin {
  std::string source;
  std::string version;      ///< of the system it comes from, or ""
  std::string timezone;
  std::string fingerprint;  ///< SHA-256 over the tables' files
  std::map<std::string, std::int64_t> rows;
};

class Campus {
 public:
  struct Options {
    int threads = 1;
    std::int64_t memory = std::int64_t{2} << 30;
  };

  /// Opens the campus in `folder` (a workspace's campus/). Throws Error(data) where there is none or it is damaged.
  static std::shared_ptr<Campus> open(const std::filesystem::path& folder, Options options);
  virtual ~Campus() = default;

  [[nodiscard]] virtual const Origin& origin() const = 0;
  /// Canonical tables (those the source does not give are empty) and the source's own.
  [[nodiscard]] virtual const std::vector<Table>& tables() const = 0;
  [[nodiscard]] const Table* find(std::string_view table) const;
  [[nodiscard]] virtual const Dictionary& dictionary(const std::string& name) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Scan> scan(const ScanRequest& request) const = 0;
  /// The Parquet file of a table's rows in its own order; empty where it has no rows or is in no file.
  [[nodiscard]] virtual std::filesystem::path file_of(const Table&) const { return {}; }
};

}  // namespace auspex::campus
