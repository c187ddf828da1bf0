#!/bin/sh
# Compiles library, example and tests with every warning an error, and runs the tests.
#
#   apt-get install kotlin libjna-java          (or any kotlinc of 1.3.31 and newer, by KOTLINC, and JNA by JNA)
#   cargo build --release -p alvara-sdk-c
#   sdk/kotlin/check.sh [FOLDER WITH libalvara.so]
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
library=${1:-$here/../../target/release}
kotlinc=${KOTLINC:-kotlinc}
jna=${JNA:-/usr/share/java/jna.jar}
[ -e "$library/libalvara.so" ] || [ -e "$library/libalvara.dylib" ] || { echo "no library of C in $library: cargo build --release -p alvara-sdk-c" >&2; exit 1; }
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$kotlinc" -Werror -jvm-target 1.8 -cp "$jna" -include-runtime "$here/src" "$here/examples" -d "$made/all.jar"
java -Djna.library.path="$library" -cp "$made/all.jar:$jna" alvara.sdk.tests.ProgramKt "$here/../vectors/vectors.json"
