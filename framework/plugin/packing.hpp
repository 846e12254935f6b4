// The contract's structs as they go from process to process: packed by one side, whole again on the other.
//
// What a plugin claims (counts, texts, sizes of structs) arrives as it was claimed, so that the checks of component.cpp say the
// same wherever the plugin runs.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <auspex/abi.h>

#include "plugin/shared_memory.hpp"

namespace auspex::plugin {

/// More keys than any sample has: what goes beyond is counted, not sent.
inline constexpr std::size_t most_keys = 32;

/// The calls of the contract.
enum class Call : std::int32_t {
  create, destroy, declare, describe, analysables, samples, ranges, check_analysable, check_samples, label, prepare, calculate,
  train, predict, explain, cluster, detect
};

/// Dictionaries of word columns that the other side has already.
class SentDictionaries {
 public:
  /// Forgets all where `epoch` is another than before.
  void begin(std::uint64_t epoch);
  /// Its number; `is_new`: it must be sent with it.
  std::int64_t number(const auspex_column& column, bool& is_new);

 private:
  std::uint64_t epoch_ = 0;
  std::map<std::pair<const auspex_str*, std::int64_t>, std::int64_t> numbers_;
};

/// Dictionaries that were received, by number.
class ReceivedDictionaries {
 public:
  void begin(std::uint64_t epoch);
  const std::vector<auspex_str>& receive(std::int64_t number, bool is_new, Unpacker& from);

 private:
  struct Dictionary {
    std::string letters;
    std::vector<auspex_str> texts;
  };
  std::uint64_t epoch_ = 0;
  std::map<std::int64_t, Dictionary> dictionaries_;
};

/// Of each read only the rows from the first that belongs to a sample to the last.
void put(Packer& to, const auspex_frame& frame, SentDictionaries& sent);

/// A frame with all that it points to; valid as long as the memory it was unpacked from.
class UnpackedFrame {
 public:
  UnpackedFrame(Unpacker& from, ReceivedDictionaries& received);
  UnpackedFrame(const UnpackedFrame&) = delete;
  UnpackedFrame& operator=(const UnpackedFrame&) = delete;

  [[nodiscard]] const auspex_frame& frame() const { return frame_; }

 private:
  std::vector<auspex_column> columns(Unpacker& from, std::size_t count, ReceivedDictionaries& received);

  auspex_frame frame_{};
  auspex_analysable analysable_{};
  std::vector<auspex_column> entities_, indicators_;
  std::deque<std::vector<auspex_column>> read_columns_;
  std::vector<auspex_rows> reads_;
};

void put(Packer& to, const auspex_matrix& matrix);

class UnpackedMatrix {
 public:
  explicit UnpackedMatrix(Unpacker& from);
  UnpackedMatrix(const UnpackedMatrix&) = delete;
  UnpackedMatrix& operator=(const UnpackedMatrix&) = delete;

  [[nodiscard]] const auspex_matrix& matrix() const { return matrix_; }

 private:
  auspex_matrix matrix_{};
  std::vector<auspex_str> names_;
};

void put(Packer& to, const auspex_points& points);

class UnpackedPoints {
 public:
  explicit UnpackedPoints(Unpacker& from);
  UnpackedPoints(const UnpackedPoints&) = delete;
  UnpackedPoints& operator=(const UnpackedPoints&) = delete;

  [[nodiscard]] const auspex_points& points() const { return points_; }

 private:
  auspex_points points_{};
  std::vector<auspex_str> names_;
};

void put(Packer& to, const auspex_argument* arguments, std::size_t count);

class UnpackedArguments {
 public:
  explicit UnpackedArguments(Unpacker& from);
  UnpackedArguments(const UnpackedArguments&) = delete;
  UnpackedArguments& operator=(const UnpackedArguments&) = delete;

  [[nodiscard]] const std::vector<auspex_argument>& arguments() const { return arguments_; }

 private:
  std::vector<auspex_argument> arguments_;
  std::deque<std::vector<auspex_str>> texts_;
};

/// A struct that a plugin made: as much of it as both know, the rest zero, or that it is a null pointer.
template <class T>
void put_struct(Packer& to, const T* made) {
  T copy{};
  if (made != nullptr) std::memcpy(&copy, made, std::min<std::size_t>(made->struct_size, sizeof copy));
  to.put(made != nullptr);
  to.put(copy);
}

/// What a plugin claimed, with what the claims point to. Lives as long as this.
class Claims {
 public:
  static void put_text(Packer& to, const auspex_str& text);
  static void put_texts(Packer& to, const auspex_str* texts, std::size_t count);
  static void put_numbers(Packer& to, const double* numbers, std::size_t count);
  static void put_read(Packer& to, const auspex_read* read);
  static void put_range(Packer& to, const auspex_range* range);

  auspex_str text(Unpacker& from);
  const auspex_str* texts(Unpacker& from);
  const double* numbers(Unpacker& from);
  /// Null where the plugin gave a null pointer.
  const auspex_read* read(Unpacker& from);
  const auspex_range* range(Unpacker& from);

 private:
  std::deque<std::string> letters_;
  std::deque<std::vector<auspex_str>> lists_;
  std::deque<std::vector<double>> numbers_;
  std::deque<std::vector<auspex_condition>> conditions_;
  auspex_read read_{};
  auspex_range range_{};
};

}  // namespace auspex::plugin
