#include "plugin/worker.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/calendar.hpp"
#include "plugin/calls.hpp"
#include "plugin/host.hpp"
#include "plugin/packing.hpp"
#include "plugin/worker_messages.hpp"
#include "plugin/workers.hpp"

namespace auspex::plugin {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// ---- descriptors -------------------------------------------------------------------------------------------------------

nlohmann::json to_json(const Parameter& parameter) {
  nlohmann::json search;
  if (parameter.search) search = {parameter.search->low, parameter.search->high, parameter.search->is_log};
  return {{"name", parameter.name},         {"type", int(parameter.type)},
          {"is_list", parameter.is_list},   {"required", parameter.required},
          {"description", parameter.description}, {"default", parameter.default_value},
          {"minimum", parameter.minimum},   {"maximum", parameter.maximum},
          {"choices", parameter.choices},   {"search", std::move(search)}};
}

Parameter parameter_of(const nlohmann::json& json) {
  std::optional<SearchRange> search;
  if (const auto& given = json.at("search"); !given.is_null()) search = SearchRange{given.at(0), given.at(1), given.at(2)};
  return {json.at("name"),    ParameterType(json.at("type").get<int>()), json.at("is_list"), json.at("required"),
          json.at("description"), json.at("default"), json.at("minimum"), json.at("maximum"), json.at("choices"),
          search};
}

// A plugin that has `contributions` alone explains one output, whose margin is their sum.
auspex_status explain_by(const auspex_ml_backend& table, void* self, std::span<const std::byte> model,
                         const auspex_matrix& matrix, std::vector<double>& margins, std::vector<double>& shares,
                         auspex_error& error) {
  if (AUSPEX_HAS(auspex_ml_backend, &table, explain) && table.explain != nullptr) {
    return table.explain(self, model.data(), model.size(), &matrix, margins.data(), shares.data(), &error);
  }
  if (margins.size() != std::size_t(matrix.rows)) {
    constexpr std::string_view message = "was built before the contract could explain more than two classes";
    message.copy(error.message, sizeof error.message - 1);
    return AUSPEX_FAILED;
  }
  const auto status = table.contributions(self, model.data(), model.size(), &matrix, shares.data(), &error);
  const auto width = std::size_t(matrix.columns + 1);
  for (std::size_t row = 0; row < margins.size(); ++row) {
    const auto begin = shares.begin() + std::ptrdiff_t(row * width);
    margins[row] = std::accumulate(begin, begin + std::ptrdiff_t(width), 0.0);
  }
  return status;
}

// Whether it has the function that its kind may leave out.
bool has_optional(const Component& component) {
  if (!component.known) return false;
  if (component.schema.kind == Kind::indicator) {
    const auto* table = static_cast<const auspex_indicator*>(component.functions);
    return AUSPEX_HAS(auspex_indicator, table, prepare) && table->prepare != nullptr;
  }
  if (component.schema.kind == Kind::ml_backend) {
    const auto* table = static_cast<const auspex_ml_backend*>(component.functions);
    return (AUSPEX_HAS(auspex_ml_backend, table, explain) && table->explain != nullptr) ||
           (AUSPEX_HAS(auspex_ml_backend, table, contributions) && table->contributions != nullptr);
  }
  return false;
}

// ---- answering calls ---------------------------------------------------------------------------------------------------

// The table of a sink that hands on to `add`.
template <class Table, class Add, class... Items>
Table table_of(Add& add, void (*)(void*, Items...)) {
  return {sizeof(Table), &add, [](void* context, Items... items) { (*static_cast<Add*>(context))(items...); }};
}

struct Held {
  const Component* component = nullptr;
  void* self = nullptr;
};

// The components of one plugin that one thread of the host uses.
class Server {
 public:
  Server(int socket, int calls, int answers) : socket_(socket), calls_(calls, false), answers_(answers, true), own_(::getpid()) {}

  [[nodiscard]] const std::atomic<std::int32_t>* cancelled() const {
    return reinterpret_cast<const std::atomic<std::int32_t>*>(flag_);
  }

  void say_loaded(const nlohmann::json& json) {
    const auto bytes = nlohmann::json::to_cbor(json);
    Packer answer(answers_);
    answer.text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    say_done(answer.size());
  }

  void say(const WorkerMessage& message, std::string_view text) const {
    // A thread that a plugin forks off or leaves behind may find the host gone.
    (void)send_message(socket_, &message, sizeof message, text);
  }

  /// Answers until the host is gone.
  void serve(const Descriptor& plugin) {
    WorkerMessage message;
    while (receive_message(socket_, &message, sizeof message) == sizeof message) {
      if (message.size > calls_.size()) calls_.follow();
      Unpacker from(calls_.data() + call_offset, std::min<std::size_t>(message.size, calls_.size()) - call_offset);
      Packer to(answers_);
      to.skip(sizeof(AnswerHead));
      to.skip(sizeof(auspex_error));
      auto error = empty_error();
      AnswerHead head;
      const auto call = from.get<Call>();
      const auto instance = from.get<std::int64_t>();
      if (const std::string zone(from.text()); zone != timezone_name()) set_timezone(zone);
      head.status = guarded(error, [&] { return answer(plugin, call, instance, from, to, head.items, error); });
      if (::getpid() != own_) ::_exit(0);  // a copy that the plugin forked
      std::memcpy(to.at(0), &head, sizeof head);
      std::memcpy(to.at(head_size), &error, sizeof error);
      say_done(to.size());
    }
  }

 private:
  static constexpr std::size_t head_size = (sizeof(AnswerHead) + 7) / 8 * 8;

  void say_done(std::size_t size) const { say({WorkerMessage::done, 0, 0, size}, {}); }

  auspex_status answer(const Descriptor& plugin, Call call, std::int64_t instance, Unpacker& from, Packer& to,
                       std::uint64_t& items, auspex_error& error) {
    if (call == Call::create) return create(plugin, instance, from, error);
    const auto held = held_.at(instance);
    if (call == Call::destroy) {
      held_.erase(instance);
      held.component->exported->destroy(held.self);
      return AUSPEX_OK;
    }
    received_.begin(from.get<std::uint64_t>());
    if (call == Call::declare) return declare(held, to, items, error);
    switch (held.component->schema.kind) {
      case Kind::analyser: return analyser(held, call, from, to, items, error);
      case Kind::time_splitter: return splitter(held, call, from, to, items, error);
      case Kind::target: return target(held, call, from, to, error);
      case Kind::indicator: return indicator(held, call, from, to, error);
      case Kind::ml_backend: return backend(held, call, from, to, items, error);
      case Kind::clusterer: return clusterer(held, from, to, error);
      case Kind::outlier_detector: return detector(held, from, to, error);
    }
    return AUSPEX_INVALID;
  }

  auspex_status create(const Descriptor& plugin, std::int64_t instance, Unpacker& from, auspex_error& error) {
    const auto& component = *plugin.components.at(from.get<std::size_t>());
    const auto compatibility = from.text();
    const UnpackedArguments arguments(from);
    Held held{&component, nullptr};
    const auto status = component.exported->create(arguments.arguments().data(), arguments.arguments().size(),
                                                   {compatibility.data(), compatibility.size()}, &held.self, &error);
    if (status == AUSPEX_OK) held_[instance] = held;
    return status;
  }

  static auspex_status declare(const Held& held, Packer& to, std::uint64_t& items, auspex_error& error) {
    const auto& exported = *held.component->exported;
    if (!AUSPEX_HAS(auspex_component, &exported, declare) || exported.declare == nullptr) return AUSPEX_OK;
    Sink add([&](const auspex_read* read) {
      Claims::put_read(to, read);
      ++items;
    });
    const auto sink = table_of<auspex_read_sink>(add, auspex_read_sink{}.add);
    const auto status = exported.declare(held.self, &sink, &error);
    add.rethrow();
    return status;
  }

  template <class Table>
  static const Table& functions(const Held& held) {
    return *static_cast<const Table*>(held.component->functions);
  }

  template <class Table, class Info>
  static auspex_status describe(const Held& held, Info& info, auspex_error& error) {
    return functions<Table>(held).describe(held.self, &info, &error);
  }

  auspex_status analyser(const Held& held, Call call, Unpacker& from, Packer& to, std::uint64_t& items, auspex_error& error) {
    const auto& table = functions<auspex_analyser>(held);
    if (call == Call::describe) {
      auto info = from.get<auspex_analyser_info>();
      const auto status = describe<auspex_analyser>(held, info, error);
      to.put(info);
      return status;
    }
    const UnpackedFrame frame(from, received_);
    if (call == Call::analysables) {
      Sink add([&](const auspex_analysable* one) {
        put_struct(to, one);
        ++items;
      });
      const auto sink = table_of<auspex_analysable_sink>(add, auspex_analysable_sink{}.add);
      const auto status = table.analysables(held.self, &frame.frame(), &sink, &error);
      add.rethrow();
      return status;
    }
    Sink add([&](const std::int64_t* keys, std::size_t count) {
      to.put(keys != nullptr);
      to.put(count);
      to.list(keys, keys == nullptr ? 0 : std::min(count, most_keys));
      ++items;
    });
    const auto sink = table_of<auspex_sample_sink>(add, auspex_sample_sink{}.add);
    const auto status = table.samples(held.self, &frame.frame(), &sink, &error);
    add.rethrow();
    return status;
  }

  static auspex_status splitter(const Held& held, Call call, Unpacker& from, Packer& to, std::uint64_t& items,
                                auspex_error& error) {
    if (call == Call::describe) {
      auto info = from.get<auspex_time_splitter_info>();
      const auto status = describe<auspex_time_splitter>(held, info, error);
      to.put(info);
      return status;
    }
    const auto life = from.get<auspex_life>();
    Sink add([&](const auspex_range* range) {
      Claims::put_range(to, range);
      ++items;
    });
    const auto sink = table_of<auspex_range_sink>(add, auspex_range_sink{}.add);
    auspex_reason reason{};
    reason.struct_size = sizeof reason;
    const auto status = functions<auspex_time_splitter>(held).ranges(held.self, &life, &sink, &reason, &error);
    add.rethrow();
    to.put(reason);
    return status;
  }

  auspex_status target(const Held& held, Call call, Unpacker& from, Packer& to, auspex_error& error) {
    const auto& table = functions<auspex_target>(held);
    if (call == Call::describe) {
      auto info = from.get<auspex_target_info>();
      const auto status = describe<auspex_target>(held, info, error);
      to.put(info);
      Claims::put_text(to, info.analyser);
      Claims::put_numbers(to, info.classes, info.class_count);
      Claims::put_texts(to, info.class_names, info.class_count);
      Claims::put_numbers(to, info.ignored_classes, info.ignored_class_count);
      Claims::put_texts(to, info.accepts, info.accept_count);
      Claims::put_texts(to, info.sample_reasons, info.sample_reason_count);
      Claims::put_texts(to, info.decides_from, info.decides_from_count);
      return status;
    }
    const UnpackedFrame unpacked(from, received_);
    const auto& frame = unpacked.frame();
    if (call == Call::check_analysable) {
      auspex_reason reason{};
      reason.struct_size = sizeof reason;
      const auto status = table.check_analysable(held.self, &frame, &reason, &error);
      to.put(reason);
      return status;
    }
    if (call == Call::check_samples) {
      std::vector<std::int32_t> codes(std::size_t(frame.sample_count), 0);
      const auto status = table.check_samples(held.self, &frame, codes.data(), &error);
      to.list(codes.data(), codes.size());
      return status;
    }
    std::vector<double> labels(std::size_t(frame.sample_count), none);
    const auto status = table.label(held.self, &frame, labels.data(), &error);
    to.list(labels.data(), labels.size());
    return status;
  }

  auspex_status indicator(const Held& held, Call call, Unpacker& from, Packer& to, auspex_error& error) {
    const auto& table = functions<auspex_indicator>(held);
    if (call == Call::describe) {
      auto info = from.get<auspex_indicator_info>();
      const auto status = describe<auspex_indicator>(held, info, error);
      to.put(info);
      Claims::put_numbers(to, info.classes, info.class_count);
      return status;
    }
    const UnpackedFrame frame(from, received_);
    if (call == Call::prepare) return table.prepare(held.self, &frame.frame(), &error);
    std::vector<double> values(std::size_t(frame.frame().sample_count), none);
    const auto status = table.calculate(held.self, &frame.frame(), values.data(), &error);
    to.list(values.data(), values.size());
    return status;
  }

  static auspex_status backend(const Held& held, Call call, Unpacker& from, Packer& to, std::uint64_t& items,
                               auspex_error& error) {
    const auto& table = functions<auspex_ml_backend>(held);
    if (call == Call::describe) {
      auto info = from.get<auspex_backend_info>();
      const auto status = describe<auspex_ml_backend>(held, info, error);
      to.put(info);
      return status;
    }
    if (call == Call::train) {
      const UnpackedMatrix matrix(from);
      Sink add([&](const void* data, std::size_t size) {
        to.put(data != nullptr);
        to.put(size);
        to.list(static_cast<const std::byte*>(data), data == nullptr ? 0 : size);
        ++items;
      });
      const auto sink = table_of<auspex_byte_sink>(add, auspex_byte_sink{}.write);
      const auto status = table.train(held.self, &matrix.matrix(), &sink, &error);
      add.rethrow();
      return status;
    }
    const auto model = from.list<std::byte>(from.get<std::size_t>());
    const UnpackedMatrix unpacked(from);
    const auto& matrix = unpacked.matrix();
    if (call == Call::predict) {
      std::vector<double> out(std::size_t(matrix.rows * std::max<std::int64_t>(matrix.class_count, 1)), none);
      const auto status = table.predict(held.self, model.data(), model.size(), &matrix, out.data(), &error);
      to.list(out.data(), out.size());
      return status;
    }
    const auto outputs = matrix.class_count > 2 ? matrix.class_count : 1;
    std::vector<double> margins(std::size_t(matrix.rows * outputs), none);
    std::vector<double> shares(std::size_t(matrix.rows * outputs * (matrix.columns + 1)), none);
    const auto status = explain_by(table, held.self, model, matrix, margins, shares, error);
    to.list(margins.data(), margins.size());
    to.list(shares.data(), shares.size());
    return status;
  }

  static auspex_status clusterer(const Held& held, Unpacker& from, Packer& to, auspex_error& error) {
    const UnpackedPoints unpacked(from);
    const auto& points = unpacked.points();
    const auto clusters = from.get<std::int64_t>();
    std::vector<std::int32_t> assignments(std::size_t(points.rows), -1);
    std::vector<double> centroids(std::size_t(clusters * points.columns), none);
    auspex_clustering out{sizeof out, 0, assignments.data(), centroids.data(), 0, 0};
    const auto status = functions<auspex_clusterer>(held).cluster(held.self, &points, clusters, &out, &error);
    to.put(out);
    to.list(assignments.data(), assignments.size());
    to.list(centroids.data(), centroids.size());
    return status;
  }

  static auspex_status detector(const Held& held, Unpacker& from, Packer& to, auspex_error& error) {
    const UnpackedPoints unpacked(from);
    const auto& points = unpacked.points();
    std::vector<double> scores(std::size_t(points.rows), none);
    std::vector<std::int32_t> flags(std::size_t(points.rows), -1);
    auspex_outliers out{sizeof out, 0, scores.data(), flags.data(), none};
    const auto status = functions<auspex_outlier_detector>(held).detect(held.self, &points, &out, &error);
    to.put(out);
    to.list(scores.data(), scores.size());
    to.list(flags.data(), flags.size());
    return status;
  }

  int socket_;
  SharedMemory calls_, answers_;
  // Mapped on its own: the memory of calls moves when it grows, and a plugin's threads may look at any time.
  const void* flag_ = ::mmap(nullptr, call_offset, PROT_READ, MAP_SHARED, calls_.descriptor(), 0);
  pid_t own_;
  ReceivedDictionaries received_;
  std::map<std::int64_t, Held> held_;
};

[[noreturn]] void work(const std::filesystem::path& file, const FileIdentity& identity, int socket, int calls, int answers) {
  // A crash is a crash, with no file of the memory.
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) std::signal(signal, SIG_DFL);
  Server server(socket, calls, answers);
  relay_services({[&](std::int32_t level, std::string_view text) {
                    server.say({WorkerMessage::log, level, 0, text.size()}, text.substr(0, 60'000));
                  },
                  [&](double done) { server.say({WorkerMessage::progress, 0, done, 0}, {}); }, server.cancelled()});
  Descriptor plugin;
  try {
    if (identity_of(file) != identity) {
      throw Refused{"changed", "its file was changed or replaced since it was looked at", "start again", {}};
    }
    plugin = load_library(file);
  } catch (const Refused& refused) {
    server.say_loaded({{"refused", refused.code}, {"message", refused.message}, {"hint", refused.hint}, {"ids", refused.ids}});
    ::_exit(0);
  }
  server.say_loaded(plugin::to_json(plugin));
  server.serve(plugin);
  ::_exit(0);
}

}  // namespace

// ---- descriptors -------------------------------------------------------------------------------------------------------

nlohmann::json to_json(const Descriptor& descriptor) {
  auto components = nlohmann::json::array();
  for (const auto& each : descriptor.components) {
    const auto& schema = each->schema;
    auto parameters = nlohmann::json::array();
    for (const auto& parameter : schema.parameters) parameters.push_back(to_json(parameter));
    components.push_back({{"id", schema.id},
                          {"kind", int(schema.kind)},
                          {"name", schema.name},
                          {"description", schema.description},
                          {"parameters", std::move(parameters)},
                          {"known", each->known},
                          {"interface", each->interface_id},
                          {"unit", each->unit},
                          {"optional", has_optional(*each)}});
  }
  return {{"id", descriptor.id},
          {"version", descriptor.version},
          {"sdk_version", descriptor.sdk_version},
          {"name", descriptor.name},
          {"author", descriptor.author},
          {"licence", descriptor.licence},
          {"url", descriptor.url},
          {"abi_major", descriptor.abi_major},
          {"abi_minor", descriptor.abi_minor},
          {"components", std::move(components)}};
}

Descriptor descriptor_of(const nlohmann::json& json, const std::shared_ptr<IsolatedPlugin>& isolated) {
  Descriptor descriptor{json.at("id"),        json.at("version"), json.at("sdk_version"), json.at("name"),
                        json.at("author"),    json.at("licence"), json.at("url"),         json.at("abi_major"),
                        json.at("abi_minor"), {}};
  for (const auto& each : json.at("components")) {
    auto component = std::make_shared<Component>();
    component->known = each.at("known");
    component->interface_id = each.at("interface");
    component->unit = each.at("unit");
    component->index = descriptor.components.size();
    component->isolated = isolated;
    auto& schema = component->schema;
    schema = {Kind(each.at("kind").get<int>()), each.at("id"), each.at("name"), each.at("description"), descriptor.id,
              descriptor.version, {}};
    for (const auto& parameter : each.at("parameters")) schema.parameters.push_back(parameter_of(parameter));
    use_workers(*component, each.at("optional"));
    descriptor.components.push_back(std::move(component));
  }
  return descriptor;
}

// ---- the process that starts workers -----------------------------------------------------------------------------------

int workers_main() {
  constexpr int host = 3;
  struct {
    StarterMessage head;
    char file[4096];
  } asked;
  std::set<pid_t> workers;
  const auto own = ::getpid();
  try {
    (void)TimeZone::named("Etc/UTC");  // reads the list of all zones, which every worker then has
  } catch (const Error&) {
    // Each says so itself where it needs one.
  }
  for (;;) {
    int descriptors[3];
    const auto size = receive_message(host, &asked, sizeof asked, descriptors);
    if (size < sizeof asked.head) break;
    std::int32_t answer = -1;
    if (asked.head.what == StarterMessage::start) {
      const std::string file(asked.file, size - sizeof asked.head);
      answer = ::fork();
      if (answer == 0) {
        ::close(host);
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != own) ::_exit(0);
        work(file, asked.head.identity, descriptors[0], descriptors[1], descriptors[2]);
      }
      for (const int descriptor : descriptors) ::close(descriptor);
      if (answer > 0) {
        ::setpgid(answer, answer);
        workers.insert(answer);
      }
    } else if (workers.erase(asked.head.process) != 0) {
      // All of its group: a plugin may have started processes too.
      ::kill(-asked.head.process, SIGKILL);
      ::waitpid(asked.head.process, &answer, 0);
    }
    if (!send_message(host, &answer, sizeof answer, {})) break;
  }
  for (const auto worker : workers) ::kill(-worker, SIGKILL);
  return 0;
}

}  // namespace auspex::plugin
