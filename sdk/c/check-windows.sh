#!/bin/sh
# Builds the library for Windows and runs it under Wine: the tests of the Rust library with the vectors
# that all SDKs share, and a program in C with alvara.dll.
#
#   apt-get install gcc-mingw-w64-x86-64 wine64
#   rustup target add x86_64-pc-windows-gnu
#   OPENSSL_DIR=FOLDER sdk/c/check-windows.sh
#
# The folder holds an OpenSSL 3 for MinGW, as `make install_sw` of its sources leaves it: include, lib
# or lib64 with libssl.a and libcrypto.a.
set -eu
: "${OPENSSL_DIR:?names the folder of an OpenSSL 3 for MinGW}"
export OPENSSL_STATIC=1
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$here/../..
target=x86_64-pc-windows-gnu
gcc=x86_64-w64-mingw32-gcc
wine=${WINE:-$(command -v wine64 || command -v wine || echo /usr/lib/wine/wine64)}
built=${CARGO_TARGET_DIR:-$root/target}/$target/release
made=$(mktemp -d)
trap '"$(dirname "$wine")/wineserver" -k || true; rm -rf "$made"' EXIT
export WINEPREFIX="$made/wine" WINEDEBUG=-all WINEPATH="$made;$built"

# What Rust draws random bytes by on Windows 10; Wine before 8.3 lacks it and has what came before.
if ! [ -e "$(dirname "$(readlink -f "$wine")")/x86_64-windows/bcryptprimitives.dll" ]; then
    printf '%s\n' '#include <windows.h>' 'BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);' \
        '__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }' \
        > "$made/random.c"
    "$gcc" -shared "$made/random.c" -o "$made/bcryptprimitives.dll" -ladvapi32
fi

cd "$root"
cargo build --locked --release --target "$target" -p alvara-sdk-c
CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$wine" \
    cargo test --locked --release --target "$target" -p alvara-sdk --lib --tests

"$gcc" -std=c99 -Wall -Wextra -Werror -I "$here/include" tests/clients/licensed_program.c \
    -o "$made/licensed.exe" -L "$built" -l:libalvara.dll.a
openssl genrsa 2048 2> "$made/said" | openssl rsa -pubout -out "$made/key.pem" 2>> "$made/said"
cd "$made"
"$wine" licensed.exe check --base https://licenses.example.com --product writer --pem key.pem --dir desk \
    | grep -F '"status":"NOT_ACTIVATED"'
