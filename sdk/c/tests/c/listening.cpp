// Functions of a program that the library calls.
//
//     listening URL KEY-SET-FILE FOLDER MACHINE
#include <atomic>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include "alvara.hpp"

int main(int argc, char **argv) {
    if (argc != 5) return 1;
    std::ifstream file(argv[2], std::ios::binary);
    const std::string keys{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::string folder = argv[3];
    std::atomic<std::int64_t> time{1800000000};

    alvara::Options options;
    options.path(folder + "/license")
        .watermark(folder + "/elsewhere/seen")
        .machine(argv[4])
        .locale("pt-BR")
        .clock([&time] { return time.load(); })
        .metrics([](alvara_metrics_t &metrics) {
            metrics.cpu_percent = 12.5;
            metrics.disk_percent = 0;
        });
    alvara::Client opened("VECTORS", keys, argv[1], options);
    // What it calls goes along when it moves.
    alvara::Client license = std::move(opened);
    license.on_change([](const alvara::StateView &state) {
        std::cout << "heard " << state.status_text() << '\n';
    });

    alvara::State state = license.activate("FULL");
    std::cout << state.error().value_or("") << ' ' << state.error_detail().value_or("") << '\n';
    state = license.activate("ACME-1", "Caixa 2");
    if (!state || state.kind() != "subscription" || state.access() != ALVARA_ACCESS_FULL) return 2;
    time += 90 * 86400;
    if (license.state()) return 3;
    license.validate_online();
    std::cout << license.last_error().value_or("") << '\n';
    license.start();
    return 0;
}
