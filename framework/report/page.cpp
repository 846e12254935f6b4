#include "report/page.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/files.hpp"

namespace auspex::report {
namespace {

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

// Inside <script> nothing is escaped and "</script" or "<!--" would end it: in JSON, '<' can be written otherwise.
std::string script_json(const Json& json) {
  const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

// The same for a library's code, where "</script" can only stand in a string or an expression.
std::string script_code(std::string code) {
  for (auto at = code.find("</script"); at != std::string::npos; at = code.find("</script", at)) code.replace(at, 2, "<\\/");
  return code;
}

std::string cell_text(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return escaped(*text);
  if (const auto* number = std::get_if<double>(&cell)) return shown(*number);
  return fmt::format("{}", std::get<std::int64_t>(cell));
}

void add_table(std::string& out, const Table& table, const std::string& caption) {
  out += "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(caption) + "\"><table>";
  if (!caption.empty()) out += "<caption>" + escaped(caption) + "</caption>";
  out += "<thead><tr>";
  for (const auto& header : table.headers) out += "<th scope=\"col\">" + escaped(header) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool text = std::holds_alternative<std::string>(row[i]);
      out += i == 0 ? (text ? "<th scope=\"row\">" : "<th scope=\"row\" class=\"number\">")
                    : (text ? "<td>" : "<td class=\"number\">");
      out += cell_text(row[i]) + (i == 0 ? "</th>" : "</td>");
    }
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  if (!table.note.empty()) out += "<p class=\"remark\">" + escaped(table.note) + "</p>\n";
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void operator()(const Paragraph& paragraph) { out_ += "<p>" + escaped(paragraph.text) + "</p>\n"; }

  void operator()(const Notice& notice) {
    const bool warning = notice.kind == Notice::Kind::warning;
    out_ += fmt::format("<p class=\"notice {}\" role=\"note\"><strong>{}</strong> {}</p>\n", warning ? "warning" : "plain",
                        warning ? "Warning:" : "Note:", escaped(notice.text));
  }

  void operator()(const Table& table) { add_table(out_, table, ""); }

  void operator()(const Figure& figure) {
    const auto number = ++figures_;
    const auto title = fmt::format("Figure {}: {}", number, figure.title);
    out_ += fmt::format("<figure id=\"figure-{}\" data-renderer=\"{}\"><figcaption><h3>{}</h3><p>{}</p></figcaption>\n",
                        number, figure.spatial ? "gl" : "svg", escaped(title), escaped(figure.text));
    out_ += fmt::format("<div class=\"drawing\" style=\"height:{}px\" role=\"img\" aria-label=\"{}. {}\"></div>\n",
                        figure.height, escaped(title), escaped(figure.text));
    out_ += "<script type=\"application/json\">" + script_json(figure.option) + "</script>\n";
    out_ += "<details><summary>The numbers of figure " + std::to_string(number) + "</summary>\n";
    add_table(out_, figure.table, figure.title);
    out_ += "</details></figure>\n";
  }

 private:
  std::string& out_;
  int figures_ = 0;
};

}  // namespace

std::string shown(double value) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  // Whole numbers stay whole: 123456, not 1.235e+05.
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value == 0 ? 0.0 : value);
  return fmt::format("{:.4g}", value);
}

std::string html(const Page& page, const std::filesystem::path& assets) {
  bool figures = false;
  bool spatial = false;
  for (const auto& section : page.sections) {
    for (const auto& block : section.blocks) {
      if (const auto* figure = std::get_if<Figure>(&block)) {
        figures = true;
        spatial = spatial || figure->spatial;
      }
    }
  }
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  out += escaped(page.title) + "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n" + read_file(assets / "page.css") +
         "</style>\n</head>\n<body>\n";
  out += "<a class=\"skip\" href=\"#content\">To the content</a>\n<header><h1>" + escaped(page.title) + "</h1>\n<p>" +
         escaped(page.subtitle) + "</p></header>\n<nav aria-label=\"Contents\"><ul>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    out += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1, escaped(page.sections[i].title));
  }
  out += "</ul></nav>\n<main id=\"content\">\n";
  if (figures)
    out +=
        "<noscript><p class=\"notice warning\">The figures need JavaScript; their numbers are in the "
        "tables.</p></noscript>\n";
  Writer writer(out);
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    out += fmt::format("<section id=\"section-{0}\" aria-labelledby=\"title-{0}\"><h2 id=\"title-{0}\">{1}</h2>\n", i + 1,
                       escaped(page.sections[i].title));
    for (const auto& block : page.sections[i].blocks) std::visit(writer, block);
    out += "</section>\n";
  }
  out += "</main>\n";
  if (figures) {
    out += "<script>" + script_code(read_file(assets / "echarts.min.js")) + "</script>\n";
    if (spatial) out += "<script>" + script_code(read_file(assets / "echarts-gl.min.js")) + "</script>\n";
    out += "<script>\n" + script_code(read_file(assets / "page.js")) + "</script>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace auspex::report
