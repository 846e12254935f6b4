#include <cstdlib>
#include <string>
#include <vector>

#include <auspex/sdk.hpp>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "dataset_file.hpp"
#include "folder.hpp"

extern char** environ;

namespace auspex_process {
namespace {

using Json = nlohmann::json;

/// The last line that is not empty.
std::string last_line(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text.substr(text.find_last_of('\n') + 1);
}

std::string shortened(std::string text) {
  if (text.size() > 200) text = text.substr(0, 200) + "...";
  return text.empty() ? "nothing" : "'" + text + "'";
}

/// What the command says of itself: "errors", else "info".
std::string words_of(const Json& result) {
  std::string words;
  for (const auto* name : {"errors", "info"}) {
    if (!words.empty() || !result.contains(name)) continue;
    const auto& said = result[name];
    if (said.is_string()) words = said.get<std::string>();
    for (const auto& one : said.is_array() ? said : Json::array()) {
      if (one.is_string()) words += (words.empty() ? "" : "; ") + one.get<std::string>();
    }
  }
  return words.empty() ? "it does not say why" : words;
}

struct external : auspex::ml_backend {
  static constexpr std::string_view id = "process/external";
  static constexpr std::string_view name = "External program";
  static constexpr std::string_view description =
      "Any program with the command line of moodlemlbackend 3: it gets Moodle's data set file and answers with JSON. The "
      "files that training leaves in its folder become the model. As in Moodle its score is the probability of the class "
      "that it predicts. Repeatable where the program is: it finds the seed and the threads allowed in AUSPEX_SEED and "
      "AUSPEX_THREADS.";
  static constexpr std::uint32_t abilities = AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS;
  static constexpr std::array parameters{
      auspex::list_of(auspex::text_parameter(
          "command",
          "program and arguments; {module} becomes training or prediction, and follows last where it is not there",
          R"(["python3", "-m", "moodlemlbackend.{module}"])")),
      auspex::real_parameter("time_limit", "seconds that one call may take", "3600", 0.1, 1e6)};

  explicit external(const auspex::arguments& given) : command(given.texts("command")), time_limit(given.real("time_limit")) {
    if (command.empty() || command.front().empty()) throw std::invalid_argument("command: a program is needed");
  }

  std::string train(const auspex::matrix& matrix) const {
    auspex::training_weights(matrix.rows(), matrix.labels(), matrix.weights(), matrix.class_count());
    auspex::require_finite(matrix);
    for (const double weight : matrix.weights()) {
      if (weight == 1) continue;
      throw std::invalid_argument("process/external cannot weigh rows: Moodle's data set file has no place for it");
    }
    const TemporaryFolder folder;
    const auto model = folder.path() / "model";
    fs::create_directory(model);
    call("training", matrix, folder.path());
    const auto files = files_of(model);
    if (files.empty()) throw std::runtime_error("the command left no file in its folder: there is no model");
    auspex::byte_writer out(format_name, format_version);
    out.integer(matrix.columns());
    out.integer(matrix.class_count());
    write(out, files);
    return out.finish();
  }

  void predict(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    auspex::byte_reader in(bytes, format_name, format_version);
    const auto columns = in.integer(), classes = in.integer();
    const auto files = read(in);
    in.finish();
    auspex::require_same_shape(matrix, std::size_t(columns), std::size_t(classes));
    auspex::require_finite(matrix);
    const TemporaryFolder folder;
    write_files(files, folder.path() / "model");
    take_predictions(call("prediction", matrix, folder.path()), matrix, out);
  }

 private:
  static constexpr std::string_view format_name = "auspex.process.external";
  static constexpr std::uint64_t format_version = 1;

  [[nodiscard]] std::vector<std::string> words_for(const std::string& module) const {
    static constexpr std::string_view placeholder = "{module}";
    auto words = command;
    bool is_placed = false;
    for (auto& word : words) {
      for (auto at = word.find(placeholder); at != std::string::npos; at = word.find(placeholder, at + module.size())) {
        word.replace(at, placeholder.size(), module);
        is_placed = true;
      }
    }
    if (!is_placed) words.push_back(module);
    return words;
  }

  static std::vector<std::string> environment_for(const auspex::matrix& matrix) {
    std::vector<std::string> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      if (!text.starts_with("AUSPEX_SEED=") && !text.starts_with("AUSPEX_THREADS=")) all.emplace_back(text);
    }
    all.push_back("AUSPEX_SEED=" + std::to_string(matrix.seed()));
    all.push_back("AUSPEX_THREADS=" + std::to_string(matrix.threads()));
    return all;
  }

  /// COMMAND uniqueid FOLDER/model FOLDER/dataset.csv; throws where it fails, or says that it did.
  Json call(const std::string& module, const auspex::matrix& matrix, const fs::path& folder) const {
    const auto file = folder / "dataset.csv";
    write_dataset(matrix, file);
    auto words = words_for(module);
    const auto program = words.front();
    words.insert(words.end(), {"auspex", (folder / "model").string(), file.string()});
    const auto finished = run(words, environment_for(matrix), time_limit);
    const auto line = last_line(finished.output);
    const auto result = Json::parse(line, nullptr, false);
    const auto failed = [&](const std::string& why) {
      return std::runtime_error("the " + module + " of '" + program + "' " + why);
    };
    if (!result.is_object() || !result.contains("status") || !result["status"].is_number_integer()) {
      if (finished.exit_code != 0) {
        throw failed("ended with exit code " + std::to_string(finished.exit_code) + ": " +
                     shortened(last_line(finished.errors)));
      }
      throw failed("gave back no JSON with a status as its last line, but " + shortened(line));
    }
    const auto status = result["status"].get<long>();
    if (status != 0) throw failed("ended with status " + std::to_string(status) + ": " + words_of(result));
    if (finished.exit_code == 0) return result;
    throw failed("ended with exit code " + std::to_string(finished.exit_code) + " in spite of status 0");
  }

  static double number_of(const Json& value, const char* what, const std::string& sample) {
    double number = std::nan("");
    if (value.is_number()) number = value.get<double>();
    if (value.is_string()) {
      const auto text = value.get<std::string>();
      char* end = nullptr;
      const double read = std::strtod(text.c_str(), &end);
      if (!text.empty() && *end == 0) number = read;
    }
    if (std::isfinite(number)) return number;
    throw std::runtime_error("sample " + sample + ": its " + what + " is no number: " + value.dump());
  }

  /// [[sample, class, score]...] in any order; a score that is not there is 1, as in Moodle. The rest of the probability is
  /// divided among the other classes.
  static void take_predictions(const Json& result, const auspex::matrix& matrix, std::span<double> out) {
    const auto classes = matrix.class_count();
    if (!result.contains("predictions") || !result["predictions"].is_array()) {
      throw std::runtime_error("the command gave back no list of predictions");
    }
    const auto& predictions = result["predictions"];
    if (predictions.size() != matrix.rows()) {
      throw std::runtime_error("the command gave back " + std::to_string(predictions.size()) + " predictions for " +
                               std::to_string(matrix.rows()) + " rows");
    }
    std::vector<char> seen(matrix.rows(), 0);
    for (const auto& each : predictions) {
      if (!each.is_array() || each.empty() || !each[0].is_string()) {
        throw std::runtime_error("a prediction is not [sample, class, score]: " + shortened(each.dump()));
      }
      const auto sample = each[0].get<std::string>();
      char* end = nullptr;
      const auto row = std::strtoull(sample.c_str(), &end, 10);
      if (sample.empty() || std::string_view(end) != "-0" || row >= matrix.rows() || sample != std::to_string(row) + "-0") {
        throw std::runtime_error("the command predicted the sample " + shortened(sample) + ", which was not asked for");
      }
      if (seen[row] != 0) throw std::runtime_error("the command predicted the sample '" + sample + "' twice");
      seen[row] = 1;
      if (each.size() < 2) throw std::runtime_error("the command cannot predict the sample '" + sample + "'");
      const double predicted = number_of(each[1], "class", sample);
      const double score = each.size() > 2 ? number_of(each[2], "score", sample) : 1;
      if (predicted < 0 || predicted >= double(classes) || predicted != std::floor(predicted)) {
        throw std::runtime_error("sample " + sample + ": " + each[1].dump() + " is none of the classes");
      }
      if (score < 0 || score > 1) {
        throw std::runtime_error("sample " + sample + ": the score " + each[2].dump() + " is not from 0 to 1");
      }
      for (std::size_t k = 0; k < classes; ++k) {
        out[row * classes + k] = k == std::size_t(predicted) ? score : (1 - score) / double(classes - 1);
      }
    }
  }

  std::vector<std::string> command;
  double time_limit;
};

}  // namespace
}  // namespace auspex_process

AUSPEX_PLUGIN_BY("process", "1.0.0", "External programs", "Auspex", "Apache-2.0", "", auspex_process::external)
