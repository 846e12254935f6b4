// Writing results as Parquet, for programs that read columns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auspex::campus {

/// One table as a Parquet file, in the order of its rows: the same rows give the same bytes. Values are added column by column,
/// row by row. Throws Error(data) where the file cannot be written.
class ParquetWriter {
 public:
  enum class Type { text, integer, real, single };  ///< real: 64 bits, single: 32
  struct Column {
    std::string name;
    Type type;
  };

  /// What does not fit into `memory` (bytes) waits in a folder beside the file. Throws Error(configuration) where two columns
  /// have one name, whatever its case.
  ParquetWriter(std::filesystem::path file, std::vector<Column> columns, std::int64_t memory);
  ~ParquetWriter();

  void text(std::string_view value);
  void integer(std::int64_t value);
  void real(double value);    ///< NaN = missing
  void single(float value);   ///< NaN = missing
  void missing();
  void end_row();

  /// Writes the file. Nothing can be added after it.
  void finish();

 private:
  struct Table;
  std::unique_ptr<Table> table_;
};

}  // namespace auspex::campus
