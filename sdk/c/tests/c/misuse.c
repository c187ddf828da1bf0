/*
 * Every function with NULL, texts that are none, and several threads on one client. Ends with 0 where
 * each answered as the header says.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alvara.h"

#define CHECK(what)                                                        \
    do {                                                                   \
        if (!(what)) {                                                     \
            fprintf(stderr, "line %d: %s\n", __LINE__, #what);             \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

#define NOBODY "http://127.0.0.1:9"

/* A byte that begins no character. */
static const char NOT_UTF8[] = {(char)0xff, 'x', '\0'};

static bool is(const char *text, const char *expected) {
    return text != NULL && strcmp(text, expected) == 0;
}

static bool taken(char *text, const char *expected) {
    bool same = is(text, expected);
    alvara_string_free(text);
    return same;
}

static void on_nothing(void) {
    int64_t at = 42;
    alvara_string_free(NULL);
    alvara_free(NULL);
    alvara_options_free(NULL);
    alvara_state_free(NULL);
    alvara_update_free(NULL);
    CHECK(alvara_init(NULL, NULL, NULL, NULL, NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_version(NULL, "1.0") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_released_at(NULL, 1) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_user(NULL, "u") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_site(NULL, "s") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_require_module(NULL, "M") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_preset(NULL, ALVARA_PRESET_HYBRID) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_floating(NULL, NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_path(NULL, "p") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_watermark(NULL, "p") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_machine(NULL, "m") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_add_part(NULL, "a", "b") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_renew_url(NULL, "u") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_locale(NULL, "it") == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_clock(NULL, NULL, NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_set_metrics(NULL, NULL, NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_activate(NULL, "k", NULL) == NULL);
    CHECK(alvara_check(NULL) == NULL);
    CHECK(alvara_state(NULL) == NULL);
    CHECK(alvara_validate_online(NULL) == NULL);
    CHECK(alvara_deactivate(NULL) == NULL);
    CHECK(alvara_start(NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_close(NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(!alvara_has_module(NULL, "M"));
    CHECK(alvara_module_value(NULL, "M") == NULL);
    CHECK(!alvara_days_left(NULL, &at));
    CHECK(alvara_renew_url(NULL) == NULL);
    CHECK(alvara_on_change(NULL, NULL, NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_offline_request(NULL, "k", NULL) == NULL);
    CHECK(alvara_offline_activate(NULL, "t") == NULL);
    CHECK(alvara_deactivate_offline(NULL) == NULL);
    CHECK(alvara_last_receipt(NULL) == NULL);
    CHECK(alvara_take_seat(NULL) == NULL);
    CHECK(alvara_take_seat_for(NULL, 1) == NULL);
    CHECK(alvara_keep_seat(NULL) == NULL);
    CHECK(alvara_borrow_seat(NULL, 1) == NULL);
    CHECK(alvara_return_seat(NULL) == NULL);
    CHECK(alvara_check_update(NULL, NULL, NULL) == NULL);
    CHECK(alvara_last_error(NULL) == NULL);
    CHECK(alvara_last_error_message(NULL, NULL) == NULL);
    CHECK(!alvara_state_valid(NULL));
    CHECK(alvara_state_status(NULL) == ALVARA_STATUS_NONE);
    CHECK(alvara_state_status_text(NULL) == NULL);
    CHECK(alvara_state_code(NULL) == NULL);
    CHECK(alvara_state_access(NULL) == ALVARA_ACCESS_NONE);
    CHECK(alvara_state_message(NULL, NULL) == NULL);
    CHECK(!alvara_state_days_left(NULL, &at));
    CHECK(!alvara_state_expires_at(NULL, &at));
    CHECK(!alvara_state_grace_ends_at(NULL, &at));
    CHECK(!alvara_state_next_check_at(NULL, &at));
    CHECK(!alvara_state_retry_at(NULL, &at));
    CHECK(!alvara_state_seat_until(NULL, &at));
    CHECK(!alvara_state_seat_borrowed_until(NULL, &at));
    CHECK(alvara_state_license(NULL) == NULL);
    CHECK(alvara_state_machine(NULL) == NULL);
    CHECK(alvara_state_kind(NULL) == NULL);
    CHECK(alvara_state_module_count(NULL) == 0);
    CHECK(alvara_state_module_code(NULL, 0) == NULL);
    CHECK(alvara_state_module_value(NULL, 0) == NULL);
    CHECK(alvara_state_seat(NULL) == NULL);
    CHECK(alvara_state_because(NULL) == NULL);
    CHECK(alvara_state_error(NULL) == NULL);
    CHECK(alvara_state_error_detail(NULL) == NULL);
    CHECK(alvara_update_version(NULL) == NULL);
    CHECK(alvara_update_url(NULL) == NULL);
    CHECK(alvara_update_notes(NULL) == NULL);
    CHECK(alvara_update_sha256(NULL) == NULL);
    CHECK(!alvara_update_mandatory(NULL));
    CHECK(at == 42);
    CHECK(is(alvara_result_code(ALVARA_RESULT_FOLDER), "FOLDER"));
    CHECK(is(alvara_result_code(-7), "INTERNAL"));
    CHECK(is(alvara_result_message(ALVARA_RESULT_OK, NULL), "It went well."));
    CHECK(is(alvara_result_message(ALVARA_RESULT_OK, "pt-BR"), "Deu tudo certo."));
    CHECK(is(alvara_result_message(ALVARA_RESULT_OK, NOT_UTF8), "It went well."));
    CHECK(alvara_version() != NULL && strchr(alvara_version(), '.') != NULL);
}

static void on_options(const char *keys) {
    alvara_options_t *options = alvara_options_new();
    alvara_client_t *client = (alvara_client_t *)&options;
    CHECK(alvara_options_set_version(options, "one") == ALVARA_RESULT_VERSION);
    CHECK(alvara_options_set_version(options, NOT_UTF8) == ALVARA_RESULT_NOT_UTF8);
    CHECK(alvara_options_set_preset(options, 17) == ALVARA_RESULT_VALUE);
    CHECK(alvara_options_require_module(options, NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_add_part(options, "board", "B-1") == ALVARA_RESULT_MACHINE);
    CHECK(alvara_options_set_machine(options, "machine") == ALVARA_RESULT_OK);
    CHECK(alvara_options_add_part(options, "board", NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_options_add_part(options, "A board!", "B-1") == ALVARA_RESULT_OK);
    CHECK(alvara_init("VECTORS", keys, NOBODY, options, &client) == ALVARA_RESULT_MACHINE);
    CHECK(client == NULL);
    CHECK(alvara_init("VECTORS", NULL, NOBODY, NULL, &client) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(alvara_init(NOT_UTF8, keys, NOBODY, NULL, &client) == ALVARA_RESULT_NOT_UTF8);
    CHECK(alvara_init("VECTORS", "{}", NOBODY, NULL, &client) == ALVARA_RESULT_PUBLIC_KEY);
    CHECK(alvara_init("VECTORS", keys, "nowhere", NULL, &client) == ALVARA_RESULT_ADDRESS);
    alvara_options_free(options);
}

static alvara_client_t *shared;

static void *hammer(void *unused) {
    int turn;
    (void)unused;
    for (turn = 0; turn < 50; turn++) {
        alvara_state_t *state = alvara_check(shared);
        CHECK(alvara_state_status(state) == ALVARA_STATUS_NOT_ACTIVATED);
        alvara_state_free(state);
        CHECK(!alvara_has_module(shared, turn % 2 == 0 ? "M" : NOT_UTF8));
        alvara_string_free(alvara_last_error(shared));
        alvara_string_free(alvara_last_error_message(shared, "it"));
    }
    return NULL;
}

static int64_t clock_of(void *user_data) { return *(int64_t *)user_data; }

static void hear(const alvara_state_t *state, void *user_data) {
    (void)state;
    ++*(int *)user_data;
}

static void on_a_client(const char *keys) {
    alvara_options_t *options = alvara_options_new();
    alvara_state_t *state;
    pthread_t threads[4];
    int64_t time = 1800000000;
    int64_t at = 42;
    int heard = 0;
    size_t index;
    char *request;
    CHECK(alvara_options_set_locale(options, "es") == ALVARA_RESULT_OK);
    CHECK(alvara_options_set_floating(options, "till") == ALVARA_RESULT_OK);
    CHECK(alvara_options_set_clock(options, clock_of, &time) == ALVARA_RESULT_OK);
    CHECK(alvara_options_set_renew_url(options, "https://s.example/{product}") == ALVARA_RESULT_OK);
    CHECK(alvara_init("VECTORS", keys, NOBODY, options, &shared) == ALVARA_RESULT_OK);
    alvara_options_free(options);
    CHECK(alvara_on_change(shared, NULL, NULL) == ALVARA_RESULT_NULL_ARGUMENT);
    CHECK(taken(alvara_last_error(shared), "NULL_ARGUMENT"));
    CHECK(alvara_on_change(shared, hear, &heard) == ALVARA_RESULT_OK);
    CHECK(alvara_last_error(shared) == NULL);
    CHECK(alvara_start(shared) == ALVARA_RESULT_OK);

    /* Misuse has no state, and the error says what it was. */
    CHECK(alvara_activate(shared, NULL, NULL) == NULL);
    CHECK(taken(alvara_last_error(shared), "NULL_ARGUMENT"));
    CHECK(taken(alvara_last_error_message(shared, NULL), "Falta algo que es necesario."));
    CHECK(alvara_offline_activate(shared, NOT_UTF8) == NULL);
    CHECK(taken(alvara_last_error(shared), "NOT_UTF8"));
    CHECK(alvara_deactivate_offline(shared) == NULL);
    CHECK(taken(alvara_last_error(shared), "NOT_ACTIVATED"));
    CHECK(taken(alvara_last_error_message(shared, "en"), "There is no license on this computer."));

    /* What a call could not do is beside the state. */
    state = alvara_activate(shared, "ACME-1", NULL);
    CHECK(alvara_state_status(state) == ALVARA_STATUS_NOT_ACTIVATED);
    CHECK(is(alvara_state_status_text(state), "NOT_ACTIVATED"));
    CHECK(is(alvara_state_error(state), "NO_CONNECTION"));
    CHECK(alvara_state_error_detail(state) != NULL);
    CHECK(alvara_state_module_code(state, 0) == NULL);
    CHECK(!alvara_state_days_left(state, NULL));
    CHECK(!alvara_state_expires_at(state, &at) && at == 42);
    CHECK(taken(alvara_state_message(state, "it"), "Il programma non è attivato. Inserire la chiave."));
    CHECK(taken(alvara_last_error(shared), "NO_CONNECTION"));
    alvara_state_free(state);
    state = alvara_offline_activate(shared, "nonsense");
    CHECK(alvara_state_error(state) != NULL);
    alvara_state_free(state);
    state = alvara_keep_seat(shared);
    CHECK(is(alvara_state_error(state), "NO_SEAT"));
    alvara_state_free(state);
    request = alvara_offline_request(shared, "ACME-1", "Caixa 2 – loja Centro");
    CHECK(request != NULL && strstr(request, "-----BEGIN ALVARA") == request);
    alvara_string_free(request);
    CHECK(taken(alvara_renew_url(shared), "https://s.example/VECTORS"));
    CHECK(alvara_check_update(shared, NULL, NULL) == NULL);
    CHECK(alvara_last_receipt(shared) == NULL);

    for (index = 0; index < 4; index++) CHECK(pthread_create(&threads[index], NULL, hammer, NULL) == 0);
    for (index = 0; index < 4; index++) CHECK(pthread_join(threads[index], NULL) == 0);
    CHECK(heard == 0);
    alvara_free(shared);
}

int main(int argc, char **argv) {
    static char keys[16 * 1024];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    CHECK(file != NULL);
    keys[fread(keys, 1, sizeof keys - 1, file)] = '\0';
    fclose(file);
    on_nothing();
    on_options(keys);
    on_a_client(keys);
    printf("all is well\n");
    return 0;
}
