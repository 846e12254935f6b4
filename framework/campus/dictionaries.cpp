#include "campus/dictionaries.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <mutex>
#include <numeric>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "base/error.hpp"

namespace auspex::campus {
namespace {

std::optional<std::int64_t> plain_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || fmt::format("{}", value) != text) return std::nullopt;
  return value;
}

std::string_view view_of(duckdb_string_t& text) { return {duckdb_string_t_data(&text), duckdb_string_t_length(text)}; }

/// Calls `row(i)` for the rows of a chunk whose value is not NULL; the others give NULL.
template <typename Row>
void for_each_row(duckdb_data_chunk input, duckdb_vector output, Row row) {
  const auto rows = duckdb_data_chunk_get_size(input);
  auto* valid = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(input, 1));
  for (idx_t i = 0; i < rows; ++i) {
    if (valid == nullptr || duckdb_validity_row_is_valid(valid, i)) {
      row(i);
    } else {
      duckdb_vector_ensure_validity_writable(output);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), i);
    }
  }
}

template <typename T>
T* values_of(duckdb_data_chunk chunk, idx_t column) {
  return static_cast<T*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)));
}

}  // namespace

struct Dictionaries::Kind {
  std::string name;
  std::shared_mutex mutex;
  std::deque<std::string> texts;  // by code; never moves
  std::unordered_map<std::string_view, std::int32_t> codes;
  std::unordered_map<std::int64_t, std::int32_t> numbers;
  std::vector<std::int32_t> ids;  // by code, after number()
  std::vector<std::string> stored;  // by id

  std::int32_t add(std::string_view text) {
    const auto at = codes.find(text);
    if (at != codes.end()) return at->second;
    const auto code = std::int32_t(texts.size());
    codes.emplace(texts.emplace_back(text), code);
    return code;
  }

  std::int32_t add(std::int64_t number) {
    const auto [at, added] = numbers.try_emplace(number, 0);
    if (added) at->second = add(std::string_view(fmt::format("{}", number)));
    return at->second;
  }

  [[nodiscard]] const std::int32_t* find(std::string_view text) const {
    const auto at = codes.find(text);
    return at == codes.end() ? nullptr : &at->second;
  }
  [[nodiscard]] const std::int32_t* find(std::int64_t number) const {
    const auto at = numbers.find(number);
    return at == numbers.end() ? nullptr : &at->second;
  }
};

struct Dictionaries::All {
  std::map<std::string, std::int32_t> numbers;
  std::deque<Kind> kinds;

  Kind& at(const std::string& name) {
    const auto [found, added] = numbers.try_emplace(name, std::int32_t(kinds.size()));
    if (added) kinds.emplace_back().name = name;
    return kinds[std::size_t(found->second)];
  }

  /// The kind that a call names by its first argument.
  static Kind& of(duckdb_function_info info, duckdb_data_chunk input) {
    auto* all = static_cast<All*>(duckdb_scalar_function_get_extra_info(info));
    return all->kinds[std::size_t(values_of<std::int32_t>(input, 0)[0])];
  }

  /// Codes of a chunk's values: first those that are known, then, alone, the new ones.
  template <typename Value, typename Of>
  static void code(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output, Of value_of) {
    if (duckdb_data_chunk_get_size(input) == 0) return;
    auto& kind = of(info, input);
    auto* codes = static_cast<std::int32_t*>(duckdb_vector_get_data(output));
    std::vector<idx_t> fresh;
    {
      const std::shared_lock lock(kind.mutex);
      Value last{};
      const std::int32_t* known = nullptr;
      for_each_row(input, output, [&](idx_t row) {
        const auto value = value_of(row);
        // Equal values mostly follow each other.
        if (known == nullptr || value != last) {
          known = kind.find(value);
          last = value;
        }
        if (known != nullptr) codes[row] = *known;
        else fresh.push_back(row);
      });
    }
    if (fresh.empty()) return;
    const std::unique_lock lock(kind.mutex);
    for (const auto row : fresh) codes[row] = kind.add(value_of(row));
  }

  static void code_of_texts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    auto* texts = values_of<duckdb_string_t>(input, 1);
    code<std::string_view>(info, input, output, [&](idx_t row) { return view_of(texts[row]); });
  }

  static void code_of_numbers(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    const auto* numbers = values_of<std::int64_t>(input, 1);
    code<std::int64_t>(info, input, output, [&](idx_t row) { return numbers[row]; });
  }

  /// `text_of(kind, code)`: a text that stays where it is.
  template <typename TextOf>
  static void texts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output, TextOf text_of) {
    if (duckdb_data_chunk_get_size(input) == 0) return;
    auto& kind = of(info, input);
    const auto* codes = values_of<std::int32_t>(input, 1);
    const std::shared_lock lock(kind.mutex);
    for_each_row(input, output, [&](idx_t row) {
      const std::string& text = text_of(kind, std::size_t(codes[row]));
      duckdb_vector_assign_string_element_len(output, row, text.data(), text.size());
    });
  }

  static void text_of_codes(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    texts(info, input, output, [](const Kind& kind, std::size_t code) -> const std::string& { return kind.texts[code]; });
  }

  static void stored_of_codes(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    texts(info, input, output,
          [](const Kind& kind, std::size_t code) -> const std::string& { return kind.stored[std::size_t(kind.ids[code])]; });
  }

  static void id_of_codes(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    if (duckdb_data_chunk_get_size(input) == 0) return;
    const auto& ids = of(info, input).ids;
    const auto* codes = values_of<std::int32_t>(input, 1);
    auto* out = static_cast<std::int32_t*>(duckdb_vector_get_data(output));
    for_each_row(input, output, [&](idx_t row) { out[row] = ids[std::size_t(codes[row])]; });
  }

  void add(Connection& connection, const char* name, duckdb_type argument, duckdb_type result, duckdb_scalar_function_t body) {
    auto function = duckdb_create_scalar_function();
    duckdb_scalar_function_set_name(function, name);
    for (const auto type : {DUCKDB_TYPE_INTEGER, argument}) {
      auto logical = duckdb_create_logical_type(type);
      duckdb_scalar_function_add_parameter(function, logical);
      duckdb_destroy_logical_type(&logical);
    }
    auto logical = duckdb_create_logical_type(result);
    duckdb_scalar_function_set_return_type(function, logical);
    duckdb_destroy_logical_type(&logical);
    // Never called while a statement is only planned: a text that no row has must get no code.
    duckdb_scalar_function_set_volatile(function);
    duckdb_scalar_function_set_special_handling(function);
    duckdb_scalar_function_set_extra_info(function, this, nullptr);
    duckdb_scalar_function_set_function(function, body);
    const auto state = duckdb_register_scalar_function(connection.handle(), function);
    duckdb_destroy_scalar_function(&function);
    if (state != DuckDBSuccess) throw Error(Fault::data, fmt::format("DuckDB refuses the function {}", name));
  }
};

Dictionaries::Dictionaries(Connection& connection) : all_(std::make_unique<All>()) {
  all_->add(connection, "auspex_code_of_text", DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_INTEGER, &All::code_of_texts);
  all_->add(connection, "auspex_code_of_number", DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_INTEGER, &All::code_of_numbers);
  all_->add(connection, "auspex_text", DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_VARCHAR, &All::text_of_codes);
  all_->add(connection, "auspex_stored", DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_VARCHAR, &All::stored_of_codes);
  all_->add(connection, "auspex_id", DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_INTEGER, &All::id_of_codes);
}

Dictionaries::~Dictionaries() = default;

std::string Dictionaries::call(const char* function, const std::string& kind, const std::string& argument) {
  (void)all_->at(kind);
  return fmt::format("{}(CAST({} AS INTEGER), {})", function, all_->numbers.at(kind), argument);
}

std::string Dictionaries::code_sql(const std::string& kind, const std::string& value, bool is_number) {
  return call(is_number ? "auspex_code_of_number" : "auspex_code_of_text", kind, value);
}

std::string Dictionaries::text_sql(const std::string& kind, const std::string& code) { return call("auspex_text", kind, code); }

std::string Dictionaries::stored_sql(const std::string& kind, const std::string& code) {
  return call("auspex_stored", kind, code);
}

std::string Dictionaries::id_sql(const std::string& kind, const std::string& code) { return call("auspex_id", kind, code); }

bool Dictionaries::all_numbers(const std::string& kind) const {
  const auto& texts = all_->at(kind).texts;
  return std::all_of(texts.begin(), texts.end(), [](const auto& text) { return plain_integer(text).has_value(); });
}

void Dictionaries::number(const std::function<std::string(const std::string& kind, const std::string& text)>& spoken) {
  for (auto& kind : all_->kinds) {
    const bool of_ids = kind.name.find('.') == std::string::npos;
    struct Entry {
      bool text = true;  // texts follow numbers
      std::int64_t number = 0;
      std::string stored;
    };
    std::vector<Entry> entries;
    entries.reserve(kind.texts.size());
    for (const auto& text : kind.texts) {
      auto& entry = entries.emplace_back();
      entry.stored = spoken(kind.name, text);
      const auto number = of_ids ? plain_integer(entry.stored) : std::nullopt;
      entry.text = !number;
      entry.number = number.value_or(0);
    }
    std::vector<std::int32_t> order(entries.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      const auto &x = entries[std::size_t(a)], &y = entries[std::size_t(b)];
      return std::tie(x.text, x.number, x.stored) < std::tie(y.text, y.number, y.stored);
    });
    kind.ids.resize(entries.size());
    for (std::size_t id = 0; id < order.size(); ++id) {
      kind.ids[std::size_t(order[id])] = std::int32_t(id);
      kind.stored.push_back(std::move(entries[std::size_t(order[id])].stored));
    }
  }
}

void Dictionaries::write(Connection& connection, const std::filesystem::path& file) const {
  connection.run("CREATE OR REPLACE TEMP TABLE dictionaries (kind VARCHAR, id BIGINT, text VARCHAR)");
  duckdb_appender appender = nullptr;
  const auto check = [&](duckdb_state state) {
    if (state == DuckDBSuccess) return;
    const auto* why = appender == nullptr ? nullptr : duckdb_appender_error(appender);
    throw QueryError(why == nullptr ? "cannot keep the dictionaries" : why);
  };
  const std::unique_ptr<duckdb_appender, void (*)(duckdb_appender*)> owner(&appender, [](duckdb_appender* a) {
    if (*a != nullptr) duckdb_appender_destroy(a);
  });
  check(duckdb_appender_create_ext(connection.handle(), "temp", nullptr, "dictionaries", &appender));
  for (const auto& [name, number] : all_->numbers) {
    const auto& stored = all_->kinds[std::size_t(number)].stored;
    for (std::size_t id = 0; id < stored.size(); ++id) {
      check(duckdb_append_varchar_length(appender, name.data(), name.size()));
      check(duckdb_append_int64(appender, std::int64_t(id)));
      check(duckdb_append_varchar_length(appender, stored[id].data(), stored[id].size()));
      check(duckdb_appender_end_row(appender));
    }
  }
  check(duckdb_appender_close(appender));
  connection.run(fmt::format("COPY (SELECT * FROM temp.dictionaries ORDER BY kind, id) TO {} (FORMAT parquet, COMPRESSION zstd)",
                             sql_text(file.string())));
}

}  // namespace auspex::campus
