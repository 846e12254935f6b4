// Frames of a seeded world: tables in memory, and the rows of them that a component declared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <auspex/abi.h>

#include "base/calendar.hpp"
#include "conformance/scene.hpp"

namespace auspex::conformance {

/// Structs as a newer host hands them over: longer than this version knows, with something in the unknown part.
class Arena {
 public:
  explicit Arena(bool newer) : newer_(newer) {}

  template <class T>
  T& keep(T value) {
    constexpr std::size_t later = 64;
    auto& bytes = kept_.emplace_back((sizeof(T) + later + sizeof(std::max_align_t)) / sizeof(std::max_align_t));
    std::memset(static_cast<void*>(bytes.data()), 0xa5, bytes.size() * sizeof(std::max_align_t));
    value.struct_size = std::uint32_t(sizeof(T) + (newer_ ? later : 0));
    std::memcpy(static_cast<void*>(bytes.data()), &value, sizeof(T));
    return *reinterpret_cast<T*>(bytes.data());
  }

 private:
  bool newer_;
  std::deque<std::vector<std::max_align_t>> kept_;
};

/// A range of time; none = all of it.
struct Window {
  Time start = AUSPEX_NO_TIME;
  Time end = AUSPEX_NO_TIME;
  std::int64_t index = -1;
};

/// The life of the analysable, and three ranges in it.
inline constexpr Time life_start = 1'700'000'000;
inline constexpr Time life_end = life_start + 100 * 86'400;
[[nodiscard]] Window window(int number);

/// One frame with all that it points to.
class Frame {
 public:
  explicit Frame(bool newer) : arena_(newer) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  [[nodiscard]] const auspex_frame& raw() const { return *raw_; }

  /// Of every value that the frame points to.
  [[nodiscard]] std::uint64_t fingerprint() const;

 private:
  friend class World;
  struct Column {
    std::string name;
    std::vector<std::int64_t> bytes;  ///< values of any width, aligned
    std::vector<std::uint8_t> validity;
  };

  Arena arena_;
  auspex_frame* raw_ = nullptr;
  std::deque<Column> columns_;
  std::deque<std::vector<auspex_column>> lists_;
  std::deque<std::vector<std::int64_t>> bounds_;
  std::vector<auspex_rows> reads_;
};

/// What a frame is of.
struct FrameOf {
  int stage = 0;
  int purpose = 0;
  Window window;
  bool with_samples = true;
  std::optional<std::int64_t> analysable;  ///< key of a course or user: only its rows
  int unit = AUSPEX_UNIT_COURSE;
  std::vector<std::string> indicators;            ///< columns of indicators, of values made up
  std::optional<std::pair<double, double>> part;  ///< of the rows of the analysable, from and to a share of them
};

class World {
 public:
  /// `entities`: bits of what samples have.
  World(const Tables& tables, const std::vector<plugin::Read>& reads, std::uint32_t entities, const Scene& scene);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] std::unique_ptr<Frame> frame(const FrameOf& of) const;

  /// The samples of frames: numbers that name them whatever their order.
  [[nodiscard]] const std::vector<std::int64_t>& samples() const { return samples_; }

 private:
  struct Cells;
  struct Table;

  void make_table(const std::string& name, const Tables& known);
  Cells make_cells(const std::string& table, const std::string& column, const TableInfo::Column& info,
                   const Table& rows) const;
  [[nodiscard]] std::int64_t count_of(std::int32_t entity) const;
  [[nodiscard]] std::int64_t entity_of_sample(std::int32_t entity, std::int64_t sample) const;
  void add_read(Frame& frame, const plugin::Read& read, const FrameOf& of) const;
  void add_entities(Frame& frame) const;

  const Scene& scene_;
  const std::vector<plugin::Read>& reads_;
  std::vector<std::int32_t> entities_;
  std::int64_t users_ = 0, courses_ = 1;
  std::vector<std::int64_t> samples_;
  std::map<std::string, std::unique_ptr<Table>> tables_;
};

}  // namespace auspex::conformance
