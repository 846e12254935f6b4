#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <set>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/names.hpp"
#include "plugin/host.hpp"
#include "plugin/loading.hpp"
#include "plugin/text.hpp"

namespace auspex::plugin {
namespace {

constexpr std::size_t most_elements = 10'000;

[[noreturn]] void invalid(std::string message, std::string hint = {}) {
  throw Refused{"invalid_descriptor", std::move(message), std::move(hint), {}};
}

std::string required_text(const auspex_str& text, const std::string& what) {
  if (const auto why = refuse_text(text); !why.empty()) invalid(fmt::format("{} {}", what, why));
  return copy_text(text);
}

void check_array(const void* array, std::size_t count, const std::string& what) {
  if (count > most_elements) {
    invalid(fmt::format("{} claims {} elements, more than the {} allowed", what, count, most_elements));
  }
  if (count > 0 && array == nullptr) invalid(fmt::format("{} has {} elements at a null pointer", what, count));
}

bool is_plain_word(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Three numbers, then nothing or "-..." or "+..." (semver.org).
bool is_version(std::string_view version) {
  for (int part = 0; part < 3; ++part) {
    const auto digits = version.find_first_not_of("0123456789");
    const auto length = digits == std::string_view::npos ? version.size() : digits;
    if (length == 0) return false;
    version.remove_prefix(length);
    if (part < 2) {
      if (!version.starts_with('.')) return false;
      version.remove_prefix(1);
    }
  }
  return version.empty() || version.front() == '-' || version.front() == '+';
}

struct Slot {
  const char* name;
  std::size_t offset;
};

constexpr Slot analyser_slots[] = {{"describe", offsetof(auspex_analyser, describe)},
                                   {"analysables", offsetof(auspex_analyser, analysables)},
                                   {"samples", offsetof(auspex_analyser, samples)}};
constexpr Slot time_splitter_slots[] = {{"describe", offsetof(auspex_time_splitter, describe)},
                                        {"ranges", offsetof(auspex_time_splitter, ranges)}};
constexpr Slot target_slots[] = {{"describe", offsetof(auspex_target, describe)},
                                 {"check_analysable", offsetof(auspex_target, check_analysable)},
                                 {"check_samples", offsetof(auspex_target, check_samples)},
                                 {"label", offsetof(auspex_target, label)}};
constexpr Slot indicator_slots[] = {{"describe", offsetof(auspex_indicator, describe)},
                                    {"calculate", offsetof(auspex_indicator, calculate)}};
constexpr Slot backend_slots[] = {{"describe", offsetof(auspex_ml_backend, describe)},
                                  {"train", offsetof(auspex_ml_backend, train)},
                                  {"predict", offsetof(auspex_ml_backend, predict)}};
constexpr Slot clusterer_slots[] = {{"cluster", offsetof(auspex_clusterer, cluster)}};
constexpr Slot detector_slots[] = {{"detect", offsetof(auspex_outlier_detector, detect)}};

struct KindTable {
  const char* interface_id;
  Kind kind;
  std::span<const Slot> slots;
};

constexpr KindTable kind_tables[] = {{AUSPEX_ANALYSER, Kind::analyser, analyser_slots},
                                     {AUSPEX_TIME_SPLITTER, Kind::time_splitter, time_splitter_slots},
                                     {AUSPEX_TARGET, Kind::target, target_slots},
                                     {AUSPEX_INDICATOR, Kind::indicator, indicator_slots},
                                     {AUSPEX_ML_BACKEND, Kind::ml_backend, backend_slots},
                                     {AUSPEX_CLUSTERER, Kind::clusterer, clusterer_slots},
                                     {AUSPEX_OUTLIER_DETECTOR, Kind::outlier_detector, detector_slots}};

// All fields of a function table behind struct_size are function pointers.
void check_table(const KindTable& kind, const void* functions, const std::string& id) {
  if (functions == nullptr) invalid(fmt::format("{}: its function table is a null pointer", id));
  std::uint32_t size = 0;
  std::memcpy(&size, functions, sizeof size);
  for (const auto& slot : kind.slots) {
    void* function = nullptr;
    if (size >= slot.offset + sizeof function) {
      std::memcpy(&function, static_cast<const char*>(functions) + slot.offset, sizeof function);
    }
    if (function == nullptr) {
      invalid(fmt::format("{}: the required function '{}' of {} is missing", id, slot.name, kind.interface_id));
    }
  }
}

ParameterType parameter_type(int32_t type, const std::string& what) {
  switch (type) {
    case AUSPEX_TYPE_REAL: return ParameterType::real;
    case AUSPEX_TYPE_INT: return ParameterType::integer;
    case AUSPEX_TYPE_BOOL: return ParameterType::boolean;
    case AUSPEX_TYPE_TEXT: return ParameterType::text;
    default: invalid(fmt::format("{} has the unknown type {}", what, type), "parameters are REAL, INT, BOOL or TEXT");
  }
}

std::optional<SearchRange> read_search(const auspex_parameter& from, const Parameter& parameter, const std::string& what) {
  if (!AUSPEX_HAS(auspex_parameter, &from, search_high) || from.search == 0) return std::nullopt;
  const SearchRange search{from.search_low, from.search_high, from.search == AUSPEX_SEARCH_LOG};
  if (parameter.is_list) invalid(what + " is a list, which cannot be searched");
  if (parameter.type == ParameterType::text && parameter.choices.empty()) {
    invalid(what + " is text without choices, which cannot be searched");
  }
  if (parameter.type == ParameterType::text || parameter.type == ParameterType::boolean) return search;
  const bool lies_within = search.low >= parameter.minimum && search.low < search.high && search.high <= parameter.maximum;
  if (!lies_within || !std::isfinite(search.high - search.low) || (search.is_log && search.low <= 0)) {
    invalid(fmt::format("{} is to be searched from {} to {}, which is no range within its limits", what, search.low,
                        search.high),
            "the range of a logarithmic search begins above 0");
  }
  return search;
}

Parameter read_parameter(const auspex_parameter& from, const std::string& id, std::size_t index) {
  Parameter parameter;
  parameter.name = required_text(from.name, fmt::format("{}: the name of parameter {}", id, index + 1));
  const auto what = fmt::format("{}: parameter '{}'", id, parameter.name);
  if (!is_plain_word(parameter.name)) invalid(what + " is not a word of lower-case letters, digits and underscores");
  parameter.type = parameter_type(from.type, what);
  parameter.is_list = from.is_list != 0;
  parameter.required = from.required != 0;
  parameter.description = required_text(from.description, what + ": its description");
  parameter.minimum = from.minimum;
  parameter.maximum = from.maximum;
  if (!(parameter.minimum <= parameter.maximum)) {
    invalid(fmt::format("{} has the limits {} to {}", what, parameter.minimum, parameter.maximum),
            "-HUGE_VAL and HUGE_VAL stand for open limits");
  }
  if (from.choices != nullptr) {
    check_array(from.choices, from.choice_count, what + ": its list of choices");
    for (std::size_t i = 0; i < from.choice_count; ++i) {
      parameter.choices.push_back(required_text(from.choices[i], fmt::format("{}: choice {}", what, i + 1)));
    }
  }
  const auto text = required_text(from.default_json, what + ": its default");
  if (!text.empty()) {
    parameter.default_value = nlohmann::json::parse(text, nullptr, false);
    if (parameter.default_value.is_discarded()) invalid(fmt::format("{}: its default '{}' is not JSON", what, text));
    if (const auto why = parameter.refuse(parameter.default_value); !why.empty()) {
      invalid(fmt::format("{}: its default '{}' breaks its own rules: {}", what, text, why));
    }
  }
  parameter.search = read_search(from, parameter, what);
  return parameter;
}

std::vector<Parameter> read_parameters(const auspex_component& component, const std::string& id) {
  check_array(component.parameters, component.parameter_count, id + ": its table of parameters");
  std::vector<Parameter> parameters;
  std::set<std::string> names;
  // Steps by the author's size of an element, not by ours.
  auto at = reinterpret_cast<const char*>(component.parameters);
  for (std::size_t i = 0; i < component.parameter_count; ++i) {
    const auto& from = *reinterpret_cast<const auspex_parameter*>(at);
    if (!AUSPEX_HAS(auspex_parameter, &from, choice_count)) {
      invalid(fmt::format("{}: parameter {} is {} bytes long, less than the {} of version 1.0", id, i + 1, from.struct_size,
                          offsetof(auspex_parameter, choice_count) + sizeof from.choice_count));
    }
    parameters.push_back(read_parameter(from, id, i));
    if (!names.insert(parameters.back().name).second) {
      invalid(fmt::format("{}: parameter '{}' is there twice", id, parameters.back().name));
    }
    at += from.struct_size;
  }
  return parameters;
}

std::shared_ptr<const Component> read_component(const auspex_component* from, std::size_t index, const Descriptor& plugin,
                                                const Limits& limits) {
  const auto what = fmt::format("component {}", index + 1);
  if (from == nullptr) invalid(fmt::format("{} of the component table is a null pointer", what));
  if (!AUSPEX_HAS(auspex_component, from, destroy)) {
    invalid(fmt::format("{} is {} bytes long, less than the {} of version 1.0", what, from->struct_size,
                        offsetof(auspex_component, destroy) + sizeof from->destroy));
  }
  auto component = std::make_shared<Component>();
  auto& schema = component->schema;
  schema.id = required_text(from->id, what + ": its id");
  if (!is_component_id(schema.id)) {
    invalid(fmt::format("{} has the id '{}', which is not of the form component/name", what, schema.id),
            "both sides are lower-case letters, digits and underscores");
  }
  if (!schema.id.starts_with(plugin.id + "/")) {
    invalid(fmt::format("the component '{}' does not begin with the plugin's id '{}/'", schema.id, plugin.id));
  }
  component->exported = from;
  component->index = index;
  component->limits = limits;
  component->interface_id = required_text(from->interface_id, schema.id + ": its interface id");
  schema.name = required_text(from->name, schema.id + ": its name");
  schema.description = required_text(from->description, schema.id + ": its description");
  component->unit = required_text(from->unit, schema.id + ": its unit");
  schema.plugin = plugin.id;
  schema.plugin_version = plugin.version;

  const auto kind = std::find_if(std::begin(kind_tables), std::end(kind_tables),
                                 [&](const KindTable& table) { return component->interface_id == table.interface_id; });
  // A kind of a later version: listed, never used.
  if (kind == std::end(kind_tables)) return component;

  component->known = true;
  schema.kind = kind->kind;
  if (from->create == nullptr) invalid(schema.id + ": the required function 'create' is missing");
  if (from->destroy == nullptr) invalid(schema.id + ": the required function 'destroy' is missing");
  check_table(*kind, from->functions, schema.id);
  component->functions = from->functions;
  schema.parameters = read_parameters(*from, schema.id);
  return component;
}

void check_version(const auspex_plugin_entry& entry) {
  if (entry.magic != AUSPEX_MAGIC) {
    throw Refused{"not_a_plugin",
                  fmt::format("the symbol '" AUSPEX_PLUGIN_SYMBOL "' begins with {:#010x}, not with a plugin's magic number "
                              "{:#010x}", entry.magic, AUSPEX_MAGIC),
                  {}, {}};
  }
  if (entry.abi_major != AUSPEX_ABI_MAJOR) {
    throw Refused{"wrong_abi",
                  fmt::format("it was built for plugin ABI {}.{}; this program has plugin ABI {}.{}", entry.abi_major,
                              entry.abi_minor, AUSPEX_ABI_MAJOR, AUSPEX_ABI_MINOR),
                  fmt::format("install a build of it for ABI {}.x{}; ABI numbers are separate from Auspex's own version",
                              AUSPEX_ABI_MAJOR, entry.abi_major > AUSPEX_ABI_MAJOR ? ", or a newer Auspex" : ""),
                  {}};
  }
  if (!AUSPEX_HAS(auspex_plugin_entry, &entry, component_count)) {
    invalid(fmt::format("its entry is {} bytes long, less than the {} of version 1.0", entry.struct_size,
                        offsetof(auspex_plugin_entry, component_count) + sizeof entry.component_count));
  }
}

void check_requirements(const auspex_plugin_entry& entry) {
  check_array(entry.requires_interfaces, entry.requires_count, "its list of required interfaces");
  std::string missing;
  for (std::size_t i = 0; i < entry.requires_count; ++i) {
    const auto id = required_text(entry.requires_interfaces[i], fmt::format("required interface {}", i + 1));
    if (!host_offers(id)) missing += fmt::format("{}'{}'", missing.empty() ? "" : ", ", id);
  }
  if (!missing.empty()) {
    throw Refused{"missing_interface",
                  fmt::format("it requires {} of the host; this program (plugin ABI {}.{}) does not have that, the plugin "
                              "was built for plugin ABI {}.{}", missing, AUSPEX_ABI_MAJOR, AUSPEX_ABI_MINOR, entry.abi_major,
                              entry.abi_minor),
                  "install a newer Auspex, or an older build of the plugin", {}};
  }
}

}  // namespace

Descriptor read_descriptor(const auspex_plugin_entry& entry, const Limits& limits) {
  check_version(entry);
  Descriptor plugin;
  plugin.abi_major = entry.abi_major;
  plugin.abi_minor = entry.abi_minor;
  plugin.id = required_text(entry.id, "its id");
  if (!is_plain_word(plugin.id)) {
    invalid(fmt::format("its id '{}' is not a word of lower-case letters, digits and underscores", plugin.id));
  }
  plugin.version = required_text(entry.version, "its version");
  if (!is_version(plugin.version)) {
    invalid(fmt::format("its version '{}' is not a semantic version such as 1.2.0", plugin.version));
  }
  plugin.sdk_version = required_text(entry.sdk_version, "its SDK version");
  plugin.name = required_text(entry.name, "its name");
  plugin.author = required_text(entry.author, "its author");
  plugin.licence = required_text(entry.licence, "its licence");
  plugin.url = required_text(entry.url, "its url");
  check_requirements(entry);
  check_array(entry.components, entry.component_count, "its component table");
  if (entry.component_count == 0) invalid("it has no components");

  std::set<std::string> ids;
  for (std::size_t i = 0; i < entry.component_count; ++i) {
    plugin.components.push_back(read_component(entry.components[i], i, plugin, limits));
    const auto& id = plugin.components.back()->schema.id;
    if (!ids.insert(id).second) invalid(fmt::format("the component '{}' is there twice", id));
  }
  return plugin;
}

}  // namespace auspex::plugin
