// The cases that were computed by running Moodle, by kind.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// Throws where there are none, so that no test passes by comparing nothing.
inline std::vector<nlohmann::json> moodle_cases(const std::string& kind) {
  std::ifstream in(AUSPEX_TEST_DATA "/moodle-cases.json");
  std::vector<nlohmann::json> result;
  const auto all = nlohmann::json::parse(in);
  for (const auto& one : all.at("cases")) {
    if (one.at("kind") == kind) result.push_back(one);
  }
  if (result.empty()) throw std::runtime_error("no Moodle cases of kind " + kind);
  return result;
}
