# Functions for plugins, ours and others'.
#
# auspex_add_plugin(TARGET SOURCES FILE... [LIBRARIES LIBRARY...] [OUTPUT_NAME NAME])
#   A plugin library NAME.so (default: TARGET.so) that exports `auspex_plugin` and nothing else, with every symbol resolved
#   at link time.
# auspex_add_plugin_check(TARGET [LEVEL 1..5] [PLUGIN_DIRS DIR...])
#   A test that runs `auspex plugin check` on the library. PLUGIN_DIRS: folders of plugins that it is used together with.
set(AUSPEX_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.version)

function(auspex_add_plugin target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT_NAME" "SOURCES;LIBRARIES")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "auspex_add_plugin(${target}): give SOURCES, and LIBRARIES if it needs any; "
      "not '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_OUTPUT_NAME)
    set(arg_OUTPUT_NAME ${target})
  endif()
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".so" OUTPUT_NAME ${arg_OUTPUT_NAME} C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS ${AUSPEX_PLUGIN_VERSION_SCRIPT})
  # GNU_UNIQUE symbols would be shared between plugins in spite of RTLD_LOCAL; clang has none and no such option.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE -Wl,--version-script=${AUSPEX_PLUGIN_VERSION_SCRIPT})
  # What a sanitizer brings is resolved when the library is loaded.
  if(NOT AUSPEX_SANITIZE AND NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}" MATCHES "-fsanitize=")
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
endfunction()

function(auspex_add_plugin_check target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LEVEL" "PLUGIN_DIRS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "auspex_add_plugin_check(${target}): '${arg_UNPARSED_ARGUMENTS}' means nothing")
  endif()
  if(NOT arg_LEVEL)
    set(arg_LEVEL 5)
  endif()
  if(NOT AUSPEX_PROGRAM)
    message(FATAL_ERROR "auspex_add_plugin_check(${target}): no program `auspex`; install it, or set AUSPEX_PROGRAM")
  endif()
  list(TRANSFORM arg_PLUGIN_DIRS PREPEND --plugin-dir=)
  add_test(NAME ${target}/check
    COMMAND ${AUSPEX_PROGRAM} plugin check $<TARGET_FILE:${target}> --level ${arg_LEVEL} ${arg_PLUGIN_DIRS})
  set_tests_properties(${target}/check PROPERTIES LABELS auspex-check)
endfunction()
