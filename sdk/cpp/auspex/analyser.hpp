// Analysers: list the analysables and, for each, its samples.
#pragma once

#include <auspex/component.hpp>

namespace auspex {

/// What is analysed as a piece; `key` is the dense id of the course or user (0 for the site).
struct analysable {
  std::int64_t key = 0;
  std::optional<time> start;
  std::optional<time> end;
  std::int64_t order = 0;  ///< the source's own order (Moodle's sortorder), ties by key
};

/// Base of analysers. A derived class has
///   static constexpr std::string_view id, name, description;
///   static constexpr std::int32_t analysable_unit (AUSPEX_UNIT_*), sample_entity (AUSPEX_ENTITY_*); static constexpr entities provides;
/// and
///   void analysables(const frame&, Add add)   add(analysable), for each row of a batch of the listing reads
///   void samples(const frame&, Add add)       add({ids}), in ascending order of the entity
class analyser : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_ANALYSER;
  static constexpr bool one_sample_per_analysable = false;
  static constexpr entities identity = no_entity;  ///< what names a sample where sample_entity alone does not

 protected:
  read_handle reads_listing(table&& read) { return component::reads(AUSPEX_STAGE_LIST, std::move(read)); }
  read_handle reads_samples(table&& read) { return component::reads(AUSPEX_STAGE_SAMPLES, std::move(read)); }
};

namespace detail {

template <class C>
struct functions_of_analyser {
  static auspex_status describe(void*, auspex_analyser_info* info, auspex_error*) noexcept {
    info->unit = C::analysable_unit;
    info->sample_entity = C::sample_entity;
    info->entities = C::provides;
    info->one_sample_per_analysable = C::one_sample_per_analysable ? 1 : 0;
    info->identity = C::identity;
    return AUSPEX_OK;
  }
  static auspex_status analysables(void* self, const auspex_frame* raw, const auspex_analysable_sink* sink,
                                   auspex_error* error) noexcept {
    return guarded(error, [&] {
      static_cast<C*>(self)->analysables(frame(*raw), [&](const analysable& a) {
        const auspex_analysable out{sizeof(auspex_analysable), C::analysable_unit, a.key, a.start.value_or(no_time),
                                    a.end.value_or(no_time), a.order};
        sink->add(sink->context, &out);
      });
    });
  }
  static auspex_status samples(void* self, const auspex_frame* raw, const auspex_sample_sink* sink, auspex_error* error) noexcept {
    return guarded(error, [&] {
      static_cast<C*>(self)->samples(frame(*raw), [&](std::initializer_list<std::int64_t> keys) {
        sink->add(sink->context, keys.begin(), keys.size());
      });
    });
  }
  static constexpr auspex_analyser table{sizeof(auspex_analyser), &describe, &analysables, &samples};
};

}  // namespace detail
}  // namespace auspex
