#!/bin/sh
# Builds library and example against the library of C. Whoever has Swift runs it; this repository's machines do not.
#
#   cargo build --release -p alvara-sdk-c
#   sdk/swift/build.sh [FOLDER WITH libalvara.so OR libalvara.dylib]
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
library=$(cd -- "${1:-$here/../../target/release}" && pwd)
cd "$here"
swift build -Xlinker "-L$library" -Xlinker -rpath -Xlinker "$library"
echo "built; a program: swift run --skip-build FifteenLines https://licenses.example.com"
