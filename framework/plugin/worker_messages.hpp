// What the host, the process that starts workers and the workers say to each other: one datagram a message.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <sys/types.h>

#include "plugin/trust.hpp"

namespace auspex::plugin {

/// Between the host and one worker. A call's arguments and its answer lie in memory that both share.
struct WorkerMessage {
  enum What : std::int32_t { call, done, log, progress };
  std::int32_t what = call;
  std::int32_t level = 0;    ///< log
  double progress_done = 0;  ///< progress
  std::uint64_t size = 0;    ///< call, done: bytes of shared memory; log: bytes of text that follow
};

/// Between the host and the process that starts workers. `start` comes with three descriptors (the worker's socket, the memory
/// of calls, that of answers) and the path of the plugin's file; both are answered with one number: the process, how it ended.
struct StarterMessage {
  enum What : std::int32_t { start, end };
  std::int32_t what = start;
  std::int32_t process = 0;
  FileIdentity identity;
};

/// False where the other side is gone.
bool send_message(int socket, const void* head, std::size_t head_size, std::string_view text, std::span<const int> descriptors = {});

/// Bytes received, 0 where the other side is gone. Descriptors that come along are put into `descriptors`, the rest is -1.
std::size_t receive_message(int socket, void* buffer, std::size_t size, std::span<int> descriptors = {});

/// The answer to what went wrong, or to a call: what comes first in the memory of answers. Items of a sink follow.
struct AnswerHead {
  std::int32_t status = 0;
  std::uint64_t items = 0;
};

/// The flag that a worker's "cancelled?" reads begins the memory of calls; arguments come after it.
inline constexpr std::size_t call_offset = 4096;

}  // namespace auspex::plugin
