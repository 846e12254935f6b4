// What scikit-learn and numpy say: tests/data/learning/reference.json, by the script beside it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/files.hpp"

inline nlohmann::json reference(const std::string& part) {
  return nlohmann::json::parse(auspex::read_file(AUSPEX_TEST_DATA "/learning/reference.json")).at(part);
}

inline std::vector<double> numbers_of(const nlohmann::json& json) { return json.get<std::vector<double>>(); }
