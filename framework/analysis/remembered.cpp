#include "analysis/remembered.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <unordered_map>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace auspex::analysis {
namespace {

constexpr std::string_view first_line = "auspex values 1\n";
constexpr std::size_t name_size = 64;        // of a SHA-256 in hexadecimal digits
constexpr std::size_t most_distinct = 255;   // values that one byte can number

template <class Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

[[noreturn]] void damaged() { throw Error(Fault::data, "these are not remembered values", "they are calculated again"); }

// Takes numbers from the front.
class Front {
 public:
  explicit Front(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  Number take() {
    Number number;
    std::memcpy(&number, text(sizeof number).data(), sizeof number);
    return number;
  }

  std::string_view text(std::size_t size) {
    if (size > bytes_.size()) damaged();
    const auto part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }

  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

// Few distinct values, as most indicators have: a table of them, then one byte a value. Else a 0, then the values.
void append_values(std::string& bytes, const std::vector<double>& values) {
  std::vector<double> table;
  std::unordered_map<std::uint64_t, std::uint8_t> numbers;
  std::string codes;
  for (const auto value : values) {
    const auto [at, added] = numbers.try_emplace(std::bit_cast<std::uint64_t>(value), std::uint8_t(table.size()));
    if (added && table.size() == most_distinct) {
      bytes += '\0';
      for (const auto each : values) append(bytes, each);
      return;
    }
    if (added) table.push_back(value);
    codes += char(at->second);
  }
  bytes += char(std::uint8_t(table.size()));
  for (const auto each : table) append(bytes, each);
  bytes += codes;
}

std::vector<double> take_values(Front& front, std::size_t count) {
  std::vector<double> table(front.take<std::uint8_t>());
  for (auto& value : table) value = front.take<double>();
  std::vector<double> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (table.empty()) {
      values.push_back(front.take<double>());
      continue;
    }
    const auto code = front.take<std::uint8_t>();
    if (code >= table.size()) damaged();
    values.push_back(table[code]);
  }
  return values;
}

const PurposeResult* training_of(const UnitResult& unit) {
  for (const auto& result : unit.purposes) {
    if (result.purpose == Purpose::training && !result.ranges.empty()) return &result;
  }
  return nullptr;
}

// Names all that a unit's values depend on beside the key.
std::string name_of(const UnitResult& unit, const PurposeResult& result, Time as_of) {
  Sha256 hash;
  const auto text = [&](const std::string& each) {
    const auto size = std::uint64_t(each.size());
    hash.add(&size, sizeof size).add(each);
  };
  const auto numbers = [&](std::initializer_list<std::int64_t> each) { hash.add(each.begin(), each.size() * sizeof(std::int64_t)); };
  text(unit.analysable.id);
  numbers({unit.analysable.start, unit.analysable.end});
  for (const auto& range : result.ranges) {
    const auto known_by = std::min(range.range.end, as_of);
    numbers({range.index, range.range.start, range.range.end, known_by, std::int64_t(range.samples.size())});
    for (const auto sample : range.samples) text(unit.samples[sample].id);
  }
  return hash.hex();
}

}  // namespace

ValuesWriter::ValuesWriter(const std::string& key, Time as_of) : as_of_(as_of), bytes_(std::string(first_line) + key + "\n") {}

void ValuesWriter::add(const UnitResult& unit) {
  const auto* result = training_of(unit);
  if (result == nullptr) return;
  std::string values;
  append(values, std::uint32_t(result->ranges.front().values.size()));
  for (const auto& range : result->ranges) {
    for (const auto& indicator : range.values) append_values(values, indicator);
  }
  bytes_ += name_of(unit, *result, as_of_);
  append(bytes_, std::uint64_t(values.size()));
  bytes_ += values;
}

RememberedValues::RememberedValues(std::string bytes, Time as_of) : as_of_(as_of), bytes_(std::move(bytes)) {
  if (!bytes_.starts_with(first_line)) damaged();
  const auto end = bytes_.find('\n', first_line.size());
  if (end == std::string::npos) damaged();
  key_ = bytes_.substr(first_line.size(), end - first_line.size());
  Front front(std::string_view(bytes_).substr(end + 1));
  while (!front.empty()) {
    const auto name = front.text(name_size);
    units_.emplace(name, front.text(front.take<std::uint64_t>()));
  }
}

bool RememberedValues::has(const UnitResult& unit) const {
  const auto* result = training_of(unit);
  return result != nullptr && units_.contains(name_of(unit, *result, as_of_));
}

void RememberedValues::fill(UnitResult& unit) const {
  for (auto& result : unit.purposes) {
    if (result.purpose != Purpose::training || result.ranges.empty()) continue;
    Front front(units_.at(name_of(unit, result, as_of_)));
    const auto indicators = front.take<std::uint32_t>();
    for (auto& range : result.ranges) {
      range.values.clear();
      for (std::uint32_t i = 0; i < indicators; ++i) range.values.push_back(take_values(front, range.samples.size()));
    }
  }
}

}  // namespace auspex::analysis
