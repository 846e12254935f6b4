// SPDX-License-Identifier: @LICENCE@
#include "@NAME@.hpp"

#include <auspex/testing.hpp>

namespace {

using namespace auspex::testing;
using backend = component<@PLUGIN@::@CLASS@>;

const float missing = std::numeric_limits<float>::quiet_NaN();

/// Two columns, of which the first tells the classes apart: means 0 and 4, variance 1.
examples two_classes() {
  return {.columns = {"telling", "silent"}, .rows = {{-1, 0}, {1, 2}, {3, 0}, {5, 2}}, .labels = {0, 0, 1, 1}};
}

const parameters plain{{"smoothing", 1e-9}};

}  // namespace

int main() {
  return run({
      {"the odds are those of two normal distributions",
       [] {
         backend b(plain);
         const auto model = b.train(two_classes());
         const auto p = b.predict(model, {.columns = {"telling", "silent"}, .rows = {{2, 1}, {3, 1}, {missing, missing}}});
         expect_equal(p[0], {0.5, 0.5});
         // (3 - 0)^2 / 2 - (3 - 4)^2 / 2 = 4
         expect(std::abs(p[1][1] - 1 / (1 + std::exp(-4.0))) < 1e-6);
         expect_equal(p[2], {0.5, 0.5});
       }},
      {"contributions add up to the log of the odds",
       [] {
         backend b(plain);
         const examples asked{.columns = {"telling", "silent"}, .rows = {{3, 0.5}, {missing, 7}}};
         const auto model = b.train(two_classes());
         const auto p = b.predict(model, asked);
         const auto why = b.contributions(model, asked);
         expect(std::abs(why[0][0] - 4) < 1e-6);
         expect_equal(why[0][1], 0);
         expect(std::abs(why[0][0] + why[0][1] + why[0][2] - std::log(p[0][1] / p[0][0])) < 1e-9);
         expect_equal(why[1][0], 0);
       }},
      {"weights count like rows",
       [] {
         auto weighted = two_classes(), repeated = weighted;
         weighted.weights = {1, 1, 1, 2};
         repeated.rows.push_back(repeated.rows.back());
         repeated.labels.push_back(1);
         expect(backend(plain).train(weighted) == backend(plain).train(repeated));
       }},
      {"three classes, one without rows",
       [] {
         auto e = two_classes();
         e.class_count = 3;
         backend b;
         expect(b.predict(b.train(e), e)[3][1] > 0.5);
       }},
      {"what it refuses",
       [] {
         backend b;
         const auto e = two_classes();
         const auto model = b.train(e);
         expect_refusal([&] { b.predict("nothing", e); }, "these bytes are no model");
         expect_refusal([&] { b.predict(model.substr(0, model.size() - 1), e); }, "the model is cut off");
         expect_refusal([&] { b.predict(model + "x", e); }, "the model is damaged");
         expect_refusal([&] { b.predict(model, {.columns = {"one"}, .rows = {}}); },
                        "the model is of 2 classes and 2 columns");
         expect_refusal([&] { b.train({.columns = {"a"}, .rows = {}}); }, "there is nothing to learn from");
       }},
  });
}
