// Trains and predicts with one backend, loaded as the host does, and prints JSON: seconds of training and of prediction.
// usage: bench-backends PLUGINS ID PARAMETERS X Y TRAIN_ROWS COLUMNS CLASSES THREADS OUT
// X: rows x columns of float32, Y: one float64 a row; the first TRAIN_ROWS train. CLASSES 0 = regression. OUT gets the
// predictions of the rest as float64.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "learning/backend.hpp"
#include "plugin/registry.hpp"

namespace {

template <class T>
std::vector<T> numbers(const char* file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) throw std::runtime_error(std::string("cannot read ") + file);
  std::vector<T> values(std::size_t(in.tellg()) / sizeof(T));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(values.data()), std::streamsize(values.size() * sizeof(T)));
  return values;
}

template <class Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int run(char** arguments) {
  using namespace auspex;
  plugin::Options options;
  options.places = {{arguments[1], "--plugin-dir"}};
  const auto registry = plugin::Registry::load(options);
  const auto learner = learning::learner_of(registry.backend(arguments[2], nlohmann::json::parse(arguments[3])));

  const auto values = numbers<float>(arguments[4]);
  const auto labels = numbers<double>(arguments[5]);
  learning::Matrix train, test;
  train.rows = std::size_t(std::atol(arguments[6]));
  const auto columns = std::size_t(std::atol(arguments[7]));
  for (std::size_t c = 0; c < columns; ++c) train.columns.push_back("x" + std::to_string(c));
  train.class_count = std::size_t(std::atol(arguments[8]));
  train.threads = std::atoi(arguments[9]);
  test = train;
  const auto cut = std::ptrdiff_t(train.rows * columns);
  train.values.assign(values.begin(), values.begin() + cut);
  train.labels.assign(labels.begin(), labels.begin() + std::ptrdiff_t(train.rows));
  test.rows = labels.size() - train.rows;
  test.values.assign(values.begin() + cut, values.end());

  std::string model;
  std::vector<double> predictions;
  const double training = seconds_of([&] { model = learner->train(train); });
  double prediction = seconds_of([&] { predictions = learner->predict(model, test); });
  prediction = std::min(prediction, seconds_of([&] { predictions = learner->predict(model, test); }));
  std::ofstream(arguments[10], std::ios::binary)
      .write(reinterpret_cast<const char*>(predictions.data()), std::streamsize(predictions.size() * sizeof(double)));
  std::printf("{\"train\": %.4f, \"predict\": %.4f, \"bytes\": %zu}\n", training, prediction, model.size());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 11) {
    std::fputs("usage: bench-backends PLUGINS ID PARAMETERS X Y TRAIN_ROWS COLUMNS CLASSES THREADS OUT\n", stderr);
    return 2;
  }
  // Libraries that wait in loops take the processor from one another.
  setenv("OMP_WAIT_POLICY", "passive", 0);
  try {
    return run(arguments);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench-backends: %s\n", e.what());
    return 1;
  }
}
