/*
 * Alvará for C++17: alvara.h with destructors, std::string and std::optional.
 *
 * How a license stands is a State and never an exception. What is thrown is alvara::Misuse, where the
 * program is built wrong: a public key that is none, a folder that cannot be written.
 */
#ifndef ALVARA_HPP
#define ALVARA_HPP

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "alvara.h"

namespace alvara {

namespace detail {

/** A text of the library's as one of ours. */
inline std::optional<std::string> lent(const char *text) {
    if (text == nullptr) return std::nullopt;
    return std::string(text);
}

/** The same for one that was given to us. */
inline std::optional<std::string> taken(char *text) {
    const std::unique_ptr<char, decltype(&alvara_string_free)> held(text, &alvara_string_free);
    return lent(text);
}

inline const char *pointer(const std::optional<std::string> &text) {
    return text ? text->c_str() : nullptr;
}

} // namespace detail

/** The program did something wrong. `code` is stable, such as "PUBLIC_KEY". */
class Misuse : public std::logic_error {
public:
    Misuse(std::string code, const std::string &message)
        : std::logic_error(message), code_(std::move(code)) {}

    explicit Misuse(alvara_result_t result)
        : Misuse(alvara_result_code(result), alvara_result_message(result, nullptr)) {}

    const std::string &code() const noexcept { return code_; }

private:
    std::string code_;
};

namespace detail {

inline void demand(alvara_result_t result) {
    if (result != ALVARA_RESULT_OK) throw Misuse(result);
}

} // namespace detail

/** A floating seat. Instants are seconds since 1970. */
struct Seat {
    std::string id;
    std::int64_t until = 0;
    std::optional<std::int64_t> borrowed_until;
};

/** A state that belongs to somebody else, such as the one that a listener is called with. */
class StateView {
public:
    explicit StateView(const alvara_state_t *state) noexcept : state_(state) {}

    /** Whether the program may go on. This alone decides. */
    bool valid() const { return alvara_state_valid(state_); }
    explicit operator bool() const { return valid(); }

    alvara_status_t status() const { return alvara_state_status(state_); }
    std::string status_text() const { return text(alvara_state_status_text(state_)); }
    std::string code() const { return text(alvara_state_code(state_)); }
    alvara_access_t access() const { return alvara_state_access(state_); }

    /** A sentence for the person at the screen, in "en", "es", "it" or "pt-BR". */
    std::string message(const std::string &locale = "en") const {
        return detail::taken(alvara_state_message(state_, locale.c_str())).value_or("");
    }

    std::optional<std::int64_t> days_left() const { return number(alvara_state_days_left); }
    std::optional<std::int64_t> expires_at() const { return number(alvara_state_expires_at); }
    std::optional<std::int64_t> grace_ends_at() const { return number(alvara_state_grace_ends_at); }
    std::optional<std::int64_t> next_check_at() const { return number(alvara_state_next_check_at); }
    std::optional<std::int64_t> retry_at() const { return number(alvara_state_retry_at); }

    std::optional<std::string> license() const { return detail::lent(alvara_state_license(state_)); }
    std::optional<std::string> machine() const { return detail::lent(alvara_state_machine(state_)); }
    std::optional<std::string> kind() const { return detail::lent(alvara_state_kind(state_)); }
    std::optional<std::string> because() const { return detail::lent(alvara_state_because(state_)); }
    std::optional<std::string> error() const { return detail::lent(alvara_state_error(state_)); }
    std::optional<std::string> error_detail() const {
        return detail::lent(alvara_state_error_detail(state_));
    }

    /** The unlocked modules with what comes with each. */
    std::map<std::string, std::optional<std::string>> modules() const {
        std::map<std::string, std::optional<std::string>> found;
        for (std::size_t index = 0; index < alvara_state_module_count(state_); ++index) {
            found.emplace(alvara_state_module_code(state_, index),
                          detail::lent(alvara_state_module_value(state_, index)));
        }
        return found;
    }

    std::optional<Seat> seat() const {
        const auto id = detail::lent(alvara_state_seat(state_));
        if (!id) return std::nullopt;
        return Seat{*id, number(alvara_state_seat_until).value_or(0),
                    number(alvara_state_seat_borrowed_until)};
    }

protected:
    const alvara_state_t *state_;

private:
    static std::string text(const char *text) { return text == nullptr ? "" : text; }

    std::optional<std::int64_t> number(bool (*of)(const alvara_state_t *, std::int64_t *)) const {
        std::int64_t found = 0;
        if (!of(state_, &found)) return std::nullopt;
        return found;
    }
};

/** How a license stood when it was asked. */
class State : public StateView {
public:
    /** Takes a state that the C interface gave. */
    explicit State(alvara_state_t *state) noexcept
        : StateView(state), held_(state, &alvara_state_free) {}

private:
    std::unique_ptr<alvara_state_t, decltype(&alvara_state_free)> held_;
};

/** A newer build. Compare `sha256`, which the vendor signed, with the file before you run it. */
struct Update {
    std::string version;
    std::string url;
    std::string notes;
    std::string sha256;
    bool mandatory = false;
};

/** What a program says of itself. Each call answers the options again, so that they can be chained. */
class Options {
public:
    Options() : held_(alvara_options_new(), &alvara_options_free) {}

    Options &version(const std::string &text) { return set(alvara_options_set_version, text); }
    Options &user(const std::string &text) { return set(alvara_options_set_user, text); }
    Options &site(const std::string &text) { return set(alvara_options_set_site, text); }
    Options &require_module(const std::string &text) {
        return set(alvara_options_require_module, text);
    }
    /** Needs a floating seat; `instance` tells it from other programs on the machine. */
    Options &floating(const std::string &instance = "") {
        return set(alvara_options_set_floating, instance);
    }
    Options &path(const std::string &text) { return set(alvara_options_set_path, text); }
    Options &watermark(const std::string &text) { return set(alvara_options_set_watermark, text); }
    Options &renew_url(const std::string &text) { return set(alvara_options_set_renew_url, text); }
    Options &locale(const std::string &text) { return set(alvara_options_set_locale, text); }

    Options &released_at(std::int64_t seconds) {
        detail::demand(alvara_options_set_released_at(held_.get(), seconds));
        return *this;
    }

    Options &preset(alvara_preset_t preset) {
        detail::demand(alvara_options_set_preset(held_.get(), preset));
        return *this;
    }

    /** The machine, where the program knows it better than the library. */
    Options &machine(const std::string &secret,
                     const std::map<std::string, std::string> &parts = {}) {
        set(alvara_options_set_machine, secret);
        for (const auto &[name, value] : parts) {
            detail::demand(alvara_options_add_part(held_.get(), name.c_str(), value.c_str()));
        }
        return *this;
    }

    /** A clock in place of the machine's, in seconds since 1970. Called from several threads. */
    Options &clock(std::function<std::int64_t()> clock) {
        clock_ = std::make_shared<std::function<std::int64_t()>>(std::move(clock));
        const auto call = [](void *function) noexcept -> std::int64_t {
            return (*static_cast<std::function<std::int64_t()> *>(function))();
        };
        detail::demand(alvara_options_set_clock(held_.get(), call, clock_.get()));
        return *this;
    }

    /** What heartbeats tell of the machine's load. Called from several threads. */
    Options &metrics(std::function<void(alvara_metrics_t &)> metrics) {
        using Function = std::function<void(alvara_metrics_t &)>;
        metrics_ = std::make_shared<Function>(std::move(metrics));
        const auto call = [](alvara_metrics_t *metrics, void *function) noexcept {
            (*static_cast<Function *>(function))(*metrics);
        };
        detail::demand(alvara_options_set_metrics(held_.get(), call, metrics_.get()));
        return *this;
    }

private:
    friend class Client;

    using Setter = alvara_result_t (*)(alvara_options_t *, const char *);

    Options &set(Setter setter, const std::string &text) {
        detail::demand(setter(held_.get(), text.c_str()));
        return *this;
    }

    std::unique_ptr<alvara_options_t, decltype(&alvara_options_free)> held_;
    std::shared_ptr<std::function<std::int64_t()>> clock_;
    std::shared_ptr<std::function<void(alvara_metrics_t &)>> metrics_;
};

/** The license of one program on one machine. Any thread may ask it; it ends in one. */
class Client {
public:
    /** Opens what the machine holds, and calls nobody. Throws Misuse. */
    Client(const std::string &product, const std::string &public_key, const std::string &api_url,
           const Options &options = Options())
        : clock_(options.clock_), metrics_(options.metrics_),
          listeners_(std::make_unique<Listeners>()), held_(nullptr, &alvara_free) {
        alvara_client_t *opened = nullptr;
        detail::demand(alvara_init(product.c_str(), public_key.c_str(), api_url.c_str(),
                                   options.held_.get(), &opened));
        held_.reset(opened);
    }

    Client(Client &&) noexcept = default;
    // What the library calls must outlive the client that is replaced.
    Client &operator=(Client &&) = delete;

    State activate(const std::string &key, const std::optional<std::string> &name = std::nullopt) {
        return state(alvara_activate(held_.get(), key.c_str(), detail::pointer(name)));
    }

    /** Decides here and now; a call at the platform that is due is made in the background. */
    State check() const { return state(alvara_check(held_.get())); }
    /** Decides, and calls nobody. */
    State state() const { return state(alvara_state(held_.get())); }
    State validate_online() { return state(alvara_validate_online(held_.get())); }
    State deactivate() { return state(alvara_deactivate(held_.get())); }

    void start() { detail::demand(alvara_start(held_.get())); }
    /** Ends the loop and gives the seat back; so does the destructor. */
    void close() { detail::demand(alvara_close(held_.get())); }

    bool has_module(const std::string &code) const {
        return alvara_has_module(held_.get(), code.c_str());
    }
    std::optional<std::string> module_value(const std::string &code) const {
        return detail::taken(alvara_module_value(held_.get(), code.c_str()));
    }
    std::optional<std::int64_t> days_left() const {
        std::int64_t days = 0;
        if (!alvara_days_left(held_.get(), &days)) return std::nullopt;
        return days;
    }
    std::optional<std::string> renew_url() const {
        return detail::taken(alvara_renew_url(held_.get()));
    }

    /**
     * Has a function called with each state that differs from the one before, in whichever thread
     * noticed it. It must not call the platform; an exception that leaves it ends the program.
     */
    void on_change(std::function<void(const StateView &)> listener) {
        const std::lock_guard<std::mutex> lock(listeners_->mutex);
        listeners_->all.push_back(std::make_unique<Listener>(std::move(listener)));
        const auto call = [](const alvara_state_t *state, void *listener) noexcept {
            (*static_cast<Listener *>(listener))(StateView(state));
        };
        detail::demand(alvara_on_change(held_.get(), call, listeners_->all.back().get()));
    }

    /** The text to carry to the platform. */
    std::string offline_request(const std::string &key,
                                const std::optional<std::string> &name = std::nullopt) {
        return text(alvara_offline_request(held_.get(), key.c_str(), detail::pointer(name)));
    }
    /** Takes what was carried back. */
    State offline_activate(const std::string &text) {
        return state(alvara_offline_activate(held_.get(), text.c_str()));
    }
    /** Forgets the license and answers the receipt that proves it. */
    std::string deactivate_offline() { return text(alvara_deactivate_offline(held_.get())); }
    std::optional<std::string> last_receipt() const {
        return detail::taken(alvara_last_receipt(held_.get()));
    }

    State take_seat() { return state(alvara_take_seat(held_.get())); }
    State take_seat_for(std::uint32_t seconds) {
        return state(alvara_take_seat_for(held_.get(), seconds));
    }
    State keep_seat() { return state(alvara_keep_seat(held_.get())); }
    State borrow_seat(std::uint32_t seconds) {
        return state(alvara_borrow_seat(held_.get(), seconds));
    }
    State return_seat() { return state(alvara_return_seat(held_.get())); }

    /** A newer build that the vendor signed, where there is one. */
    std::optional<Update> check_update(const std::string &channel = "stable",
                                       const std::string &platform = "any") const {
        const std::unique_ptr<alvara_update_t, decltype(&alvara_update_free)> found(
            alvara_check_update(held_.get(), channel.c_str(), platform.c_str()),
            &alvara_update_free);
        if (!found) return std::nullopt;
        return Update{alvara_update_version(found.get()), alvara_update_url(found.get()),
                      alvara_update_notes(found.get()), alvara_update_sha256(found.get()),
                      alvara_update_mandatory(found.get())};
    }

    /** The code of what the last call could not do. */
    std::optional<std::string> last_error() const {
        return detail::taken(alvara_last_error(held_.get()));
    }
    /** A sentence about it. */
    std::optional<std::string> last_error_message(const std::string &locale) const {
        return detail::taken(alvara_last_error_message(held_.get(), locale.c_str()));
    }

    /** For calls of alvara.h; it stays ours. */
    alvara_client_t *get() const noexcept { return held_.get(); }

private:
    using Listener = std::function<void(const StateView &)>;

    struct Listeners {
        std::mutex mutex;
        std::vector<std::unique_ptr<Listener>> all;
    };

    [[noreturn]] void misused() const {
        throw Misuse(last_error().value_or("NULL_ARGUMENT"),
                     detail::taken(alvara_last_error_message(held_.get(), nullptr)).value_or(""));
    }

    State state(alvara_state_t *state) const {
        if (state == nullptr) misused();
        return State(state);
    }

    std::string text(char *text) const {
        auto found = detail::taken(text);
        if (!found) misused();
        return *std::move(found);
    }

    // In this order: the client is freed first, then what it calls.
    std::shared_ptr<std::function<std::int64_t()>> clock_;
    std::shared_ptr<std::function<void(alvara_metrics_t &)>> metrics_;
    std::unique_ptr<Listeners> listeners_;
    std::unique_ptr<alvara_client_t, decltype(&alvara_free)> held_;
};

} // namespace alvara

#endif
