/*
 * Alvará for C: the license of a program on a machine.
 *
 * The guide is docs/sdk.md, an example examples/activate.c. In C++ use alvara.hpp, which frees by
 * itself.
 *
 * Rules that hold for every function:
 *
 * - Texts are UTF-8 and end in a NUL. Texts that go in are copied.
 * - What comes out as `char *` is yours: give it back to alvara_string_free, never to free(). What
 *   comes out as `const char *` stays the library's: it lives as long as the handle that it was asked
 *   of, and for ever where it was asked of none.
 * - Handles are freed by the function that is named after them, once.
 * - NULL is taken everywhere. Where something is needed, the answer is then NULL, false, or
 *   ALVARA_RESULT_NULL_ARGUMENT.
 * - A client may be used from several threads, except while it is freed. Options may not.
 * - How a license stands is a state and never an error.
 */

#ifndef ALVARA_H
#define ALVARA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What a call came to. Anything but ALVARA_RESULT_OK means that it was misused or could not be
 * done; how a license stands is never a result but a state. The values are stable.
 */
enum alvara_result_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It was done.
     */
    ALVARA_RESULT_OK = 0,
    /**
     * Something is NULL that must not be.
     */
    ALVARA_RESULT_NULL_ARGUMENT = 1,
    /**
     * A text is no UTF-8.
     */
    ALVARA_RESULT_NOT_UTF8 = 2,
    /**
     * The public key is none: a PEM or a key set (JWKS) of the product is wanted.
     */
    ALVARA_RESULT_PUBLIC_KEY = 3,
    /**
     * The address is none, or not https; http is for this machine only.
     */
    ALVARA_RESULT_ADDRESS = 4,
    /**
     * What the program says of its machine is too long, too much, or not named as it must be.
     */
    ALVARA_RESULT_MACHINE = 5,
    /**
     * A folder cannot be written, or there is none.
     */
    ALVARA_RESULT_FOLDER = 6,
    /**
     * There is no license on this machine to give back.
     */
    ALVARA_RESULT_NOT_ACTIVATED = 7,
    /**
     * The version is none, such as "2.0" or "2.1.3-beta.1".
     */
    ALVARA_RESULT_VERSION = 8,
    /**
     * A value is none of those that are listed.
     */
    ALVARA_RESULT_VALUE = 9,
    /**
     * The library itself failed. Nothing of the program is lost.
     */
    ALVARA_RESULT_INTERNAL = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum alvara_result_t alvara_result_t;
#else
typedef int32_t alvara_result_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a license stands, for showing. The values are stable; alvara_state_status_text has the text.
 */
enum alvara_status_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * There is no state: the call was misused, and alvara_last_error says how.
     */
    ALVARA_STATUS_NONE = 0,
    /**
     * Nothing stands in the way.
     */
    ALVARA_STATUS_OK = 1,
    /**
     * It ends within the days that its terms warn.
     */
    ALVARA_STATUS_EXPIRING = 2,
    /**
     * A check is missed, or the license has ended and its grace runs.
     */
    ALVARA_STATUS_GRACE = 3,
    /**
     * It is over.
     */
    ALVARA_STATUS_EXPIRED = 4,
    /**
     * Without contact for too long; one contact sets it right.
     */
    ALVARA_STATUS_CHECK_OVERDUE = 5,
    /**
     * Somebody suspended it, or whoever holds or sold it.
     */
    ALVARA_STATUS_SUSPENDED = 6,
    /**
     * It was revoked.
     */
    ALVARA_STATUS_REVOKED = 7,
    /**
     * This machine is blocked.
     */
    ALVARA_STATUS_BLOCKED = 8,
    /**
     * Another machine, or a file copied from one.
     */
    ALVARA_STATUS_DEVICE_MISMATCH = 9,
    /**
     * There is nothing here yet, or no longer.
     */
    ALVARA_STATUS_NOT_ACTIVATED = 10,
    /**
     * The clock is behind what was seen.
     */
    ALVARA_STATUS_CLOCK_TAMPERED = 11,
    /**
     * What was kept was changed, or is older than what was seen.
     */
    ALVARA_STATUS_TAMPERED = 12,
    /**
     * The license is for later versions.
     */
    ALVARA_STATUS_NEEDS_UPDATE = 13,
    /**
     * A floating license, and no seat is held.
     */
    ALVARA_STATUS_NO_SEAT = 14,
    /**
     * Anything else; alvara_state_code says what.
     */
    ALVARA_STATUS_REFUSED = 15,
    /**
     * What was kept cannot be read, for want of a right or a working disk. Nothing is overwritten.
     */
    ALVARA_STATUS_UNREADABLE = 16,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum alvara_status_t alvara_status_t;
#else
typedef int32_t alvara_status_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How much the program may do. The values are stable.
 */
enum alvara_access_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Nothing.
     */
    ALVARA_ACCESS_NONE = 0,
    /**
     * Open, read and export.
     */
    ALVARA_ACCESS_READ_ONLY = 1,
    /**
     * Everything the license grants.
     */
    ALVARA_ACCESS_FULL = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum alvara_access_t alvara_access_t;
#else
typedef int32_t alvara_access_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a program behaves around its checks. The values are stable.
 */
enum alvara_preset_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Checks as the license says, and warns 15 days ahead where it says nothing. Unless said
     * otherwise.
     */
    ALVARA_PRESET_HYBRID = 0,
    /**
     * Stops 300 seconds after the last contact, and tries each 10 seconds.
     */
    ALVARA_PRESET_ALWAYS_ONLINE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum alvara_preset_t alvara_preset_t;
#else
typedef int32_t alvara_preset_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The license of one program on one machine. Any thread may use it at any time, until one frees it.
 */
typedef struct alvara_client_t alvara_client_t;

/**
 * What a program is, and how it wants to be licensed. One thread at a time may use it.
 */
typedef struct alvara_options_t alvara_options_t;

/**
 * How a license stood when it was asked. It does not change, and any thread may read it. Texts of a
 * state are its own and end with it. Instants are seconds since 1970.
 */
typedef struct alvara_state_t alvara_state_t;

/**
 * A newer build. Texts of it are its own and end with it.
 */
typedef struct alvara_update_t alvara_update_t;

/**
 * The time, in seconds since 1970. Called from several threads.
 */
typedef int64_t (*alvara_clock_t)(void *user_data);

/**
 * How busy the machine is, in percent. What is negative is not told.
 */
typedef struct alvara_metrics_t {
    /**
     * Of all processors.
     */
    double cpu_percent;
    /**
     * Of the memory.
     */
    double memory_percent;
    /**
     * Of the disk.
     */
    double disk_percent;
} alvara_metrics_t;

/**
 * Fills in how busy the machine is, for heartbeats. Called from several threads.
 */
typedef void (*alvara_metrics_of_t)(struct alvara_metrics_t *metrics, void *user_data);

/**
 * Hears of a state that differs from the one before, in whichever thread noticed it. The state is
 * the library's and ends with the call. It may ask how things stand; it must neither call the
 * platform nor free the client, and no exception may leave it.
 */
typedef void (*alvara_on_change_t)(const struct alvara_state_t *state, void *user_data);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The stable text of a result, such as "PUBLIC_KEY". It need not be freed.
 */
const char *alvara_result_code(int32_t result);

/**
 * A sentence about a result in "en", "es", "it" or "pt-BR"; English where `locale` is NULL or
 * another. It need not be freed.
 */
const char *alvara_result_message(int32_t result, const char *locale);

/**
 * The code of what the last call on this client could not do: a result such as "NOT_UTF8", or the
 * error of its state such as "NO_CONNECTION" or "MACHINE_LIMIT". NULL where it went well. Free it
 * with alvara_string_free. Where several threads call, it is that of whichever was last; a state
 * has its own (alvara_state_error).
 */
char *alvara_last_error(const struct alvara_client_t *client);

/**
 * A sentence about it in "en", "es", "it" or "pt-BR"; in the locale of the options where `locale` is
 * NULL. What the platform said is in the locale of the options. NULL where the last call went well.
 * Free it with alvara_string_free.
 */
char *alvara_last_error_message(const struct alvara_client_t *client,
                                const char *locale);

/**
 * Options in which nothing is said yet. Free them with alvara_options_free; a client that was opened
 * by them does not need them any more.
 */
struct alvara_options_t *alvara_options_new(void);

/**
 * Frees options. NULL is fine.
 */
void alvara_options_free(struct alvara_options_t *options);

/**
 * The version of the program, such as "2.0". NULL: none.
 */
alvara_result_t alvara_options_set_version(struct alvara_options_t *options, const char *version);

/**
 * When that version came out, in seconds since 1970.
 */
alvara_result_t alvara_options_set_released_at(struct alvara_options_t *options,
                                               int64_t released_at);

/**
 * Who uses the program, for licenses that are bound to a user. NULL: nobody is said.
 */
alvara_result_t alvara_options_set_user(struct alvara_options_t *options, const char *user);

/**
 * Where it is used, for licenses that are bound to a site. NULL: nowhere is said.
 */
alvara_result_t alvara_options_set_site(struct alvara_options_t *options, const char *site);

/**
 * A module without which the program does not run at all. Say one after the other.
 */
alvara_result_t alvara_options_require_module(struct alvara_options_t *options, const char *code);

/**
 * How the program behaves around its checks: one of alvara_preset_t.
 */
alvara_result_t alvara_options_set_preset(struct alvara_options_t *options, int32_t preset);

/**
 * The program needs a floating seat. `instance` tells it from other programs on the machine that
 * hold a seat of the same license; NULL or "" where there is but one.
 */
alvara_result_t alvara_options_set_floating(struct alvara_options_t *options, const char *instance);

/**
 * The file in which the license is kept. NULL: one in the data folder of the user.
 */
alvara_result_t alvara_options_set_path(struct alvara_options_t *options, const char *path);

/**
 * The file of its watermark, which must lie in another folder. NULL: one in the state folder of the
 * user.
 */
alvara_result_t alvara_options_set_watermark(struct alvara_options_t *options, const char *path);

/**
 * The secret by which the machine is known, where the program knows it better than this library,
 * such as the serial number of an appliance. It never leaves the machine but hashed. NULL: the
 * library finds out by itself. Parts that were said before are forgotten.
 */
alvara_result_t alvara_options_set_machine(struct alvara_options_t *options, const char *secret);

/**
 * A part of the machine that alvara_options_set_machine named, such as "board", for terms that weigh
 * them. ALVARA_RESULT_MACHINE where no machine is named yet.
 */
alvara_result_t alvara_options_add_part(struct alvara_options_t *options,
                                        const char *name,
                                        const char *value);

/**
 * Where the license is renewed, such as "https://shop.example/renew?license={license}". {license}
 * and {product} are filled in.
 */
alvara_result_t alvara_options_set_renew_url(struct alvara_options_t *options, const char *url);

/**
 * The language of the platform's sentences and of alvara_last_error_message: "en", "es", "it" or
 * "pt-BR". NULL: "en".
 */
alvara_result_t alvara_options_set_locale(struct alvara_options_t *options, const char *locale);

/**
 * A clock in place of the machine's, for tests of the program. NULL: the machine's. `user_data` comes
 * back with each call, until alvara_free has returned.
 */
alvara_result_t alvara_options_set_clock(struct alvara_options_t *options,
                                         alvara_clock_t clock,
                                         void *user_data);

/**
 * What heartbeats tell of the machine's load. NULL: nothing. `user_data` comes back with each call,
 * until alvara_free has returned.
 */
alvara_result_t alvara_options_set_metrics(struct alvara_options_t *options,
                                           alvara_metrics_of_t metrics,
                                           void *user_data);

/**
 * Opens what the machine holds, and calls nobody. `public_key` is a PEM or the key set (JWKS) of the
 * product, `api_url` an address that begins with https:// (http:// for this machine only). `options`
 * may be NULL. On ALVARA_RESULT_OK `*client` is a client, which is freed by alvara_free; else it is
 * NULL.
 */
alvara_result_t alvara_init(const char *product,
                            const char *public_key,
                            const char *api_url,
                            const struct alvara_options_t *options,
                            struct alvara_client_t **client);

/**
 * Ends the loop, gives back a floating seat that is not borrowed, and frees the client. Once it has
 * returned none of the program's functions is called any more. NULL is fine. No other thread may use
 * the client meanwhile, and no function that it calls may free it.
 */
void alvara_free(struct alvara_client_t *client);

/**
 * Activates this machine with an activation key. `name` is what people call the machine; NULL:
 * nothing. Free the state with alvara_state_free; NULL where the call was misused.
 */
struct alvara_state_t *alvara_activate(const struct alvara_client_t *client,
                                       const char *key,
                                       const char *name);

/**
 * How the license stands now, from what the machine holds. A call at the platform that is due is made
 * in the background; its result shows at the next check and by alvara_on_change. Free the state with
 * alvara_state_free.
 */
struct alvara_state_t *alvara_check(const struct alvara_client_t *client);

/**
 * How the license stands now; calls nobody. Free the state with alvara_state_free.
 */
struct alvara_state_t *alvara_state(const struct alvara_client_t *client);

/**
 * Calls the platform now: a heartbeat. Where it does not get through the state is that of
 * alvara_check, with an error. Free the state with alvara_state_free.
 */
struct alvara_state_t *alvara_validate_online(const struct alvara_client_t *client);

/**
 * Gives this machine's place back and forgets the license. Free the state with alvara_state_free.
 */
struct alvara_state_t *alvara_deactivate(const struct alvara_client_t *client);

/**
 * Keeps license and seat alive in a thread of the library, when the platform says and no sooner. It
 * ends by alvara_close or alvara_free.
 */
alvara_result_t alvara_start(const struct alvara_client_t *client);

/**
 * Ends the loop and gives back a floating seat that is not borrowed. The client can still be asked.
 */
alvara_result_t alvara_close(const struct alvara_client_t *client);

/**
 * Whether the program may run and the license unlocks a module.
 */
bool alvara_has_module(const struct alvara_client_t *client, const char *code);

/**
 * What comes with a module, such as a number of cash desks. NULL where nothing does or the module is
 * not unlocked. Free it with alvara_string_free.
 */
char *alvara_module_value(const struct alvara_client_t *client,
                          const char *code);

/**
 * Writes the days until the expiry, rounded up. False, and nothing is written, where the license does
 * not expire or there is none. `days` may be NULL.
 */
bool alvara_days_left(const struct alvara_client_t *client,
                      int64_t *days);

/**
 * Where the license is renewed: the address of alvara_options_set_renew_url filled in; NULL where
 * none was said. Free it with alvara_string_free.
 */
char *alvara_renew_url(const struct alvara_client_t *client);

/**
 * Has a function called with each state that differs from the one before. Several may listen.
 * `user_data` comes back with each call, until alvara_free has returned.
 */
alvara_result_t alvara_on_change(const struct alvara_client_t *client,
                                 alvara_on_change_t listener,
                                 void *user_data);

/**
 * Frees a state. NULL is fine.
 */
void alvara_state_free(struct alvara_state_t *state);

/**
 * Whether the program may go on. This alone decides; all else is for showing. False for NULL.
 */
bool alvara_state_valid(const struct alvara_state_t *state);

/**
 * How the license stands.
 */
alvara_status_t alvara_state_status(const struct alvara_state_t *state);

/**
 * The same as a stable text, such as "NOT_ACTIVATED".
 */
const char *alvara_state_status_text(const struct alvara_state_t *state);

/**
 * The code of the verdict behind it, such as "VALID" or "LEASE_EXPIRED".
 */
const char *alvara_state_code(const struct alvara_state_t *state);

/**
 * How much the program may do.
 */
alvara_access_t alvara_state_access(const struct alvara_state_t *state);

/**
 * A sentence for the person at the screen in "en", "es", "it" or "pt-BR"; English where `locale` is
 * NULL or another. Free it with alvara_string_free. NULL for NULL.
 */
char *alvara_state_message(const struct alvara_state_t *state, const char *locale);

/**
 * Writes the days until the expiry, rounded up. False, and nothing is written, where the license does
 * not expire or there is none.
 */
bool alvara_state_days_left(const struct alvara_state_t *state,
                            int64_t *days);

/**
 * Writes when the license expires. False where it does not, or there is none.
 */
bool alvara_state_expires_at(const struct alvara_state_t *state, int64_t *at);

/**
 * Writes until when a grace runs. False where none does.
 */
bool alvara_state_grace_ends_at(const struct alvara_state_t *state, int64_t *at);

/**
 * Writes when the platform wants to be called. False where there is no license.
 */
bool alvara_state_next_check_at(const struct alvara_state_t *state, int64_t *at);

/**
 * The license's id; NULL where there is none.
 */
const char *alvara_state_license(const struct alvara_state_t *state);

/**
 * The machine's id; NULL where there is none.
 */
const char *alvara_state_machine(const struct alvara_state_t *state);

/**
 * The kind of license, such as "subscription"; NULL where there is none.
 */
const char *alvara_state_kind(const struct alvara_state_t *state);

/**
 * How many modules are unlocked.
 */
size_t alvara_state_module_count(const struct alvara_state_t *state);

/**
 * The code of a module, from 0; NULL behind the last. They are in alphabetical order.
 */
const char *alvara_state_module_code(const struct alvara_state_t *state, size_t index);

/**
 * What comes with a module, such as a number of cash desks; NULL where nothing does.
 */
const char *alvara_state_module_value(const struct alvara_state_t *state, size_t index);

/**
 * The id of the floating seat that is held; NULL where none is.
 */
const char *alvara_state_seat(const struct alvara_state_t *state);

/**
 * Writes until when the seat is held. False where none is.
 */
bool alvara_state_seat_until(const struct alvara_state_t *state, int64_t *at);

/**
 * Writes until when the seat is borrowed. False where it is not.
 */
bool alvara_state_seat_borrowed_until(const struct alvara_state_t *state, int64_t *at);

/**
 * What differed, as JSON, as the platform says it; NULL where nothing did.
 */
const char *alvara_state_because(const struct alvara_state_t *state);

/**
 * The code of what the call could not do, such as "NO_CONNECTION" or "MACHINE_LIMIT"; NULL where it
 * went well. A program whose state is valid goes on whatever it says.
 */
const char *alvara_state_error(const struct alvara_state_t *state);

/**
 * What is known about that: the platform's sentence in the locale of the options, or what the system
 * says. Often NULL; alvara_last_error_message always has a sentence.
 */
const char *alvara_state_error_detail(const struct alvara_state_t *state);

/**
 * Writes when it makes sense to try again. False where nobody said.
 */
bool alvara_state_retry_at(const struct alvara_state_t *state, int64_t *at);

/**
 * The text to carry to the platform. Its answer goes to alvara_offline_activate. `name` is what
 * people call the machine; NULL: nothing. NULL where it could not be written; alvara_last_error says
 * why. Free it with alvara_string_free.
 */
char *alvara_offline_request(const struct alvara_client_t *client,
                             const char *key,
                             const char *name);

/**
 * Takes what was carried back: an activation response, a newer computer key, or a revocation list.
 * Free the state with alvara_state_free; NULL where the call was misused.
 */
struct alvara_state_t *alvara_offline_activate(const struct alvara_client_t *client,
                                               const char *text);

/**
 * Forgets the license and answers the receipt that proves it, to carry to the platform. NULL where
 * there is no license or it cannot be forgotten; alvara_last_error says which. Free it with
 * alvara_string_free.
 */
char *alvara_deactivate_offline(const struct alvara_client_t *client);

/**
 * The receipt of the last alvara_deactivate_offline; NULL where there is none. Free it with
 * alvara_string_free.
 */
char *alvara_last_receipt(const struct alvara_client_t *client);

/**
 * Takes a floating seat, or the one that is held already. It goes back by alvara_return_seat,
 * alvara_close and alvara_free. Free the state with alvara_state_free.
 */
struct alvara_state_t *alvara_take_seat(const struct alvara_client_t *client);

/**
 * Takes a floating seat, or the one that is held already, along for so many seconds without a
 * connection. Free the state with alvara_state_free.
 */
struct alvara_state_t *alvara_take_seat_for(const struct alvara_client_t *client, uint32_t seconds);

/**
 * A sign of life for the seat. The loop of alvara_start gives it by itself. Free the state with
 * alvara_state_free.
 */
struct alvara_state_t *alvara_keep_seat(const struct alvara_client_t *client);

/**
 * Takes the seat that is held along for so many seconds without a connection. Free the state with
 * alvara_state_free.
 */
struct alvara_state_t *alvara_borrow_seat(const struct alvara_client_t *client, uint32_t seconds);

/**
 * Gives the seat back. Free the state with alvara_state_free.
 */
struct alvara_state_t *alvara_return_seat(const struct alvara_client_t *client);

/**
 * The newest build of a channel and platform where it is newer than this program and signed by the
 * vendor; else NULL. NULL stands for the channel "stable" and the platform "any". Free it with
 * alvara_update_free.
 */
struct alvara_update_t *alvara_check_update(const struct alvara_client_t *client,
                                            const char *channel,
                                            const char *platform);

/**
 * Frees an update. NULL is fine.
 */
void alvara_update_free(struct alvara_update_t *update);

/**
 * Its version.
 */
const char *alvara_update_version(const struct alvara_update_t *update);

/**
 * Where it is.
 */
const char *alvara_update_url(const struct alvara_update_t *update);

/**
 * What is new.
 */
const char *alvara_update_notes(const struct alvara_update_t *update);

/**
 * Of the file, in hexadecimal digits, signed by the vendor: compare it with the file before you run
 * it.
 */
const char *alvara_update_sha256(const struct alvara_update_t *update);

/**
 * Whether older builds must not run. False for NULL.
 */
bool alvara_update_mandatory(const struct alvara_update_t *update);

/**
 * Gives back a text that the library returned as `char *`. NULL is fine.
 */
void alvara_string_free(char *text);

/**
 * The version of this library, such as "1.2.3".
 */
const char *alvara_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ALVARA_H */
