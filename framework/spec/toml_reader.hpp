// Reading TOML strictly: what a file may say is declared as data, which checks the file and makes its JSON Schema.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace auspex::spec {

/// What may stand at one place of a file.
enum class Form { text, integer, number, boolean, list, table, map, either };

/// The declaration of one place of a file and of everything below it.
struct Field {
  std::string name{};
  Form form = Form::text;
  bool required = false;
  std::string required_unless{};       ///< required where this other key is absent
  std::string missing{};               ///< what to say where a required key is absent; default: "missing key 'NAME'"
  std::string description{};           ///< for the editor, and what to do where the key is missing
  std::vector<std::string> choices{};  ///< texts: empty = any
  std::string pattern{};               ///< texts, and the keys of a map: a regular expression of the whole
  std::string pattern_says{};          ///< what the pattern asks for, in words
  double minimum = -HUGE_VAL;          ///< numbers: inclusive
  double maximum = HUGE_VAL;
  std::size_t least = 0;               ///< lists and maps: the least number of elements
  bool unique = false;                 ///< lists of texts: none twice
  bool open = false;                   ///< tables: other keys are allowed, of any form
  std::vector<Field> keys{};           ///< tables
  std::vector<Field> of{};             ///< lists and maps: one, that of every element; either: the alternatives
};

struct Entry;

/// A value of a file, with its place. Tables keep the order of the file.
struct Node {
  struct Other {
    std::string what;  ///< "a date"
  };
  std::variant<Other, std::string, std::int64_t, double, bool, std::vector<Node>, std::vector<Entry>> value;
  Position where;

  [[nodiscard]] bool is(Form form) const;
  [[nodiscard]] std::string what() const;  ///< "text", "an integer", ...
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value); }
  [[nodiscard]] const std::vector<Node>& elements() const;  ///< empty where it is no list
  [[nodiscard]] const std::vector<Entry>& entries() const;  ///< empty where it is no table

  /// The value of a key, or null where it is absent or this is no table.
  [[nodiscard]] const Node* find(std::string_view key) const;
  /// The same along a path of keys.
  [[nodiscard]] const Node* find(std::initializer_list<std::string_view> path) const;

  /// The value of a key, where it is there and of that form.
  [[nodiscard]] std::optional<std::string> text_of(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> integer_of(std::string_view key) const;
  [[nodiscard]] std::optional<double> number_of(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean_of(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> texts_of(std::string_view key) const;  ///< the texts of a list
  [[nodiscard]] const std::vector<Entry>& entries_of(std::string_view key) const;

  /// As JSON; where the value holds something JSON cannot hold, `other` (if given) is set to it.
  [[nodiscard]] nlohmann::json json(const Node** other = nullptr) const;
};

struct Entry {
  std::string key;
  Position where;  ///< of the key
  Node value;
};

/// The problems of one file, all of them.
class Problems {
 public:
  void error(Position where, std::string message, std::string hint = {});
  void warning(Position where, std::string message, std::string hint = {});

  /// Runs `step`; the problems of an Error that it throws are kept as errors, at `where` if they have no place of their own.
  template <typename Step>
  void keep(const Position& where, Step&& step) {
    try {
      step();
    } catch (const Error& error) {
      take(error, where);
    }
  }

  [[nodiscard]] bool failed() const;

  /// In the order of the file. Leaves none.
  [[nodiscard]] std::vector<Problem> sorted();

  /// Throws Error(configuration) with all of them where one is an error.
  void throw_if_failed();

 private:
  void take(const Error& error, const Position& where);

  std::vector<Problem> list_;
};

/// Parses a file; `kind` names it in messages ("model"). Throws Error(configuration) where it is absent or not TOML.
[[nodiscard]] Node parse_toml(const std::filesystem::path& file, std::string_view kind);

/// Where byte `byte` of a text stands that begins, with its quotes, at `text`; `text` itself where its file cannot tell.
[[nodiscard]] Position place_in_text(const Position& text, std::size_t byte);

/// Adds every difference between a value and its declaration.
void check(const Node& node, const Field& field, Problems& problems);

/// JSON Schema (draft 2020-12) of a file.
[[nodiscard]] nlohmann::ordered_json json_schema(const Field& file);

}  // namespace auspex::spec
