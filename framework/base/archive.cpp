#include "base/archive.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <zip.h>

#include "base/error.hpp"

namespace auspex {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

[[noreturn]] void cannot_pack(const std::string& why) {
  throw Error(Fault::data, fmt::format("cannot make a zip file: {}", why));
}

// Why a name is no relative path into the folder that an archive would be unpacked to; "" where it is.
std::string unsafe(std::string_view name) {
  if (name.empty()) return "has no name";
  if (name.front() == '/' || name.find(':') != std::string_view::npos) return "is an absolute path";
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; })) {
    return "has a control character or a backslash in its name";
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return "leads out of its folder by '..'";
    begin = end + 1;
  }
  return {};
}

class Unpacking {
 public:
  Unpacking(const std::filesystem::path& file, const ArchiveLimits& limits) : file_(file), limits_(limits) {}

  ArchiveFiles run() {
    int code = 0;
    archive_.reset(zip_open(file_.c_str(), ZIP_RDONLY, &code));
    if (!archive_) {
      throw Error(Fault::data, fmt::format("'{}' cannot be read as a zip file: {}", file_.string(), text_of(code)));
    }
    const auto count = std::uint64_t(std::max<zip_int64_t>(0, zip_get_num_entries(archive_.get(), 0)));
    if (count > limits_.files) refuse(fmt::format("has {} entries; at most {} are taken", count, limits_.files));
    for (zip_uint64_t i = 0; i < count; ++i) take(i);
    return std::move(files_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(Fault::data, fmt::format("'{}' {}", file_.string(), why), "nothing was taken from it");
  }

  void take(zip_uint64_t index) {
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_stat_index(archive_.get(), index, 0, &about) != 0) refuse(fmt::format("is damaged: {}", zip_strerror(archive_.get())));
    const std::string name = about.name == nullptr ? "" : about.name;
    const auto refuse_entry = [&](const std::string& why) { refuse(fmt::format("is not safe to unpack: the entry '{}' {}", name, why)); };
    if (const auto why = unsafe(name); !why.empty()) refuse_entry(why);
    if (!is_plain(index)) refuse_entry("is a link or a device, not a file");
    if (name.back() == '/') return;
    if (files_.count(name) != 0) refuse_entry("is there twice");
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE) {
      refuse(fmt::format("is encrypted: the entry '{}' needs a password", name));
    }
    files_[name] = content(index, name);
  }

  // Archives from Unix keep the kind of each file in the upper half of its attributes.
  bool is_plain(zip_uint64_t index) {
    constexpr std::uint32_t kind_mask = 0170000, plain = 0100000, folder = 0040000;
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(archive_.get(), index, 0, &system, &attributes) != 0) return true;
    if (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X) return true;
    const auto kind = attributes >> 16 & kind_mask;
    return kind == 0 || kind == plain || kind == folder;
  }

  // Counts what comes out, not what the archive says comes out.
  std::string content(zip_uint64_t index, const std::string& name) {
    const std::unique_ptr<zip_file_t, Discard> in(zip_fopen_index(archive_.get(), index, 0));
    if (!in) refuse(fmt::format("is damaged: the entry '{}': {}", name, zip_strerror(archive_.get())));
    std::string bytes;
    std::vector<char> part(std::size_t{1} << 16);
    for (;;) {
      const auto n = zip_fread(in.get(), part.data(), part.size());
      if (n < 0) refuse(fmt::format("is damaged: the entry '{}': {}", name, zip_file_strerror(in.get())));
      if (n == 0) return bytes;
      unpacked_ += std::uint64_t(n);
      if (unpacked_ > limits_.bytes) refuse(fmt::format("unpacks to more than {} MiB; no model is that large", limits_.bytes >> 20));
      bytes.append(part.data(), std::size_t(n));
    }
  }

  const std::filesystem::path& file_;
  const ArchiveLimits& limits_;
  Archive archive_;
  ArchiveFiles files_;
  std::uint64_t unpacked_ = 0;
};

}  // namespace

std::string zip_bytes(const ArchiveFiles& files) {
  constexpr zip_uint16_t first_of_1980 = 1 << 5 | 1;  // the earliest date that zip knows
  zip_error_t error;
  zip_error_init(&error);
  Source buffer(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!buffer) cannot_pack(zip_error_strerror(&error));
  zip_source_keep(buffer.get());  // read after the archive is closed
  Archive archive(zip_open_from_source(buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (!archive) {
    zip_source_free(buffer.get());
    cannot_pack(zip_error_strerror(&error));
  }
  for (const auto& [name, bytes] : files) {
    Source content(zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0));
    const auto index = content ? zip_file_add(archive.get(), name.c_str(), content.get(), ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) cannot_pack(zip_strerror(archive.get()));
    (void)content.release();
    zip_file_set_dostime(archive.get(), zip_uint64_t(index), 0, first_of_1980, 0);
  }
  if (zip_close(archive.get()) != 0) cannot_pack(zip_strerror(archive.get()));
  (void)archive.release();

  zip_stat_t about;
  if (zip_source_stat(buffer.get(), &about) != 0 || zip_source_open(buffer.get()) != 0) cannot_pack("its bytes cannot be read");
  std::string packed(about.size, '\0');
  const auto n = zip_source_read(buffer.get(), packed.data(), packed.size());
  zip_source_close(buffer.get());
  if (n != zip_int64_t(packed.size())) cannot_pack("its bytes cannot be read");
  return packed;
}

ArchiveFiles read_zip(const std::filesystem::path& file, const ArchiveLimits& limits) { return Unpacking(file, limits).run(); }

}  // namespace auspex
