#include <iostream>
#include <string>
#include "alvara.hpp"

int main() {
    const std::string keys = R"(KEY-SET)";
    alvara::Client license("PRODUCT-CODE", keys, "https://licenses.example.com");
    alvara::State state = license.check();
    if (!state) {
        std::string key;
        std::getline(std::cin, key);
        state = license.activate(key);
    }
    std::cout << state.message("en") << '\n';
    if (!state) return 1;
    license.start();
    return 0;
}
