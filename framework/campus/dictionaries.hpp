// Ids and words on their way from texts to dense numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "campus/duckdb.hpp"

namespace auspex::campus {

/// The dictionaries of one import, one per kind ("user", "events.name", ...). While tables are staged, every text gets a code in
/// the order of its arrival, which differs from run to run; number() gives the ids that are stored, which do not: those of
/// ids are in the order of their numbers, then of the other texts, those of words in the order of the texts.
class Dictionaries {
 public:
  /// Makes the functions of the SQL below known to the connection, which must not outlive this object.
  explicit Dictionaries(Connection& connection);
  ~Dictionaries();

  /// SQL: the code of `value`, an expression of type BIGINT where `is_number`, else VARCHAR. 7 and '7' have one code, '07' has
  /// another. NULL stays NULL.
  [[nodiscard]] std::string code_sql(const std::string& kind, const std::string& value, bool is_number);
  /// SQL: the text behind a code.
  [[nodiscard]] std::string text_sql(const std::string& kind, const std::string& code);
  /// SQL: the text that is stored for a code; after number().
  [[nodiscard]] std::string stored_sql(const std::string& kind, const std::string& code);
  /// SQL: the id of a code; after number().
  [[nodiscard]] std::string id_sql(const std::string& kind, const std::string& code);

  /// Whether every text of the kind is a plain integer.
  [[nodiscard]] bool all_numbers(const std::string& kind) const;

  /// Gives the ids. `spoken(kind, text)`: what is stored in place of a text; of one kind, no two the same.
  void number(const std::function<std::string(const std::string& kind, const std::string& text)>& spoken);

  /// Writes kind, id and text, in this order, as Parquet; after number().
  void write(Connection& connection, const std::filesystem::path& file) const;

 private:
  struct Kind;
  struct All;
  [[nodiscard]] std::string call(const char* function, const std::string& kind, const std::string& argument);

  std::unique_ptr<All> all_;
};

}  // namespace auspex::campus
