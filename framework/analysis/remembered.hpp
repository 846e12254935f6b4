// Indicator values of earlier trainings, so that they need not be calculated again.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "analysis/analysis.hpp"

namespace auspex::analysis {

/// Writes the values of training results as text of bytes, in this machine's order of bytes. The same results give the same.
class ValuesWriter {
 public:
  /// `key`: one line that says what the values were calculated from, for whoever reads them. `as_of`: when.
  ValuesWriter(const std::string& key, Time as_of);

  /// Where the unit has a training result with values; else nothing.
  void add(const UnitResult& unit);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  Time as_of_;
  std::string bytes_;
};

/// What a ValuesWriter wrote. Values are remembered of one analysable as a whole, since indicators may compare its samples:
/// another range or sample, or another order, and they are not those of this unit. Of a range that goes on beyond as-of they are
/// remembered for that as-of only.
class RememberedValues {
 public:
  /// Throws Error(data) where the bytes are not a writer's. `as_of`: when they are asked for.
  RememberedValues(std::string bytes, Time as_of);

  [[nodiscard]] const std::string& key() const { return key_; }

  /// Whether the values of the unit's training result are remembered.
  [[nodiscard]] bool has(const UnitResult& unit) const;

  /// Puts them into it. Only where has().
  void fill(UnitResult& unit) const;

 private:
  Time as_of_;
  std::string bytes_;
  std::string key_;
  std::map<std::string, std::string_view, std::less<>> units_;  // values, by what they belong to
};

}  // namespace auspex::analysis
