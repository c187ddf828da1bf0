// A licensed program in C++.
//
//     activate PRODUCT KEY-SET-FILE URL [ACTIVATION-KEY]
//
// Says how the license stands, activates the machine where it is not valid and a key is given, and ends
// with 0 where the program may go on, with 1 where it may not, with 2 where it was misused.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "alvara.hpp"

int main(int argc, char **argv) {
    if (argc < 4) {
        std::cerr << argv[0] << " PRODUCT KEY-SET-FILE URL [ACTIVATION-KEY]\n";
        return 2;
    }
    std::ifstream file(argv[2], std::ios::binary);
    const std::string keys{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};

    try {
        alvara::Options options;
        options.version("2.0").renew_url("https://shop.example/renew?license={license}");
        alvara::Client license(argv[1], keys, argv[3], options);
        license.on_change([](const alvara::StateView &state) {
            std::cout << "now " << state.status_text() << std::endl;
        });

        alvara::State state = license.check();
        if (!state && argc > 4) state = license.activate(argv[4]);
        if (const auto error = license.last_error_message("en")) {
            std::cerr << state.error().value_or("") << ": " << *error << '\n';
        }
        std::cout << state.status_text() << ' ' << state.message("en") << '\n';
        if (const auto days = state.days_left()) std::cout << *days << " days left\n";
        if (!state) {
            std::cout << "renew at " << license.renew_url().value_or("") << '\n';
            return 1;
        }
        license.start(); // keeps the license alive while the program runs
        if (license.has_module("TILLS")) {
            std::cout << license.module_value("TILLS").value_or("any number of")
                      << " cash desks\n";
        }
        return 0;
    } catch (const alvara::Misuse &misuse) {
        std::cerr << misuse.code() << ": " << misuse.what() << '\n';
        return 2;
    }
}
