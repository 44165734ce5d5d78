# How every library, program and test of the project is compiled.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# One third-party library, one imported target: sluice_dependency(SQLITE sqlite3) gives PkgConfig::SQLITE.
foreach(dependency
        "SQLITE sqlite3" "OPENSSL libcrypto" "LIBSSL libssl" "PCRE2 libpcre2-8" "JANSSON jansson" "MICROHTTPD libmicrohttpd"
        "CARES libcares" "ARGON2 libargon2" "INIH inih" "IDN2 libidn2" "PSL libpsl" "XXHASH libxxhash"
        "SYSTEMD libsystemd" "CURL libcurl" "ARCHIVE libarchive" "NGHTTP2 libnghttp2")
    separate_arguments(dependency)
    list(GET dependency 0 name)
    list(GET dependency 1 module)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()

add_library(sluice_flags INTERFACE)
target_include_directories(sluice_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(sluice_flags INTERFACE _GNU_SOURCE SLUICE_VERSION="${PROJECT_VERSION}")
target_compile_options(sluice_flags INTERFACE
    -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla
    -Wformat=2 -Wundef -Wno-unused-parameter -Wno-missing-field-initializers
    -fno-strict-aliasing -fno-common -fstack-protector-strong -fPIE)
target_link_options(sluice_flags INTERFACE -pie -Wl,-z,relro,-z,now)
target_link_libraries(sluice_flags INTERFACE Threads::Threads)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_definitions(sluice_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
if(SLUICE_SANITIZE)
    target_compile_options(sluice_flags INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=all)
    target_link_options(sluice_flags INTERFACE -fsanitize=${SLUICE_SANITIZE})
    find_program(SLUICE_LLD ld.lld) # some hundred test programs: the usual linker takes longer than the compiler
    if(SLUICE_LLD)
        target_link_options(sluice_flags INTERFACE -fuse-ld=lld)
    endif()
endif()
if(SLUICE_FUZZ)
    target_compile_options(sluice_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# sluice_library(NAME [DEPENDS lib...] [PRIVATE third-party...]): a static library of all .c files of this folder.
function(sluice_library name)
    cmake_parse_arguments(arg "" "" "DEPENDS;PRIVATE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    if(NOT sources) # a folder of headers only
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE sluice_flags ${arg_DEPENDS})
        return()
    endif()
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC sluice_flags ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
endfunction()

# sluice_unit_tests(LIBRARY [libs...]): each test_*.c of this folder is a program that links LIBRARY, and a ctest.
function(sluice_unit_tests library)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/test_*.c)
    foreach(source ${sources})
        get_filename_component(name ${source} NAME_WE)
        set(target ${library}_${name})
        add_executable(${target} ${source})
        target_link_libraries(${target} PRIVATE ${library} test_support ${ARGN})
        target_compile_definitions(${target} PRIVATE SLUICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
        add_test(NAME unit/${library}/${name} COMMAND ${target})
        set_tests_properties(unit/${library}/${name} PROPERTIES LABELS unit TIMEOUT 300)
    endforeach()
endfunction()

# sluice_fuzz(NAME LIBRARY...): tests/fuzz/fuzz_NAME.c. With SLUICE_FUZZ a libFuzzer program, else one that replays
# tests/fuzz/corpus/NAME, which ctest runs.
function(sluice_fuzz name)
    add_executable(fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz_${name}.c)
    target_link_libraries(fuzz_${name} PRIVATE ${ARGN} sluice_flags)
    # libFuzzer calls LLVMFuzzerTestOneInput by name; no header declares it.
    set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/fuzz_${name}.c PROPERTIES
        COMPILE_OPTIONS -Wno-missing-prototypes)
    if(SLUICE_FUZZ)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/fuzz_replay.c)
    endif()
    add_test(NAME fuzz/${name} COMMAND fuzz_${name} -runs=0 ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    set_tests_properties(fuzz/${name} PROPERTIES LABELS "unit;fuzz" TIMEOUT 300)
endfunction()
