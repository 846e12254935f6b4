#include "part.h"
#include <stdexcept>

static const int thrown = [] {
  if (part_components[0] != nullptr) throw std::runtime_error("static trouble");
  return 1;
}();
