#include "plugin/component.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"
#include "plugin/calls.hpp"

namespace auspex::plugin {
namespace {

// ---- parameters --------------------------------------------------------------------------------------------------------

// The values with defaults filled in; throws every fault at once.
nlohmann::json complete_parameters(const ComponentSchema& schema, const nlohmann::json& given) {
  if (!given.is_null() && !given.is_object()) {
    throw Error(Fault::configuration, fmt::format("the parameters of '{}' must be a table", schema.id));
  }
  std::vector<Problem> problems;
  auto complete = nlohmann::json::object();
  std::vector<std::string> names;
  for (const auto& parameter : schema.parameters) {
    names.push_back(parameter.name);
    if (given.is_object() && given.contains(parameter.name)) {
      const auto& value = given.at(parameter.name);
      if (const auto why = parameter.refuse(value); !why.empty()) {
        problems.push_back({{}, fmt::format("parameter '{}' of '{}': {}", parameter.name, schema.id, why), {}, false});
      }
      complete[parameter.name] = value;
    } else if (parameter.required) {
      problems.push_back({{}, fmt::format("'{}' needs the parameter '{}'", schema.id, parameter.name), parameter.description,
                          false});
    } else if (!parameter.default_value.is_null()) {
      complete[parameter.name] = parameter.default_value;
    }
  }
  if (given.is_object()) {
    for (const auto& [name, value] : given.items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        problems.push_back({{}, fmt::format("'{}' has no parameter '{}'", schema.id, name), did_you_mean(name, names),
                            false});
      }
    }
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
  return complete;
}

// Checked values in the contract's form; owns what the arguments point to.
class Arguments {
 public:
  Arguments(const ComponentSchema& schema, const nlohmann::json& values) {
    for (const auto& parameter : schema.parameters) {
      if (values.contains(parameter.name)) add(parameter, values.at(parameter.name));
    }
  }

  [[nodiscard]] const auspex_argument* data() const { return arguments_.data(); }
  [[nodiscard]] std::size_t size() const { return arguments_.size(); }

 private:
  struct Values {
    std::vector<double> reals;
    std::vector<std::int64_t> integers;
    std::vector<std::string> texts;
    std::vector<auspex_str> borrowed;
  };

  static void add_one(Values& values, ParameterType type, const nlohmann::json& value) {
    switch (type) {
      case ParameterType::real: values.reals.push_back(value.get<double>()); break;
      case ParameterType::integer:
        values.integers.push_back(value.get<std::int64_t>());
        values.reals.push_back(value.get<double>());
        break;
      case ParameterType::boolean: values.integers.push_back(value.get<bool>() ? 1 : 0); break;
      case ParameterType::text: values.texts.push_back(value.get<std::string>()); break;
    }
  }

  static int32_t type_code(ParameterType type) {
    switch (type) {
      case ParameterType::real: return AUSPEX_TYPE_REAL;
      case ParameterType::integer: return AUSPEX_TYPE_INT;
      case ParameterType::boolean: return AUSPEX_TYPE_BOOL;
      case ParameterType::text: return AUSPEX_TYPE_TEXT;
    }
    return 0;
  }

  void add(const Parameter& parameter, const nlohmann::json& value) {
    auto& values = values_.emplace_back();
    if (parameter.is_list) {
      for (const auto& element : value) add_one(values, parameter.type, element);
    } else {
      add_one(values, parameter.type, value);
    }
    for (const auto& text : values.texts) values.borrowed.push_back(borrow(text));
    auspex_argument argument{};
    argument.struct_size = sizeof argument;
    argument.type = type_code(parameter.type);
    argument.is_list = parameter.is_list ? 1 : 0;
    argument.name = borrow(parameter.name);
    argument.count = parameter.is_list ? value.size() : 1;
    argument.reals = values.reals.empty() ? nullptr : values.reals.data();
    argument.integers = values.integers.empty() ? nullptr : values.integers.data();
    argument.texts = values.borrowed.empty() ? nullptr : values.borrowed.data();
    arguments_.push_back(argument);
  }

  std::deque<Values> values_;
  std::vector<auspex_argument> arguments_;
};

// ---- reads -------------------------------------------------------------------------------------------------------------

bool has_stage(Kind kind, int stage) {
  switch (kind) {
    case Kind::analyser: return stage == AUSPEX_STAGE_LIST || stage == AUSPEX_STAGE_SAMPLES;
    case Kind::target:
      return stage == AUSPEX_STAGE_SAMPLES || stage == AUSPEX_STAGE_ANALYSABLE || stage == AUSPEX_STAGE_LABEL;
    case Kind::indicator: return stage == AUSPEX_STAGE_PREPARE || stage == AUSPEX_STAGE_CALCULATE;
    case Kind::time_splitter:
    case Kind::ml_backend:
    case Kind::clusterer:
    case Kind::outlier_detector: return false;
  }
  return false;
}

bool has_samples(Kind kind, int stage) {
  return stage == AUSPEX_STAGE_CALCULATE || stage == AUSPEX_STAGE_LABEL ||
         (kind == Kind::target && stage == AUSPEX_STAGE_SAMPLES);
}

Read copy_read(const auspex_read& from, const Listed& listed) {
  if (!AUSPEX_HAS(auspex_read, &from, condition_count)) {
    listed.fail(fmt::format("a read is {} bytes long", from.struct_size));
  }
  Read read{from.stage, from.scope, from.window, listed.text(from.table, "table"), {}, {}};
  read.columns = listed.texts(from.columns, from.column_count, "columns");
  if (from.condition_count > most_listed) listed.fail("a read claims too many conditions");
  if (from.condition_count > 0 && from.conditions == nullptr) listed.fail("a read's conditions are a null pointer");
  // Steps by the author's size of an element, not by ours.
  auto at = reinterpret_cast<const char*>(from.conditions);
  for (std::size_t i = 0; i < from.condition_count; ++i) {
    const auto& condition = *reinterpret_cast<const auspex_condition*>(at);
    if (!AUSPEX_HAS(auspex_condition, &condition, value_count)) listed.fail("a read's condition is too short");
    read.conditions.push_back({listed.text(condition.column, "condition.column"),
                               listed.texts(condition.values, condition.value_count, "condition.values")});
    at += condition.struct_size;
  }
  return read;
}

void check_read(const Read& read, Kind kind, const std::string& compatibility, const Listed& listed) {
  const auto what = fmt::format("the read of '{}' for stage {}", read.table, stage_name(read.stage));
  if (!has_stage(kind, read.stage)) {
    listed.fail(fmt::format("{}: a component of kind {} has no such stage", what, kind_name(kind)));
  }
  listed.known(read.scope, AUSPEX_SCOPE_SAMPLE, AUSPEX_SCOPE_ANALYSABLE, what + ": scope");
  listed.known(read.window, AUSPEX_WINDOW_RANGE, AUSPEX_WINDOW_HISTORY, what + ": window");
  if (read.table.empty()) listed.fail(fmt::format("a read for stage {} names no table", stage_name(read.stage)));
  if (read.columns.empty()) listed.fail(what + " names no columns");
  if (std::find(read.columns.begin(), read.columns.end(), "") != read.columns.end()) {
    listed.fail(what + " has an empty column");
  }
  for (const auto& condition : read.conditions) {
    if (condition.column.empty()) listed.fail(what + " has a condition without a column");
    if (condition.values.empty()) {
      listed.fail(fmt::format("{}: the condition on '{}' has no values", what, condition.column));
    }
  }
  if (read.scope == AUSPEX_SCOPE_SAMPLE && !has_samples(kind, read.stage)) {
    listed.fail(what + " has the scope sample, but that call has no samples");
  }
  if (kind == Kind::indicator && read.stage == AUSPEX_STAGE_CALCULATE && read.window == AUSPEX_WINDOW_HISTORY &&
      compatibility.empty()) {
    listed.fail(what + " asks for the whole history: an indicator may look past the range's end only under compatibility");
  }
}

}  // namespace

std::string stage_name(int stage) {
  switch (stage) {
    case AUSPEX_STAGE_LIST: return "list";
    case AUSPEX_STAGE_SAMPLES: return "samples";
    case AUSPEX_STAGE_ANALYSABLE: return "analysable";
    case AUSPEX_STAGE_LABEL: return "label";
    case AUSPEX_STAGE_PREPARE: return "prepare";
    case AUSPEX_STAGE_CALCULATE: return "calculate";
    default: return std::to_string(stage);
  }
}

// ---- Instance ----------------------------------------------------------------------------------------------------------

Instance::Instance(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
                   const std::string& compatibility)
    : parameters_(complete_parameters(component->schema, parameters)) {
  component_ = std::move(component);
  const Arguments arguments(component_->schema, parameters_);
  auto error = empty_error();
  try {
    const auto status = enter<void>("create", {}, error, [&](auto*, auto* failed) {
      return component_->create(arguments.data(), arguments.size(), compatibility, &self_, failed);
    });
    if (status == AUSPEX_INVALID) {
      throw Error(Fault::configuration,
                  fmt::format("'{}' refuses its parameters: {}", id(), copy_buffer(error.message, sizeof error.message)),
                  copy_buffer(error.hint, sizeof error.hint));
    }
    require(status, error, "create");
  } catch (...) {
    component_ = nullptr;  // nothing was created, nothing is destroyed
    throw;
  }
  try {
    declare(compatibility);
  } catch (...) {
    component_->exported->destroy(self_);
    throw;
  }
}

void Instance::declare(const std::string& compatibility) {
  const auto& exported = *component_->exported;
  if (!AUSPEX_HAS(auspex_component, &exported, declare) || exported.declare == nullptr) return;
  const Listed listed("declare");
  Sink add([&](const auspex_read* from) {
    if (from == nullptr) listed.fail("a read is a null pointer");
    if (reads_.size() >= most_listed) listed.fail("it declares too many reads");
    auto read = copy_read(*from, listed);
    check_read(read, kind(), compatibility, listed);
    reads_.push_back(std::move(read));
  });
  const auspex_read_sink sink = {sizeof sink, &add, [](void* context, const auspex_read* read) {
                                   (*static_cast<decltype(add)*>(context))(read);
                                 }};
  auto error = empty_error();
  const auto status =
      enter<void>("declare", {}, error, [&](auto*, auto* failed) { return exported.declare(self_, &sink, failed); });
  try {
    add.rethrow();
  } catch (const std::invalid_argument& wrong) {
    broken(fmt::format("breaks the contract: {}", wrong.what()));
  }
  require(status, error, "declare");
}

Instance::Instance(Instance&& other) noexcept
    : component_(std::move(other.component_)),
      parameters_(std::move(other.parameters_)),
      reads_(std::move(other.reads_)),
      self_(std::exchange(other.self_, nullptr)) {}

Instance& Instance::operator=(Instance&& other) noexcept {
  std::swap(component_, other.component_);
  std::swap(parameters_, other.parameters_);
  std::swap(reads_, other.reads_);
  std::swap(self_, other.self_);
  return *this;
}

Instance::~Instance() {
  if (!component_) return;
  const Calling calling(who(), "destroy", component_->limits);
  component_->exported->destroy(self_);
}

const std::string& Instance::id() const { return component_->schema.id; }
Kind Instance::kind() const { return component_->schema.kind; }
const std::string& Instance::plugin() const { return component_->schema.plugin; }
const std::string& Instance::plugin_version() const { return component_->schema.plugin_version; }

std::string Instance::who() const { return fmt::format("{} of plugin {} {}", id(), plugin(), plugin_version()); }

void Instance::broken(const std::string& what, std::string hint) const {
  throw Error(Fault::plugin, who() + " " + what, std::move(hint));
}

void Instance::require(auspex_status status, const auspex_error& error, const char* call) const {
  if (status == AUSPEX_OK) return;
  if (status == AUSPEX_CANCELLED) throw Error(Fault::found, fmt::format("{} was cancelled", id()));
  const auto message = copy_buffer(error.message, sizeof error.message);
  broken(message.empty() ? fmt::format("failed: {} returned status {} without a message", call, status)
                         : fmt::format("failed: {}", message),
         copy_buffer(error.hint, sizeof error.hint));
}

}  // namespace auspex::plugin
