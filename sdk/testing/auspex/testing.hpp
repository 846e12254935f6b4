// The test kit for components: a fake host, tables in memory, and one call a question. Nothing but the SDK is needed; what
// is wrong is thrown as a std::exception, so any test library will do, and testing/check.hpp where there is none.
//
//   testing::campus campus;
//   campus.student(1).did("assessable_submitted", 3 * auspex::day);
//   CHECK(testing::value_of<acme::late_submissions>(campus, {0, auspex::week}) == 0.33);
#pragma once

#include <auspex/testing/campus.hpp>
#include <auspex/testing/check.hpp>
#include <auspex/testing/component.hpp>
#include <auspex/testing/frame.hpp>
#include <auspex/testing/host.hpp>
#include <auspex/testing/matrix.hpp>
#include <auspex/testing/parameters.hpp>
#include <auspex/testing/tables.hpp>
