# DuckDB's C library as DuckDB::DuckDB; sets DuckDB_LIBRARY, DuckDB_INCLUDE_DIR and DuckDB_VERSION.
# Looked for in -DDUCKDB_ROOT=DIR (must be the right version), then on the system (taken if it is), then fetched into
# AUSPEX_CACHE_DIR. A second run finds it there and does nothing.
set(_duckdb_version 1.4.4)

# The version of a library, by asking it.
function(_duckdb_ask library include_dir result)
  set(source ${CMAKE_BINARY_DIR}/CMakeFiles/duckdb-version.c)
  file(WRITE ${source} "#include <duckdb.h>\n#include <stdio.h>\nint main(void) { puts(duckdb_library_version()); return 0; }\n")
  get_filename_component(folder ${library} DIRECTORY)
  try_run(ran compiled ${CMAKE_BINARY_DIR}/CMakeFiles/duckdb-version ${source}
    CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${include_dir}
    LINK_LIBRARIES ${library}
    LINK_OPTIONS -Wl,-rpath,${folder}
    COMPILE_OUTPUT_VARIABLE compile_output
    RUN_OUTPUT_VARIABLE version)
  if(NOT compiled OR NOT ran EQUAL 0)
    set(version unusable)
  endif()
  string(STRIP "${version}" version)
  string(REGEX REPLACE "^v" "" version "${version}")
  set(${result} ${version} PARENT_SCOPE)
endfunction()

function(_duckdb_look)
  find_path(DuckDB_INCLUDE_DIR duckdb.h ${ARGN})
  find_library(DuckDB_LIBRARY duckdb ${ARGN})
endfunction()

if(NOT (DuckDB_VERSION STREQUAL _duckdb_version AND EXISTS "${DuckDB_LIBRARY}" AND EXISTS "${DuckDB_INCLUDE_DIR}/duckdb.h"))
  unset(DuckDB_INCLUDE_DIR CACHE)
  unset(DuckDB_LIBRARY CACHE)
  set(_duckdb_found "")
  if(DUCKDB_ROOT)
    _duckdb_look(PATHS ${DUCKDB_ROOT} PATH_SUFFIXES include lib lib64 NO_DEFAULT_PATH)
    if(NOT DuckDB_INCLUDE_DIR OR NOT DuckDB_LIBRARY)
      message(FATAL_ERROR "DUCKDB_ROOT='${DUCKDB_ROOT}' holds no duckdb.h and libduckdb.so (looked in it, include/ and lib/)")
    endif()
    _duckdb_ask(${DuckDB_LIBRARY} ${DuckDB_INCLUDE_DIR} _duckdb_found)
    if(NOT _duckdb_found STREQUAL _duckdb_version)
      message(FATAL_ERROR "DUCKDB_ROOT='${DUCKDB_ROOT}' holds DuckDB '${_duckdb_found}'; version ${_duckdb_version} is needed")
    endif()
  else()
    _duckdb_look()
    if(DuckDB_INCLUDE_DIR AND DuckDB_LIBRARY)
      _duckdb_ask(${DuckDB_LIBRARY} ${DuckDB_INCLUDE_DIR} _duckdb_found)
    endif()
    if(NOT _duckdb_found STREQUAL _duckdb_version)
      unset(DuckDB_INCLUDE_DIR CACHE)
      unset(DuckDB_LIBRARY CACHE)
      set(_duckdb_cache ${AUSPEX_CACHE_DIR}/duckdb-${_duckdb_version})
      execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/fetch-duckdb.sh ${_duckdb_cache} RESULT_VARIABLE _duckdb_result
        ERROR_VARIABLE _duckdb_error)
      if(NOT _duckdb_result EQUAL 0)
        message(FATAL_ERROR "DuckDB ${_duckdb_version} was not found and could not be fetched.\n${_duckdb_error}")
      endif()
      _duckdb_look(PATHS ${_duckdb_cache} NO_DEFAULT_PATH)
      _duckdb_ask(${DuckDB_LIBRARY} ${DuckDB_INCLUDE_DIR} _duckdb_found)
      if(NOT _duckdb_found STREQUAL _duckdb_version)
        message(FATAL_ERROR "the DuckDB in '${_duckdb_cache}' is '${_duckdb_found}', not ${_duckdb_version}; remove that folder "
                            "and configure again")
      endif()
    endif()
  endif()
  set(DuckDB_VERSION ${_duckdb_found} CACHE INTERNAL "version of DuckDB")
  mark_as_advanced(DuckDB_INCLUDE_DIR DuckDB_LIBRARY)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR VERSION_VAR DuckDB_VERSION)
if(DuckDB_FOUND AND NOT TARGET DuckDB::DuckDB)
  add_library(DuckDB::DuckDB SHARED IMPORTED GLOBAL)
  set_target_properties(DuckDB::DuckDB PROPERTIES IMPORTED_LOCATION ${DuckDB_LIBRARY} IMPORTED_SONAME libduckdb.so
    INTERFACE_INCLUDE_DIRECTORIES ${DuckDB_INCLUDE_DIR})
endif()
