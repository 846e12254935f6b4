// A report as one HTML file that needs no network: text, notices, tables and figures, each figure with its numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

namespace auspex::report {

using Json = nlohmann::ordered_json;

/// Text, a number (NaN = none, shown as a dash; others with four significant digits) or a count (shown in full).
using Cell = std::variant<std::string, double, std::int64_t>;

/// Every row has one cell a header. The first column names its row.
struct Table {
  std::vector<std::string> headers;
  std::vector<std::vector<Cell>> rows;
  std::string note;  ///< what is not in it ("the first 50 of 1,049 rows"); may be empty
};

/// What is drawn, and the same in numbers for who cannot see it. Made by figures.hpp.
struct Figure {
  std::string title;
  std::string text;  ///< what is seen and how to read it; also what a screen reader says of the figure
  Json option;       ///< ECharts' own
  Table table;
  int height = 340;      ///< CSS pixels
  bool spatial = false;  ///< three axes: needs ECharts GL and a browser with WebGL
};

struct Paragraph {
  std::string text;
};

/// Something the reader must not miss.
struct Notice {
  enum class Kind { note, warning };
  Kind kind;
  std::string text;
};

using Block = std::variant<Paragraph, Notice, Table, Figure>;

struct Section {
  std::string title;  ///< also the entry of the page's contents; distinct within a page
  std::vector<Block> blocks;
};

struct Page {
  std::string title;
  std::string subtitle;  ///< of what, as of when, by which version
  std::vector<Section> sections;
};

/// The page as HTML; the same page gives the same bytes. `assets`: the folder of page.css, page.js and ECharts, all of which
/// it holds then. All texts are escaped. Throws Error(data) where an asset cannot be read.
[[nodiscard]] std::string html(const Page& page, const std::filesystem::path& assets);

/// A number as cells show it: four significant digits; "–" for NaN.
[[nodiscard]] std::string shown(double value);

}  // namespace auspex::report
