// The functions of isolated components: each packs what it is given, has a worker do it, and hands on what comes back.
#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "plugin/calls.hpp"
#include "plugin/worker_messages.hpp"
#include "plugin/workers.hpp"

namespace auspex::plugin {
namespace {

std::atomic<std::uint64_t> data_epoch = 1;

// One component in the host; its other half is in a worker, made again where that one has ended.
class Proxy {
 public:
  Proxy(const Component& component, const auspex_argument* arguments, std::size_t count, std::string compatibility)
      : component_(component), compatibility_(std::move(compatibility)) {
    SharedMemory memory;
    Packer packer(memory);
    put(packer, arguments, count);
    arguments_.assign(memory.data(), memory.data() + packer.size());
  }
  ~Proxy() {
    if (!worker_) return;
    try {
      const std::lock_guard lock(worker_->mutex);
      if (worker_->alive()) (void)worker_->answer(worker_->arguments(Call::destroy, instance_), component_.isolated->limits());
    } catch (...) {
      // It is gone, whatever it did last.
    }
    component_.isolated->release(*worker_);
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Creates the other half.
  auspex_status create(auspex_error* error) {
    if (worker_) component_.isolated->release(*worker_);
    worker_ = nullptr;
    worker_ = component_.isolated->worker();
    const std::lock_guard lock(worker_->mutex);
    instance_ = worker_->next_instance++;
    auto packer = worker_->arguments(Call::create, instance_);
    packer.put(component_.index);
    packer.text(compatibility_);
    packer.list(arguments_.data(), arguments_.size());
    auto answer = worker_->answer(packer, component_.isolated->limits());
    return finish(answer, error).status;
  }

  /// `write(packer, dictionaries sent)` gives the arguments; `read(answer, items)` takes what comes back.
  template <class Write, class Read>
  auspex_status call(Call which, auspex_error* error, Write&& write, Read&& read) {
    if (!worker_ || !worker_->alive()) {
      if (const auto status = create(error); status != AUSPEX_OK) return status;
    }
    const std::lock_guard lock(worker_->mutex);
    const auto epoch = data_epoch.load();
    worker_->sent.begin(epoch);
    auto packer = worker_->arguments(which, instance_);
    packer.put(epoch);
    write(packer, worker_->sent);
    auto answer = worker_->answer(packer, component_.isolated->limits());
    const auto head = finish(answer, error);
    read(answer, head.items);
    return head.status;
  }

  /// What a struct that describe() filled points to, as long as the component lives.
  Claims claims;

 private:
  static AnswerHead finish(Unpacker& answer, auspex_error* error) {
    const auto head = answer.get<AnswerHead>();
    *error = answer.get<auspex_error>();
    return head;
  }

  const Component& component_;
  std::string compatibility_;
  std::vector<std::byte> arguments_;  // packed
  std::shared_ptr<Worker> worker_;
  std::int64_t instance_ = 0;
};

Proxy& proxy(void* self) { return *static_cast<Proxy*>(self); }

constexpr auto nothing_to_write = [](Packer&, SentDictionaries&) {};
constexpr auto nothing_to_read = [](Unpacker&, std::uint64_t) {};

auto write_frame(const auspex_frame* frame) {
  return [frame](Packer& to, SentDictionaries& sent) { put(to, *frame, sent); };
}

template <class T>
auto read_values(T* values, std::size_t count) {
  return [values, count](Unpacker& from, std::uint64_t) {
    const auto got = from.list<T>(count);
    std::copy(got.begin(), got.end(), values);
  };
}

// ---- of all kinds ------------------------------------------------------------------------------------------------------

void destroy(void* self) { delete &proxy(self); }

auspex_status declare(void* self, const auspex_read_sink* sink, auspex_error* error) {
  return proxy(self).call(Call::declare, error, nothing_to_write, [&](Unpacker& from, std::uint64_t items) {
    for (std::uint64_t i = 0; i < items; ++i) {
      Claims claims;
      sink->add(sink->context, claims.read(from));
    }
  });
}

auspex_status create_by_component(const auspex_argument*, std::size_t, auspex_str, void**, auspex_error*) {
  throw std::logic_error("an isolated component is created by create_isolated()");
}

// The info of a kind whose struct points to nothing.
template <class Info>
auspex_status describe_plain(void* self, Info* info, auspex_error* error) {
  return proxy(self).call(Call::describe, error, [&](Packer& to, SentDictionaries&) { to.put(*info); },
                          [&](Unpacker& from, std::uint64_t) { *info = from.get<Info>(); });
}

// ---- analyser ----------------------------------------------------------------------------------------------------------

auspex_status analysables(void* self, const auspex_frame* frame, const auspex_analysable_sink* sink, auspex_error* error) {
  return proxy(self).call(Call::analysables, error, write_frame(frame), [&](Unpacker& from, std::uint64_t items) {
    for (std::uint64_t i = 0; i < items; ++i) {
      const bool is_there = from.get<bool>();
      const auto one = from.get<auspex_analysable>();
      sink->add(sink->context, is_there ? &one : nullptr);
    }
  });
}

auspex_status samples(void* self, const auspex_frame* frame, const auspex_sample_sink* sink, auspex_error* error) {
  return proxy(self).call(Call::samples, error, write_frame(frame), [&](Unpacker& from, std::uint64_t items) {
    for (std::uint64_t i = 0; i < items; ++i) {
      const bool is_there = from.get<bool>();
      const auto count = from.get<std::size_t>();
      const auto keys = from.list<std::int64_t>(is_there ? std::min(count, most_keys) : 0);
      sink->add(sink->context, is_there ? keys.data() : nullptr, count);
    }
  });
}

constexpr auspex_analyser analyser_functions = {sizeof(auspex_analyser), describe_plain<auspex_analyser_info>, analysables, samples};

// ---- time splitter -----------------------------------------------------------------------------------------------------

auspex_status ranges(void* self, const auspex_life* life, const auspex_range_sink* sink, auspex_reason* reason,
                     auspex_error* error) {
  const auto write = [&](Packer& to, SentDictionaries&) { to.put(*life); };
  return proxy(self).call(Call::ranges, error, write, [&](Unpacker& from, std::uint64_t items) {
    for (std::uint64_t i = 0; i < items; ++i) {
      Claims claims;
      sink->add(sink->context, claims.range(from));
    }
    *reason = from.get<auspex_reason>();
  });
}

constexpr auspex_time_splitter splitter_functions = {sizeof(auspex_time_splitter), describe_plain<auspex_time_splitter_info>, ranges};

// ---- target ------------------------------------------------------------------------------------------------------------

auspex_status describe_target(void* self, auspex_target_info* info, auspex_error* error) {
  auto& claims = proxy(self).claims;
  const auto write = [&](Packer& to, SentDictionaries&) { to.put(*info); };
  return proxy(self).call(Call::describe, error, write, [&](Unpacker& from, std::uint64_t) {
    *info = from.get<auspex_target_info>();
    info->analyser = claims.text(from);
    info->classes = claims.numbers(from);
    info->class_names = claims.texts(from);
    info->ignored_classes = claims.numbers(from);
    info->accepts = claims.texts(from);
    info->sample_reasons = claims.texts(from);
    info->decides_from = claims.texts(from);
  });
}

auspex_status check_analysable(void* self, const auspex_frame* frame, auspex_reason* reason, auspex_error* error) {
  return proxy(self).call(Call::check_analysable, error, write_frame(frame),
                          [&](Unpacker& from, std::uint64_t) { *reason = from.get<auspex_reason>(); });
}

auspex_status check_samples(void* self, const auspex_frame* frame, std::int32_t* codes, auspex_error* error) {
  return proxy(self).call(Call::check_samples, error, write_frame(frame), read_values(codes, std::size_t(frame->sample_count)));
}

auspex_status label(void* self, const auspex_frame* frame, double* labels, auspex_error* error) {
  return proxy(self).call(Call::label, error, write_frame(frame), read_values(labels, std::size_t(frame->sample_count)));
}

constexpr auspex_target target_functions = {sizeof(auspex_target), describe_target, check_analysable, check_samples, label};

// ---- indicator ---------------------------------------------------------------------------------------------------------

auspex_status describe_indicator(void* self, auspex_indicator_info* info, auspex_error* error) {
  const auto write = [&](Packer& to, SentDictionaries&) { to.put(*info); };
  return proxy(self).call(Call::describe, error, write, [&](Unpacker& from, std::uint64_t) {
    *info = from.get<auspex_indicator_info>();
    info->classes = proxy(self).claims.numbers(from);
  });
}

auspex_status calculate(void* self, const auspex_frame* frame, double* values, auspex_error* error) {
  return proxy(self).call(Call::calculate, error, write_frame(frame), read_values(values, std::size_t(frame->sample_count)));
}

auspex_status prepare(void* self, const auspex_frame* frame, auspex_error* error) {
  return proxy(self).call(Call::prepare, error, write_frame(frame), nothing_to_read);
}

constexpr auspex_indicator indicator_functions = {sizeof(auspex_indicator), describe_indicator, calculate, nullptr};
constexpr auspex_indicator preparing_functions = {sizeof(auspex_indicator), describe_indicator, calculate, prepare};

// ---- ML backend --------------------------------------------------------------------------------------------------------

auspex_status train(void* self, const auspex_matrix* matrix, const auspex_byte_sink* model, auspex_error* error) {
  const auto write = [&](Packer& to, SentDictionaries&) { put(to, *matrix); };
  return proxy(self).call(Call::train, error, write, [&](Unpacker& from, std::uint64_t items) {
    for (std::uint64_t i = 0; i < items; ++i) {
      const bool is_there = from.get<bool>();
      const auto size = from.get<std::size_t>();
      const auto bytes = from.list<std::byte>(is_there ? size : 0);
      model->write(model->context, is_there ? bytes.data() : nullptr, size);
    }
  });
}

auto write_model(const void* model, std::size_t size, const auspex_matrix* matrix) {
  return [=](Packer& to, SentDictionaries&) {
    to.put(size);
    to.list(static_cast<const std::byte*>(model), size);
    put(to, *matrix);
  };
}

auspex_status predict(void* self, const void* model, std::size_t size, const auspex_matrix* matrix, double* out,
                      auspex_error* error) {
  const auto width = std::size_t(std::max<std::int64_t>(matrix->class_count, 1));
  return proxy(self).call(Call::predict, error, write_model(model, size, matrix),
                          read_values(out, std::size_t(matrix->rows) * width));
}

auspex_status explain(void* self, const void* model, std::size_t size, const auspex_matrix* matrix, double* margins,
                      double* contributions, auspex_error* error) {
  const auto outputs = std::size_t(matrix->rows) * std::size_t(matrix->class_count > 2 ? matrix->class_count : 1);
  return proxy(self).call(Call::explain, error, write_model(model, size, matrix), [=](Unpacker& from, std::uint64_t items) {
    read_values(margins, outputs)(from, items);
    read_values(contributions, outputs * std::size_t(matrix->columns + 1))(from, items);
  });
}

constexpr auspex_ml_backend backend_functions = {sizeof(auspex_ml_backend), describe_plain<auspex_backend_info>, train, predict,
                                                 nullptr, nullptr};
constexpr auspex_ml_backend explaining_functions = {sizeof(auspex_ml_backend), describe_plain<auspex_backend_info>, train, predict,
                                                    nullptr, explain};

auspex_status cluster(void* self, const auspex_points* points, std::int64_t clusters, auspex_clustering* out, auspex_error* error) {
  const auto write = [&](Packer& to, SentDictionaries&) {
    put(to, *points);
    to.put(clusters);
  };
  return proxy(self).call(Call::cluster, error, write, [&](Unpacker& from, std::uint64_t items) {
    const auto found = from.get<auspex_clustering>();
    read_values(out->assignments, std::size_t(points->rows))(from, items);
    read_values(out->centroids, std::size_t(clusters * points->columns))(from, items);
    out->standardised = found.standardised;
    out->cluster_count = found.cluster_count;
    out->inertia = found.inertia;
  });
}

auspex_status detect(void* self, const auspex_points* points, auspex_outliers* out, auspex_error* error) {
  const auto write = [&](Packer& to, SentDictionaries&) { put(to, *points); };
  return proxy(self).call(Call::detect, error, write, [&](Unpacker& from, std::uint64_t items) {
    const auto found = from.get<auspex_outliers>();
    read_values(out->scores, std::size_t(points->rows))(from, items);
    read_values(out->flags, std::size_t(points->rows))(from, items);
    out->standardised = found.standardised;
    out->threshold = found.threshold;
  });
}

constexpr auspex_clusterer clusterer_functions = {sizeof(auspex_clusterer), cluster};
constexpr auspex_outlier_detector detector_functions = {sizeof(auspex_outlier_detector), detect};

constexpr auspex_component component_functions = {sizeof(auspex_component), {}, {}, nullptr, {}, {}, {}, nullptr, 0,
                                                  create_by_component, destroy, declare};

const void* functions_of(Kind kind, bool has_optional) {
  switch (kind) {
    case Kind::analyser: return &analyser_functions;
    case Kind::time_splitter: return &splitter_functions;
    case Kind::target: return &target_functions;
    case Kind::indicator: return has_optional ? &preparing_functions : &indicator_functions;
    case Kind::ml_backend: return has_optional ? &explaining_functions : &backend_functions;
    case Kind::clusterer: return &clusterer_functions;
    case Kind::outlier_detector: return &detector_functions;
  }
  return nullptr;
}

}  // namespace

void forget_dictionaries() { ++data_epoch; }

auspex_status create_isolated(const Component& component, const auspex_argument* arguments, std::size_t count,
                              const std::string& compatibility, void** self, auspex_error* error) {
  auto made = std::make_unique<Proxy>(component, arguments, count, compatibility);
  const auto status = made->create(error);
  if (status != AUSPEX_OK) return status;
  *self = made.release();
  return status;
}

void use_workers(Component& component, bool has_optional) {
  component.exported = &component_functions;
  component.functions = component.known ? functions_of(component.schema.kind, has_optional) : nullptr;
}

auspex_status Component::create(const auspex_argument* arguments, std::size_t count, const std::string& compatibility,
                                void** self, auspex_error* error) const {
  if (isolated) return create_isolated(*this, arguments, count, compatibility, self, error);
  return exported->create(arguments, count, {compatibility.data(), compatibility.size()}, self, error);
}

}  // namespace auspex::plugin
