#!/bin/sh
# Installs the build into a folder of its own and builds ten-line programs against it: by pkg-config and by find_package, in C17 and in C++20.
# usage: run.sh BUILD_DIR SOURCE_DIR
set -eu
build=$1 source=$2
command -v c++ >/dev/null 2>&1 || { echo "skipped: no C++ compiler (install g++)"; exit 77; }
command -v pkg-config >/dev/null 2>&1 || { echo "skipped: no pkg-config"; exit 77; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake --install "$build" --prefix "$place/adze" >/dev/null
pc=$(dirname "$(find "$place/adze" -name adze.pc)")
lib=$(dirname "$pc")
export PKG_CONFIG_PATH="$pc" LD_LIBRARY_PATH="$lib"
cc -std=c17 -Wall -Wextra -Wpedantic -Werror "$source/program.c" $(pkg-config --cflags --libs adze) -o "$place/c"
c++ -std=c++20 -Wall -Wpedantic -Werror "$source/program.cpp" $(pkg-config --cflags --libs adze) -o "$place/cpp"
cc -std=c17 "$source/program.c" $(pkg-config --cflags adze) "$lib/libadze.a" -lm -lpthread -o "$place/static"
"$place/c" && "$place/cpp" && "$place/static"
# The installed kit finds the library beside it by itself.
printf '#include <adze/kit.h>\nint main(void) { return ad_kit_error()[0]; }\n' >"$place/kit.c"
cc -std=c17 "$place/kit.c" -I"$place/adze/include" -L"$lib" -Wl,-rpath,"$lib" -ladze-kit -ladze -o "$place/kit"
(unset LD_LIBRARY_PATH && "$place/kit")
cmake -S "$source" -B "$place/build" -DCMAKE_PREFIX_PATH="$place/adze" >/dev/null
cmake --build "$place/build" >/dev/null
"$place/build/consumer_c" && "$place/build/consumer_cpp"
"$place/adze/bin/adze" --version
