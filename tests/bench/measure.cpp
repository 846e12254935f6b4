// Measures import and analysis, each in a process of its own, beside what bare DuckDB needs for the same bytes in the same run.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <duckdb.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Cost {
  double seconds = 0;
  double cpu_seconds = 0;
  double peak_mib = 0;
};

double seconds_of(const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; }

// Runs `work` in a child process, so that its peak memory is its own.
Cost measure(const std::string& what, const std::function<int()>& work) {
  std::cerr << "running: " << what << '\n';
  std::cout.flush();
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) {
    int code = 1;
    try {
      code = work();
    } catch (const std::exception& error) {
      std::cerr << what << ": " << error.what() << '\n';
    }
    std::cerr.flush();
    _exit(code);
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) throw std::runtime_error("lost the process of " + what);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error(what + " failed");
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), double(usage.ru_maxrss) / 1024};
}

// Runs a program; what it prints goes to `out`.
Cost measure_program(const std::vector<std::string>& command, const fs::path& out) {
  return measure(fmt::format("{}", fmt::join(command, " ")), [&]() -> int {
    const int file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0) throw std::runtime_error("cannot write " + out.string());
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    execv(arguments.front(), arguments.data());
    throw std::runtime_error("cannot run " + command.front());
  });
}

Cost measure_query(const std::string& what, const std::string& threads, const std::string& memory, const fs::path& spill,
                   const std::string& sql) {
  return measure(what, [&] {
    duckdb_database database = nullptr;
    duckdb_connection connection = nullptr;
    if (duckdb_open(nullptr, &database) != DuckDBSuccess || duckdb_connect(database, &connection) != DuckDBSuccess) {
      throw std::runtime_error("DuckDB does not start");
    }
    for (const auto& statement : {"SET threads = " + threads, "SET memory_limit = '" + memory + "'",
                                  "SET temp_directory = '" + spill.string() + "'", sql}) {
      duckdb_result result;
      if (duckdb_query(connection, statement.c_str(), &result) != DuckDBSuccess) {
        throw std::runtime_error(duckdb_result_error(&result));
      }
      duckdb_destroy_result(&result);
    }
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    return 0;
  });
}

Json json_of(const fs::path& file) { return Json::parse(std::ifstream(file)); }

struct Line {
  std::string name;
  double count = 0;
  std::string unit;
  Cost cost;
};

Json to_json(const Line& line) {
  return {{"seconds", line.cost.seconds},
          {"cpu_seconds", line.cost.cpu_seconds},
          {line.unit + "_per_second", line.count / line.cost.seconds},
          {"peak_mib", line.cost.peak_mib}};
}

std::string rate_text(double rate, const std::string& unit) { return fmt::format("{:.2f} M {}/s", rate / 1e6, unit); }

fs::path only_version(const fs::path& campus) {
  std::ifstream current(campus / "current");
  std::string version;
  std::getline(current, version);
  return campus / "versions" / version;
}

// What every run has in common.
struct Bench {
  fs::path program, work;
  std::string threads, memory;

  [[nodiscard]] fs::path answer() const { return work / "answer.json"; }

  // Imports `data` into a new workspace; how many rows of `log` were kept.
  std::pair<Line, fs::path> import(const std::string& source, const fs::path& data, const std::string& log) const {
    const auto workspace = work / ("workspace-" + source);
    fs::remove_all(workspace);
    measure_program({program, "init", workspace}, work / "init.txt");
    const auto cost = measure_program({program, "import", source, "--workspace", workspace, "--from", data, "--threads", threads,
                                       "--memory", memory, "--json"}, answer());
    double rows = 0;
    for (const auto& file : json_of(answer())["raw"]) {
      if (file["name"] == log) rows = file["kept"];
    }
    return {{"import " + source, rows, "rows", cost}, workspace};
  }

  // Analyses what a model needs for training, beside a bare scan of the columns of events that it reads.
  std::array<Line, 2> analyse(const std::string& name, const fs::path& workspace, const std::vector<std::string>& model,
                              const std::string& columns, Json& statistics) const {
    std::vector<std::string> command{program, "model", "analyse"};
    command.insert(command.end(), model.begin(), model.end());
    for (const auto& word : {"--workspace", workspace.c_str(), "--for", "training", "--format", "csv", "--threads", threads.c_str(),
                             "--memory", memory.c_str(), "--json", "--out"}) {
      command.emplace_back(word);
    }
    command.push_back(work / "values.csv");
    const auto events = only_version(workspace / "campus") / "events" / "part-0.parquet";
    std::string maxima;
    for (std::size_t at = 0; at < columns.size();) {
      const auto end = std::min(columns.find(' ', at), columns.size());
      maxima += (maxima.empty() ? "max(" : ", max(") + columns.substr(at, end - at) + ")";
      at = end + 1;
    }
    const auto scanned = measure_query("bare DuckDB: scan of the same columns", threads, memory, work / "spill",
                                       fmt::format("SELECT {} FROM read_parquet('{}')", maxima, events.string()));
    const auto analysed = measure_program(command, answer());
    statistics = json_of(answer())["statistics"];
    const double count = statistics["events"];
    return {Line{"analyse " + name, count, "events", analysed}, Line{"bare scan", count, "events", scanned}};
  }
};

void print(const std::vector<Line>& lines) {
  fmt::print("{:<26}{:>20}{:>12}{:>12}{:>12}\n", "", "rate", "seconds", "CPU s", "peak MiB");
  for (const auto& line : lines) {
    fmt::print("{:<26}{:>20}{:>12.2f}{:>12.2f}{:>12.0f}\n", line.name, rate_text(line.count / line.cost.seconds, line.unit),
               line.cost.seconds, line.cost.cpu_seconds, line.cost.peak_mib);
  }
}

void print(const std::string& name, const std::array<Line, 2>& lines, const Json& statistics) {
  const double values = statistics["values"];
  fmt::print("{}: {:.2f} times the bare scan; {} values at {}; seconds over all threads: reading {:.2f}, framing {:.2f}, "
             "calculating {:.2f}\n",
             name, lines[0].cost.seconds / lines[1].cost.seconds, std::int64_t(values),
             rate_text(values / lines[0].cost.seconds, "values"), double(statistics["reading"]), double(statistics["framing"]),
             double(statistics["calculating"]));
}

// Moodle's 49 indicators on a small site, with all plugins in this process and all in processes of their own: the shortest of
// five runs of each, in seconds.
std::array<double, 2> measure_isolation(const Bench& bench, const fs::path& site) {
  const auto workspace = bench.work / "workspace-isolation";
  fs::remove_all(workspace);
  measure_program({bench.program, "init", workspace}, bench.work / "init.txt");
  measure_program({bench.program, "import", "moodle", "--workspace", workspace, "--from", site}, bench.work / "init.txt");
  std::array<double, 2> shortest{};
  const std::array<const char*, 2> ways{"--no-isolate", "--isolate"};
  for (int round = 0; round < 5; ++round) {
    for (std::size_t way = 0; way < ways.size(); ++way) {
      const auto cost = measure_program({bench.program, "model", "analyse", "core/students_at_risk", "--workspace", workspace,
                                         "--as-of", "1795311000", "--time-splitting", "core/quarters_accum", "--for", "all", "--threads",
                                         bench.threads, "--out", bench.work / "values.csv", ways[way]}, bench.work / "init.txt");
      if (round == 0 || cost.seconds < shortest[way]) shortest[way] = cost.seconds;
    }
  }
  return shortest;
}

void run(const Bench& bench, const fs::path& oulad, const fs::path& model, const fs::path& moodle, const fs::path& small_site) {
  // Both read the file when it is in the page cache.
  const auto log = oulad / "studentVle.csv";
  { std::ofstream(bench.work / "warm", std::ios::binary) << std::ifstream(log, std::ios::binary).rdbuf(); }
  fs::remove(bench.work / "warm");
  const auto sorted = measure_query(
      "bare DuckDB: read, sort, write", bench.threads, bench.memory, bench.work / "spill",
      fmt::format("COPY (SELECT * FROM read_csv('{}', auto_detect = false, header = true, delim = ',', quote = '\"', columns = "
                  "{{'code_module': 'VARCHAR', 'code_presentation': 'VARCHAR', 'id_student': 'BIGINT', 'id_site': 'BIGINT', "
                  "'date': 'BIGINT', 'sum_click': 'BIGINT'}}) ORDER BY code_module, code_presentation, id_student, date) "
                  "TO '{}' (FORMAT parquet, COMPRESSION zstd)",
                  log.string(), (bench.work / "sorted.parquet").string()));
  const auto [imported, workspace] = bench.import("oulad", oulad, "studentVle.csv");
  Json example, built_in;
  const auto of_example = bench.analyse("the example", workspace, {model, "--as-of", "2016-01-01T00:00:00Z"},
                                        "course_id user_id time known_at activity_id name count", example);
  const auto [moodle_imported, site] = bench.import("moodle", moodle, "mdl_logstore_standard_log.csv");
  const auto of_moodle = bench.analyse(
      "Moodle's 49 indicators", site,
      {"core/students_at_risk", "--time-splitting", "core/quarters_accum", "--as-of", "2026-06-01T00:00:00Z"},
      "course_id user_id time activity_id context_level module name crud anonymous count", built_in);

  print({imported, {"bare sort", imported.count, "rows", sorted}, of_example[0], of_example[1], moodle_imported, of_moodle[0],
         of_moodle[1]});
  const double import_ratio = imported.cost.seconds / sorted.seconds;
  fmt::print("import oulad / bare sort: {:.2f} (aim 1.25)\n", import_ratio);
  print("the example", of_example, example);
  print("Moodle's 49 indicators", of_moodle, built_in);
  const auto isolation = measure_isolation(bench, small_site);
  fmt::print("isolation: 49 indicators on Moodle site A in {:.2f} s, {:.2f} s with all plugins isolated: {:.2f} times (aim 2)\n",
             isolation[0], isolation[1], isolation[1] / isolation[0]);
  fmt::print("aims: the example 10 M events/s on two cores; Moodle's 49 indicators within 3 times the bare scan; peak under 1024 MiB\n");

  Json all{{"threads", std::stoi(bench.threads)}, {"memory", bench.memory}, {"import_over_bare_sort", import_ratio},
           {"isolated_over_in_process", isolation[1] / isolation[0]}};
  for (const auto& line : {imported, moodle_imported}) all[line.name] = to_json(line);
  all["bare sort"] = {{"seconds", sorted.seconds}, {"cpu_seconds", sorted.cpu_seconds}, {"peak_mib", sorted.peak_mib}};
  for (const auto* lines : {&of_example, &of_moodle}) {
    auto& entry = all[(*lines)[0].name];
    entry = to_json((*lines)[0]);
    entry["bare_scan"] = to_json((*lines)[1]);
    entry["statistics"] = lines == &of_example ? example : built_in;
  }
  std::cout << all.dump() << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) {
    std::cerr << "usage: bench-measure AUSPEX OULAD MODEL MOODLE WORK THREADS MEMORY SITE\n";
    return 2;
  }
  try {
    fs::create_directories(argv[5]);
    run({fs::absolute(argv[1]), fs::absolute(argv[5]), argv[6], argv[7]}, fs::absolute(argv[2]), fs::absolute(argv[3]),
        fs::absolute(argv[4]), fs::absolute(argv[8]));
  } catch (const std::exception& error) {
    std::cerr << "bench-measure: " << error.what() << '\n';
    return 5;
  }
}
