// What can go wrong, where, and what to do about it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace auspex {

/// A place in a text file; line and column count from 1, 0 = unknown.
struct Position {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  /// "FILE:LINE:COLUMN", shortened to what is known.
  [[nodiscard]] std::string text() const;
};

/// One fault, told to a person.
struct Problem {
  Position where;
  std::string message;
  std::string hint;      ///< what to do; may be empty
  bool warning = false;

  /// "FILE:LINE:COLUMN: error: MESSAGE", and the hint on a line of its own.
  [[nodiscard]] std::string text() const;
};

/// Whose fault it is; the values are the program's exit codes.
enum class Fault { found = 1, usage = 2, configuration = 3, plugin = 4, data = 5 };

/// Ends an operation. Holds every problem that was found, not only the first.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, std::vector<Problem> problems);
  Error(Fault fault, std::string message, std::string hint = {}, Position where = {});

  [[nodiscard]] Fault fault() const { return fault_; }
  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

 private:
  Fault fault_;
  std::vector<Problem> problems_;
};

}  // namespace auspex
