// Measures import and analysis, each in a process of its own, beside what bare DuckDB needs for the same bytes in the same run.
#include <algorithm>
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

void run(const fs::path& program, const fs::path& data, const fs::path& model, const fs::path& work, const std::string& threads,
         const std::string& memory) {
  const auto workspace = work / "workspace";
  const auto answer = work / "answer.json";
  fs::remove_all(workspace);
  measure_program({program, "init", workspace}, work / "init.txt");

  // Both read the file when it is in the page cache.
  const auto log = data / "studentVle.csv";
  { std::ofstream(work / "warm", std::ios::binary) << std::ifstream(log, std::ios::binary).rdbuf(); }
  fs::remove(work / "warm");
  const auto sorted = measure_query(
      "bare DuckDB: read, sort, write", threads, memory, work / "spill",
      fmt::format("COPY (SELECT * FROM read_csv('{}', auto_detect = false, header = true, delim = ',', quote = '\"', columns = "
                  "{{'code_module': 'VARCHAR', 'code_presentation': 'VARCHAR', 'id_student': 'BIGINT', 'id_site': 'BIGINT', "
                  "'date': 'BIGINT', 'sum_click': 'BIGINT'}}) ORDER BY code_module, code_presentation, id_student, date) "
                  "TO '{}' (FORMAT parquet, COMPRESSION zstd)",
                  log.string(), (work / "sorted.parquet").string()));
  const auto imported = measure_program({program, "import", "oulad", "--workspace", workspace, "--from", data, "--threads", threads,
                                         "--memory", memory, "--json"}, answer);
  const auto report = json_of(answer);
  double rows = 0;
  for (const auto& file : report["raw"]) {
    if (file["name"] == "studentVle.csv") rows = file["kept"];
  }

  const auto events = only_version(workspace / "campus") / "events" / "part-0.parquet";
  const auto scanned = measure_query(
      "bare DuckDB: scan of the same columns", threads, memory, work / "spill",
      fmt::format("SELECT max(course_id), max(user_id), max(time), max(known_at), max(activity_id), max(name), max(count) "
                  "FROM read_parquet('{}')", events.string()));
  const auto analysed = measure_program(
      {program, "model", "analyse", model, "--workspace", workspace, "--as-of", "2016-01-01T00:00:00Z", "--for", "training",
       "--format", "csv", "--out", work / "values.csv", "--threads", threads, "--memory", memory, "--json"}, answer);
  const auto statistics = json_of(answer)["statistics"];
  const double event_count = statistics["events"], value_count = statistics["values"];

  const std::vector<Line> lines{{"import", rows, "rows", imported},
                                {"bare sort", rows, "rows", sorted},
                                {"analysis", event_count, "events", analysed},
                                {"bare scan", event_count, "events", scanned}};
  fmt::print("{:<12}{:>20}{:>12}{:>12}{:>12}\n", "", "rate", "seconds", "CPU s", "peak MiB");
  for (const auto& line : lines) {
    fmt::print("{:<12}{:>20}{:>12.2f}{:>12.2f}{:>12.0f}\n", line.name, rate_text(line.count / line.cost.seconds, line.unit),
               line.cost.seconds, line.cost.cpu_seconds, line.cost.peak_mib);
  }
  const double import_ratio = imported.seconds / sorted.seconds, scan_ratio = analysed.seconds / scanned.seconds;
  fmt::print("import / bare sort: {:.2f} (aim 1.25)   analysis / bare scan: {:.2f}   values: {} at {}\n", import_ratio, scan_ratio,
             std::int64_t(value_count), rate_text(value_count / analysed.seconds, "values"));
  fmt::print("analysis, seconds over all threads: reading {:.2f}, framing {:.2f}, calculating {:.2f}; aims: 10 M events/s on two "
             "cores, peak under 1024 MiB\n",
             double(statistics["reading"]), double(statistics["framing"]), double(statistics["calculating"]));
  Json all{{"rows", std::int64_t(rows)}, {"events", std::int64_t(event_count)}, {"values", std::int64_t(value_count)},
           {"threads", std::stoi(threads)}, {"memory", memory}};
  for (const auto& line : lines) all[line.name] = to_json(line);
  all["analysis"]["values_per_second"] = value_count / analysed.seconds;
  all["analysis"]["statistics"] = statistics;
  all["import_over_bare_sort"] = import_ratio;
  all["analysis_over_bare_scan"] = scan_ratio;
  std::cout << all.dump() << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: bench-measure AUSPEX DATA MODEL WORK THREADS MEMORY\n";
    return 2;
  }
  try {
    fs::create_directories(argv[4]);
    run(fs::absolute(argv[1]), fs::absolute(argv[2]), fs::absolute(argv[3]), fs::absolute(argv[4]), argv[5], argv[6]);
  } catch (const std::exception& error) {
    std::cerr << "bench-measure: " << error.what() << '\n';
    return 5;
  }
}
