# auspex_add_plugin(NAME SOURCES... [LIBRARIES...])
# A plugin library that exports `auspex_plugin` and nothing else, with every symbol resolved at link time.
set(AUSPEX_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.version)

function(auspex_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS ${AUSPEX_PLUGIN_VERSION_SCRIPT})
  # GNU_UNIQUE symbols would be shared between plugins in spite of RTLD_LOCAL; clang has none and no such option.
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE -Wl,--version-script=${AUSPEX_PLUGIN_VERSION_SCRIPT})
  if(NOT AUSPEX_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
