// Writes generated data: the same bytes for the same seed on any machine.
#include <exception>
#include <iostream>
#include <string>

#include "generate.hpp"

int main(int argc, char** argv) {
  const std::string form = argc > 1 ? argv[1] : "";
  if ((argc != 4 && argc != 5) || (form != "oulad" && form != "moodle")) {
    std::cerr << "usage: bench-generate oulad|moodle FOLDER ROWS [SEED]\n";
    return 2;
  }
  try {
    const auto make = form == "oulad" ? bench::generate_oulad : bench::generate_moodle;
    make(argv[2], std::stoll(argv[3]), argc == 5 ? std::stoull(argv[4]) : 1);
  } catch (const std::exception& error) {
    std::cerr << "bench-generate: " << error.what() << '\n';
    return 5;
  }
}
