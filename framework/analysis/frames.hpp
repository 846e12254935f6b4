// Frames: for one analysable, the rows that a component declared, cut to what was known.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "analysis/tables.hpp"
#include "base/calendar.hpp"
#include "plugin/component.hpp"

namespace auspex::analysis {

/// The samples of one analysable by their keys: one id column per entity.
struct SampleKeys {
  std::vector<std::int32_t> entities;                ///< AUSPEX_ENTITY_*, ascending
  std::vector<std::vector<std::int64_t>> ids;        ///< per entity, one id a sample
  std::size_t count = 0;

  [[nodiscard]] const std::vector<std::int64_t>* of(std::int32_t entity) const;
  [[nodiscard]] SampleKeys subset(const std::vector<std::size_t>& samples) const;
};

/// "user_id" for AUSPEX_ENTITY_USER, ...
[[nodiscard]] std::string entity_column(std::int32_t entity);

/// The data of one analysable, by table name.
struct UnitTables {
  std::map<std::string, TableRows> own;                              ///< read for this analysable alone
  const std::map<std::string, TableRows>* shared = nullptr;          ///< tables without the unit's key, read once for all
  [[nodiscard]] const TableRows& at(const std::string& table) const;
};

struct Window {
  int kind = 0;           ///< AUSPEX_WINDOW_*
  Time start = no_time;
  Time end = no_time;
  Time known_by = no_time;
};

/// Makes the rows of reads for one analysable and a fixed list of samples. Reads that differ only in their columns or window
/// share the grouping by sample; rows already in order are not copied.
class FrameMaker {
 public:
  FrameMaker(const UnitTables& tables, const SampleKeys& samples) : tables_(&tables), samples_(&samples) {}

  /// `entities`: the entities that rows of scope "sample" are matched by, as bits. The result is valid until clear_ranges().
  const auspex_rows& rows(const plugin::Read& read, std::uint32_t entities, const Window& window);

  /// Frees what was made for single ranges.
  void clear_ranges() {
    made_.clear();
    cut_.clear();
  }

 private:
  // Rows that pass the conditions, grouped by sample, in time order inside a group.
  struct Selection {
    const TableRows* table = nullptr;
    bool identity = false;               // rows are those of the table, in its order
    std::vector<std::uint32_t> rows;     // else: which
    std::vector<std::int64_t> begin;     // per sample, or one for all
    std::vector<std::int64_t> end;
    bool cuts_by_search = true;          // within each group, `known_at` never falls
    std::map<std::string, TypedColumn> gathered;

    [[nodiscard]] std::size_t count() const { return identity ? table->rows : rows.size(); }
    [[nodiscard]] std::uint32_t row(std::size_t i) const { return identity ? std::uint32_t(i) : rows[i]; }
    const TypedColumn& column(const std::string& name);
  };

  // The rows of a table by the word in one column: those of word w are rows[begin[w]] to rows[begin[w + 1]], ascending. Made
  // once, so that many reads that each select one word look at each row once in all.
  struct ByWord {
    std::vector<std::size_t> begin;
    std::vector<std::uint32_t> rows;
  };

  struct Made {
    auspex_rows rows{};
    std::vector<auspex_column> columns;
    std::vector<std::int64_t> begin, end;
    std::vector<TypedColumn> owned;
  };
  // begin and end of every sample for one selection and window, shared by reads that differ in columns only.
  using CutKey = std::tuple<const Selection*, int, Time, Time, Time>;
  struct Cut {
    std::vector<std::int64_t> begin, end;
  };

  Selection& selection(const plugin::Read& read, std::uint32_t entities);
  const ByWord& by_word(const std::string& table, const std::string& column);
  void group(Selection& selection, std::uint32_t entities, bool of_analysable);
  const Cut& cut(Selection& selection, const Window& window);
  void fill_by_search(Selection& selection, const plugin::Read& read, const Window& window, Made& made);
  void fill_by_copy(Selection& selection, const plugin::Read& read, const Window& window, Made& made);

  const UnitTables* tables_;
  const SampleKeys* samples_;
  std::map<std::string, Selection> selections_;
  std::map<std::pair<std::string, std::string>, ByWord> by_word_;
  std::deque<Made> made_;
  std::map<CutKey, Cut> cut_;
};

}  // namespace auspex::analysis
