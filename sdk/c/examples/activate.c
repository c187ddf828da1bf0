/*
 * A licensed program in C.
 *
 *     activate PRODUCT KEY-SET-FILE URL [ACTIVATION-KEY]
 *
 * Says how the license stands, activates the machine where it is not valid and a key is given, and
 * ends with 0 where the program may go on, with 1 where it may not, with 2 where it was misused.
 */
#include <stdio.h>
#include <stdlib.h>

#include "alvara.h"

/* The whole of a file as a text; NULL where it cannot be read. */
static char *load(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length = 0, room = 0, read = 0;
    if (file == NULL) return NULL;
    do {
        if (length + 1 >= room) {
            char *more = realloc(text, room = room * 2 + 4096);
            if (more == NULL) break;
            text = more;
        }
        read = fread(text + length, 1, room - length - 1, file);
        length += read;
    } while (read > 0);
    fclose(file);
    if (text != NULL) text[length] = '\0';
    return text;
}

static void on_change(const alvara_state_t *state, void *user_data) {
    (void)user_data;
    printf("now %s\n", alvara_state_status_text(state));
}

int main(int argc, char **argv) {
    alvara_options_t *options;
    alvara_client_t *client;
    alvara_state_t *state;
    alvara_result_t result;
    char *keys, *message, *error, *url;
    int64_t days;
    bool valid;

    if (argc < 4) {
        fprintf(stderr, "%s PRODUCT KEY-SET-FILE URL [ACTIVATION-KEY]\n", argv[0]);
        return 2;
    }
    keys = load(argv[2]);
    if (keys == NULL) {
        fprintf(stderr, "%s cannot be read\n", argv[2]);
        return 2;
    }

    options = alvara_options_new();
    alvara_options_set_version(options, "2.0");
    alvara_options_set_renew_url(options, "https://shop.example/renew?license={license}");
    result = alvara_init(argv[1], keys, argv[3], options, &client);
    alvara_options_free(options);
    free(keys);
    if (result != ALVARA_RESULT_OK) {
        fprintf(stderr, "%s: %s\n", alvara_result_code(result), alvara_result_message(result, "en"));
        return 2;
    }

    alvara_on_change(client, on_change, NULL);
    state = alvara_check(client);
    if (!alvara_state_valid(state) && argc > 4) {
        alvara_state_free(state);
        state = alvara_activate(client, argv[4], NULL);
        /* What a call could not do is said beside the state, and is no state itself. */
        error = alvara_last_error_message(client, "en");
        if (error != NULL) fprintf(stderr, "%s: %s\n", alvara_state_error(state), error);
        alvara_string_free(error);
    }

    message = alvara_state_message(state, "en");
    printf("%s %s\n", alvara_state_status_text(state), message);
    alvara_string_free(message);
    if (alvara_state_days_left(state, &days)) printf("%ld days left\n", (long)days);
    valid = alvara_state_valid(state);
    alvara_state_free(state);

    if (valid) {
        alvara_start(client); /* keeps the license alive while the program runs */
        if (alvara_has_module(client, "TILLS")) {
            char *tills = alvara_module_value(client, "TILLS");
            printf("%s cash desks\n", tills == NULL ? "any number of" : tills);
            alvara_string_free(tills);
        }
    } else {
        url = alvara_renew_url(client);
        printf("renew at %s\n", url);
        alvara_string_free(url);
    }

    alvara_free(client); /* gives a floating seat back too */
    return valid ? 0 : 1;
}
