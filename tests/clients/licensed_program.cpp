// A program that is licensed, driven by the suite: one call of the library for each verb, one JSON
// object on standard output for each. Its sibling in C says what it is asked.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "alvara.hpp"

namespace {

using Text = std::optional<std::string>;

// What came after the verb: `--name value`, or a name alone.
std::multimap<std::string, std::string> asked;

Text find(const std::string &name) {
    const auto found = asked.find(name);
    if (found == asked.end()) return std::nullopt;
    return found->second;
}

std::string needed(const std::string &name) {
    const auto found = find(name);
    if (!found) throw std::runtime_error("--" + name + " is missing");
    return *found;
}

std::string load(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string json(const Text &text) {
    if (!text) return "null";
    std::string said = "\"";
    for (const char byte : *text) {
        const auto number = static_cast<unsigned char>(byte);
        if (number < 0x20 || byte == '"' || byte == '\\') {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", number);
            said += escaped;
        } else {
            said += byte;
        }
    }
    return said + '"';
}

std::string json(const std::optional<std::int64_t> &number) {
    return number ? std::to_string(*number) : "null";
}

// Listeners speak from other threads.
void say(const std::string &line) {
    static std::mutex turn;
    const std::lock_guard<std::mutex> lock(turn);
    std::cout << line << std::endl;
}

std::string access(alvara_access_t access) {
    switch (access) {
    case ALVARA_ACCESS_FULL:
        return "full";
    case ALVARA_ACCESS_READ_ONLY:
        return "read_only";
    default:
        return "none";
    }
}

void show(const alvara::StateView &state) {
    std::ostringstream line;
    line << "{\"status\":" << json(Text(state.status_text()))
         << ",\"code\":" << json(Text(state.code()))
         << ",\"valid\":" << (state.valid() ? "true" : "false")
         << ",\"access\":" << json(Text(access(state.access())))
         << ",\"days_left\":" << json(state.days_left())
         << ",\"grace_ends_at\":" << json(state.grace_ends_at())
         << ",\"next_check_at\":" << json(state.next_check_at())
         << ",\"expires_at\":" << json(state.expires_at())
         << ",\"retry_at\":" << json(state.retry_at())
         << ",\"license\":" << json(state.license())
         << ",\"machine\":" << json(state.machine())
         << ",\"error\":" << json(state.error())
         << ",\"message\":" << json(Text(state.message("pt-BR"))) << ",\"modules\":{";
    const char *comma = "";
    for (const auto &[code, value] : state.modules()) {
        line << comma << json(Text(code)) << ':' << json(value);
        comma = ",";
    }
    line << "},\"seat\":";
    if (const auto seat = state.seat()) {
        line << "{\"id\":" << json(Text(seat->id)) << ",\"until\":" << seat->until
             << ",\"borrowed_until\":" << json(seat->borrowed_until) << '}';
    } else {
        line << "null";
    }
    line << '}';
    say(line.str());
}

void until_input_ends() {
    while (std::cin.get() != std::char_traits<char>::eof()) {
    }
}

alvara::Options options() {
    alvara::Options options;
    const std::string folder = needed("dir");
    if (const auto version = find("version")) options.version(*version);
    if (const auto user = find("user")) options.user(*user);
    if (const auto site = find("site")) options.site(*site);
    if (const auto at = find("released-at")) options.released_at(std::stoll(*at));
    if (find("preset") == "always-online") options.preset(ALVARA_PRESET_ALWAYS_ONLINE);
    if (find("floating")) options.floating();
    const auto modules = asked.equal_range("module");
    for (auto module = modules.first; module != modules.second; ++module) {
        options.require_module(module->second);
    }
    std::map<std::string, std::string> parts;
    const auto said = asked.equal_range("part");
    for (auto part = said.first; part != said.second; ++part) {
        const auto equals = part->second.find('=');
        parts[part->second.substr(0, equals)] = part->second.substr(equals + 1);
    }
    if (const auto now = find("now")) {
        options.clock([seconds = std::stoll(*now)] { return seconds; });
    }
    options.path(folder + "/license")
        .watermark(folder + "/elsewhere/seen")
        .machine(find("machine").value_or("desk-1"), parts)
        .renew_url("https://shop.example/renew?license={license}");
    return options;
}

void text(const std::string &text) { say("{\"text\":" + json(Text(text)) + "}"); }

void run(const std::string &verb) {
    alvara::Client client(needed("product"), load(needed("pem")), needed("base"), options());
    if (verb == "activate") {
        show(client.activate(needed("key"), "Desk"));
    } else if (verb == "check") {
        // More than once where somebody measures what one costs.
        const auto times = find("times");
        for (long turn = times ? std::stol(*times) : 1; turn > 1; --turn) {
            static_cast<void>(client.state());
        }
        show(client.state());
    } else if (verb == "contact") {
        show(client.validate_online());
    } else if (verb == "deactivate") {
        show(client.deactivate());
    } else if (verb == "offline-request") {
        text(client.offline_request(needed("key")));
    } else if (verb == "offline-activate") {
        show(client.offline_activate(load(needed("file"))));
    } else if (verb == "offline-deactivate") {
        text(client.deactivate_offline());
    } else if (verb == "update") {
        const auto found = client.check_update();
        say(!found ? "{\"update\":null}"
                   : "{\"update\":{\"version\":" + json(Text(found->version)) +
                         ",\"url\":" + json(Text(found->url)) + "}}");
    } else if (verb == "ask") {
        const auto member = needed("member");
        say(std::string("{\"has\":") + (client.has_module(member) ? "true" : "false") +
            ",\"value\":" + json(client.module_value(member)) +
            ",\"days_left\":" + json(client.days_left()) +
            ",\"renew_url\":" + json(client.renew_url()) + "}");
    } else if (verb == "seat") {
        const auto seconds = find("seconds");
        show(seconds ? client.take_seat_for(static_cast<std::uint32_t>(std::stoul(*seconds)))
                     : client.take_seat());
        until_input_ends();
    } else if (verb == "loop") {
        // Runs as a program does: each change of the state is a line, until standard input ends.
        client.on_change(show);
        show(client.check());
        client.start();
        until_input_ends();
    } else {
        throw std::runtime_error("unknown verb " + verb);
    }
}

} // namespace

int main(int argc, char **argv) {
    for (int at = 2; at < argc; ++at) {
        const std::string name = std::string(argv[at]).substr(2);
        const bool alone = name == "floating";
        if (!alone && at + 1 == argc) break;
        asked.emplace(name, alone ? "" : argv[++at]);
    }
    try {
        run(argc > 1 ? argv[1] : "");
        return 0;
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
