// Checks of what goes wrong in long runs and under load.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <thread>

#include <malloc.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "conformance/checks.hpp"
#include "conformance/kinds.hpp"
#include "plugin/host.hpp"

namespace auspex::conformance {
namespace {

// Of this process's work: a busy machine makes nothing slower.
double seconds_of_work() { return double(std::clock()) / CLOCKS_PER_SEC; }

Scene robust_scene(const Subject& subject, std::uint64_t more = 0) { return {.seed = subject.options->seed + more}; }

// ---- level 4 -----------------------------------------------------------------------------------------------------------

void two_instances(const Subject& subject) {
  const auto here = robust_scene(subject), there = robust_scene(subject, 5);
  Made alone(subject);
  const auto expected = alone.answers(here);
  Made one(subject), other(subject);
  (void)one.answers(there);
  (void)other.answers(here);
  require_same(expected, one.answers(here), "an instance beside another that works on other data");
}

void newer_host(const Subject& subject) {
  auto scene = robust_scene(subject);
  const auto expected = Made(subject).answers(scene);
  scene.newer_host = true;
  require_same(expected, Made(subject).answers(scene), "a host of a later minor version, whose structs are longer");
}

void cancels(const Subject& subject) {
  auto scene = robust_scene(subject);
  scene.samples = 5'000;
  scene.rows = 4;
  Made made(subject);
  std::atomic<bool> done = false;
  double asked = 0;
  std::thread canceller([&] {
    for (int i = 0; i < 20 && !done; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    asked = seconds_of_work();
    plugin::set_cancelled(true);
  });
  std::string failed;
  try {
    (void)made.answers(scene);
  } catch (const Cancelled&) {
  } catch (const Failed& why) {
    failed = why.what();
  }
  done = true;
  canceller.join();
  plugin::set_cancelled(false);
  const auto seconds = seconds_of_work() - asked;
  if (!failed.empty()) throw Failed(fmt::format("asked to stop, it does not return AUSPEX_CANCELLED: {}", failed));
  if (seconds > 1) throw Failed(fmt::format("it stops {:.1f} seconds after auspex.progress/1 has asked for it", seconds));
}

void leaks(const Subject& subject) {
  auto scene = robust_scene(subject);
  scene.samples = 6;
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) (void)Made(subject).answers(scene);
  };
  const auto used = [] { return std::int64_t(::mallinfo2().uordblks) + std::int64_t(::mallinfo2().hblkhd); };
  rounds(12);
  if (used() == 0) throw Skipped("this build cannot count its memory");
  // How the heap is cut up changes what counts as used, but does not grow with the number of rounds.
  std::int64_t least = 0;
  for (const int many : {8, 32, 128}) {
    for (int i = 0; i < 6; ++i) {
      const auto before = used();
      rounds(many);
      const auto grown = (used() - before) / many;
      least = i == 0 ? grown : std::min(least, grown);
      if (least < 16) break;
    }
    if (least < 16) return;
  }
  throw Failed(fmt::format("{} bytes more are in use after each time it is created, called and destroyed", least));
}

void leaves_nothing_running(const Subject& subject) {
  const auto count = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto before = count();
  (void)Made(subject).answers(robust_scene(subject));
  if (::waitpid(-1, nullptr, WNOHANG) >= 0) throw Failed("it has started a process");
  for (int i = 0; i < 20 && count() > before; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto threads = count() - before;
  if (threads <= 0) return;
  const auto what = fmt::format("{} thread{} of its own {} after it was destroyed", threads, threads == 1 ? "" : "s",
                                threads == 1 ? "goes on" : "go on");
  // Libraries of numbers keep their threads for the next call.
  if (subject.kind() == Kind::ml_backend) throw Warned(what);
  throw Failed(what);
}

// ---- level 5 -----------------------------------------------------------------------------------------------------------

// Values inside and at the ends of the limits must be taken or refused in words; what is taken must work.
void parameters_fuzz(const Subject& subject) {
  const auto& parameters = subject.component->schema.parameters;
  if (parameters.empty()) throw Skipped("it has no parameters");
  Random random(subject.options->seed);
  int created = 0;
  for (int attempt = 0; attempt < 120; ++attempt) {
    auto tried = subject;
    for (const auto& parameter : parameters) {
      if (random.below(2) == 0) continue;
      auto value = made_up(parameter, random.next());
      const bool number = parameter.type == ParameterType::real || parameter.type == ParameterType::integer;
      if (number && !parameter.is_list && random.below(2) == 0) {
        const bool low = random.below(2) == 0;
        const double end = low ? std::max(parameter.minimum, -9e15) : std::min(parameter.maximum, 9e15);
        value = parameter.type == ParameterType::integer
                    ? nlohmann::json(std::int64_t(low ? std::ceil(end) : std::floor(end)))
                    : nlohmann::json(end);
      }
      tried.parameters[parameter.name] = std::move(value);
    }
    try {
      Made made(tried);
      ++created;
      // Training until a limit of 10^15 steps is reached is no fault.
      if (subject.kind() != Kind::ml_backend) (void)made.answers({.seed = subject.options->seed, .samples = 5});
    } catch (const Error& error) {
      if (error.fault() == Fault::configuration && !error.problems().front().message.ends_with(": ")) continue;
      throw Failed(fmt::format("with {}: {}", tried.parameters.dump(), error.problems().front().message));
    } catch (const Failed& failed) {
      throw Failed(fmt::format("with {}: {}", tried.parameters.dump(), failed.what()));
    }
  }
  if (created == 0) throw Skipped("none of the parameters made up are accepted");
}

void frames_fuzz(const Subject& subject) {
  const bool learns = subject.kind() == Kind::ml_backend;
  for (const std::int64_t samples : {0, 1, 2, 7, 4096, 100'000}) {
    if (learns && samples == 0) continue;
    for (const bool extreme : {false, true}) {
      Scene scene{.seed = subject.options->seed + std::uint64_t(samples),
                  .samples = learns ? std::max<std::int64_t>(2, samples / 4) : samples,
                  .rows = samples > 10'000 ? 1 : 4,
                  .extreme = extreme};
      if (samples > 10'000) {
        if (extreme) continue;
        scene.windows = {1};
      }
      const auto what = fmt::format("{} {}{}", samples, learns ? "rows" : "samples", extreme ? " with extreme values" : "");
      try {
        (void)Made(subject).answers(scene);
        if (samples <= 10'000) check_legal(subject, scene);
      } catch (const Error& error) {
        throw Failed(fmt::format("{}: {}", what, error.problems().front().message));
      } catch (const Failed& failed) {
        // What it cannot work with it may refuse, in words.
        if (extreme && std::string_view(failed.what()).find("without a message") == std::string_view::npos) continue;
        throw Failed(fmt::format("{}: {}", what, failed.what()));
      }
    }
  }
}

void parallel_instances(const Subject& subject) {
  constexpr int threads = 4;
  std::vector<Answers> expected, found(threads);
  for (int i = 0; i < threads; ++i) expected.push_back(Made(subject).answers(robust_scene(subject, std::uint64_t(i))));
  std::vector<std::string> why(threads);
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      try {
        for (int round = 0; round < 5; ++round)
          found[std::size_t(i)] = Made(subject).answers(robust_scene(subject, std::uint64_t(i)));
      } catch (const std::exception& error) {
        why[std::size_t(i)] = error.what();
      }
    });
  }
  for (auto& thread : all) thread.join();
  for (std::size_t i = 0; i < threads; ++i) {
    if (!why[i].empty()) throw Failed(fmt::format("beside others in other threads: {}", why[i]));
    require_same(expected[i], found[i], "an instance beside others in other threads");
  }
}

// Twice as long a frame may take twice as long, with room for what a machine does beside.
void scales(const Subject& subject) {
  const auto time_of = [&](std::int64_t samples) {
    const Scene scene{.seed = subject.options->seed, .samples = samples, .rows = 4, .windows = {1}};
    double best = HUGE_VAL;
    for (int i = 0; i < 2; ++i) {
      Made made(subject);
      const auto begun = seconds_of_work();
      (void)made.answers(scene);
      best = std::min(best, seconds_of_work() - begun);
    }
    return best;
  };
  constexpr double times = 8;
  const auto small = time_of(500), large = time_of(std::int64_t(500 * times));
  if (large > 0.05 && large > 4 * times * small) {
    throw Warned(fmt::format("{:g} times as many samples take {:.0f} times as long", times, large / small));
  }
}

const std::vector<std::string> all_kinds{"analyser", "time_splitter", "target", "indicator", "ml_backend", "clusterer",
                                         "outlier_detector"};
const std::vector<std::string> kinds_with_frames{"analyser", "target", "indicator", "ml_backend"};

}  // namespace

std::span<const ComponentCheck> robustness_checks() {
  static const std::vector<ComponentCheck> all{
      {{"two-instances", 4, "instances", all_kinds, "instances do not disturb each other"}, two_instances},
      {{"newer-host", 4, "versions", all_kinds, "longer structs of a later host are no matter"}, newer_host},
      {{"cancel", 4, "cancel", all_kinds, "it stops within a second when it is asked to"}, cancels},
      {{"leak", 4, "ownership", all_kinds, "no memory is lost"}, leaks},
      {{"nothing-left-running", 4, "threads", all_kinds, "it leaves no thread and no process behind"},
       leaves_nothing_running},
  };
  return all;
}

std::span<const ComponentCheck> stress_checks() {
  static const std::vector<ComponentCheck> all{
      {{"parameters-fuzz", 5, "create", all_kinds, "any value within the limits is taken or refused in words"},
       parameters_fuzz},
      {{"frames-fuzz", 5, "status", all_kinds, "0 to 100000 samples, values at the ends of their types, strange words"},
       frames_fuzz},
      {{"parallel-instances", 5, "instances", all_kinds, "instances work in parallel"}, parallel_instances},
      {{"scale-linear", 5, "speed", kinds_with_frames, "time grows with the samples, not with their square"}, scales},
  };
  return all;
}

}  // namespace auspex::conformance
