#include "spec/exploration.hpp"

#include <set>

#include <fmt/format.h>

#include "spec/toml_reader.hpp"

namespace auspex::spec {
namespace {

Field names_field(std::string name, std::string description) {
  return {.name = std::move(name),
          .form = Form::list,
          .description = std::move(description),
          .unique = true,
          .of = {{.form = Form::text}}};
}

Field part_field(std::string name, std::string description, const std::string& id, std::vector<Field> more = {}) {
  Field field{
      .name = std::move(name),
      .form = Form::table,
      .description = std::move(description),
      .keys = {
          {.name = "id", .description = fmt::format("Id of the component. Default: {}.", id)},
          {.name = "parameters", .form = Form::table, .description = "What the component is created with.", .open = true}}};
  field.keys.insert(field.keys.end(), more.begin(), more.end());
  return field;
}

const Field& form() {
  static const Field file{
      .name = "Auspex exploration",
      .form = Form::table,
      .description = "How `auspex explore` reads and looks at a table of learners.",
      .keys = {
          {.name = "title", .description = "Of the report. Default: the file's name."},
          {.name = "id",
           .description = "Column that names a row. Default: the first of user_id, userid, learner_id, student_id, id."},
          {.name = "columns",
           .form = Form::map,
           .description = "What to know of columns, by name.",
           .of = {{.form = Form::table,
                   .keys = {{.name = "type",
                             .description = "Default: number where at least four of five values are.",
                             .choices = {"number", "text"}},
                            {.name = "missing",
                             .description = "What becomes of missing values. Default: keep.",
                             .choices = {"keep", "drop", "zero", "median"}},
                            {.name = "log",
                             .form = Form::boolean,
                             .description = "Whether figures show it on a logarithmic axis."}}}}},
          {.name = "missing_texts",
           .form = Form::list,
           .description =
               "Texts of a CSV file that mean: missing. Default: those of pandas, as \"\", \"NA\", \"NaN\", \"null\".",
           .of = {{.form = Form::text}}},
          {.name = "rules",
           .form = Form::map,
           .description = "Expressions that are true or false of a row, by name, as in \"x < median(x) and y > 2\": SQL "
                          "over the columns, with "
                          "aggregates over all rows.",
           .pattern = "[a-z][a-z0-9_]*",
           .pattern_says = "of lower-case letters, digits and underscores, with a letter in front",
           .of = {{.form = Form::text}}},
          {.name = "labels",
           .form = Form::list,
           .description =
               "What to tell apart and to classify. Default: columns of texts whose classes are ordered by their names.",
           .of = {{.form = Form::table,
                   .keys = {{.name = "of", .required = true, .description = "A column or a rule."},
                            names_field("order",
                                        "Its classes from the least to the most. Default: by the numbers in their names."),
                            {.name = "driver",
                             .description =
                                 "Column that should rise with the order. Default: the one that goes with it most."},
                            names_field("features",
                                        "Columns that it is classified by. Default: all but the id and the labels.")}}}},
          names_field("features",
                      "Columns of groups and outliers. Default: every column of numbers but the id and the labels."),
          part_field("clusters", "How groups are found.", "dlib/kmeans",
                     {{.name = "k",
                       .form = Form::integer,
                       .description = "How many groups. Default: 3.",
                       .minimum = 1,
                       .maximum = 100}}),
          part_field("anomalies", "How rows unlike the others are found.", "nanoflann/local_outlier_factor"),
          {.name = "classification",
           .form = Form::table,
           .description = "How labels are classified.",
           .keys = {
               {.name = "test_share",
                .form = Form::number,
                .description = "Share of each class that is held out. Default: 0.2.",
                .minimum = 0.01,
                .maximum = 0.9},
               {.name = "folds",
                .form = Form::integer,
                .description = "Of the cross-validation. Default: 5.",
                .minimum = 2,
                .maximum = 100},
               {.name = "backends",
                .form = Form::list,
                .description = "Default: a random forest and logistic regression.",
                .of = {part_field("", "An ML backend.", "none",
                                  {{.name = "grid",
                                    .form = Form::map,
                                    .description = "Values to try, by parameter; the best in the cross-validation is taken.",
                                    .of = {{.form = Form::list,
                                            .least = 1,
                                            .of = {{.form = Form::either,
                                                    .of = {{.form = Form::text},
                                                           {.form = Form::number},
                                                           {.form = Form::boolean}}}}}}}})}}}}}};
  return file;
}

std::vector<Named> named(const Node& table, std::string_view key) {
  std::vector<Named> list;
  if (const auto* node = table.find(key)) {
    for (const auto& each : node->elements()) {
      if (each.text() != nullptr) list.push_back({*each.text(), each.where});
    }
  }
  return list;
}

Named one_named(const Node& table, std::string_view key) {
  const auto* node = table.find(key);
  return node != nullptr && node->text() != nullptr ? Named{*node->text(), node->where} : Named{};
}

void read_part(const Node* node, Exploration::Part& part) {
  if (node == nullptr) return;
  part.where = node->where;
  part.id = node->text_of("id").value_or(part.id);
  if (const auto* parameters = node->find("parameters")) part.parameters = parameters->json();
  for (const auto& entry : node->entries_of("grid")) {
    for (const auto& value : entry.value.elements()) part.grid[entry.key].push_back(value.json());
  }
}

}  // namespace

std::vector<Exploration::Part> default_classifiers() {
  return {{"xgboost/random_forest", {{"trees", 50}}, {{"min_leaf", {1, 5}}}, {}},
          {"dlib/logistic_regression", nlohmann::json::object(), {{"l2", {1, 10}}}, {}}};
}

Exploration read_exploration(const std::filesystem::path& file) {
  const auto root = parse_toml(file, "exploration");
  Problems problems;
  check(root, form(), problems);
  problems.throw_if_failed();
  Exploration read;
  read.file = file;
  read.title = root.text_of("title").value_or("");
  read.id = one_named(root, "id");
  for (const auto& entry : root.entries_of("columns")) {
    read.columns[entry.key] = {entry.value.text_of("type").value_or(""), entry.value.text_of("missing").value_or(""),
                               entry.value.boolean_of("log").value_or(false), entry.where};
  }
  if (root.find("missing_texts") != nullptr) read.missing_texts = root.texts_of("missing_texts");
  for (const auto& entry : root.entries_of("rules"))
    read.rules.push_back({entry.key, *entry.value.text(), entry.value.where});
  if (const auto* labels = root.find("labels")) {
    read.labels.emplace();
    std::set<std::string> seen;
    for (const auto& node : labels->elements()) {
      Exploration::Label label{one_named(node, "of"), node.texts_of("order"), one_named(node, "driver"),
                               named(node, "features")};
      if (!seen.insert(label.of.name).second)
        problems.error(label.of.where, fmt::format("the label '{}' is there twice", label.of.name), "leave one out");
      read.labels->push_back(std::move(label));
    }
  }
  read.features = named(root, "features");
  read_part(root.find("clusters"), read.clusterer);
  if (const auto* clusters = root.find("clusters")) read.clusters = std::size_t(clusters->integer_of("k").value_or(3));
  read_part(root.find("anomalies"), read.detector);
  read.backends = default_classifiers();
  if (const auto* classification = root.find("classification")) {
    read.test_share = classification->number_of("test_share").value_or(0.2);
    read.folds = std::size_t(classification->integer_of("folds").value_or(5));
    if (const auto* backends = classification->find("backends")) {
      read.backends.clear();
      for (const auto& node : backends->elements()) {
        Exploration::Part part;
        read_part(&node, part);
        if (part.id.empty())
          problems.error(node.where, "missing key 'id'", "name an ML backend, as in \"dlib/logistic_regression\"");
        read.backends.push_back(std::move(part));
      }
    }
  }
  problems.throw_if_failed();
  return read;
}

nlohmann::ordered_json exploration_json_schema() { return json_schema(form()); }

}  // namespace auspex::spec
