/*
 * Functions of a program that the library calls.
 *
 *     listening URL KEY-SET-FILE FOLDER MACHINE
 */
#include <stdio.h>
#include <stdlib.h>

#include "alvara.h"

typedef struct {
    int64_t time;
    int calls;
} watch_t;

static int64_t now(void *user_data) {
    watch_t *watch = user_data;
    watch->calls++;
    return watch->time;
}

static void load(alvara_metrics_t *metrics, void *user_data) {
    (void)user_data;
    metrics->cpu_percent = 12.5;
    metrics->disk_percent = 0;
}

/* A listener may ask the client that called it. */
static void hear(const alvara_state_t *state, void *user_data) {
    alvara_client_t **client = user_data;
    alvara_state_t *again = alvara_state(*client);
    if (alvara_state_status(again) == alvara_state_status(state)) {
        printf("heard %s\n", alvara_state_status_text(state));
    }
    alvara_state_free(again);
}

int main(int argc, char **argv) {
    static char keys[16 * 1024], path[4096];
    watch_t watch = {1800000000, 0};
    alvara_client_t *client = NULL;
    alvara_options_t *options = alvara_options_new();
    FILE *file = argc == 5 ? fopen(argv[2], "rb") : NULL;
    char *said;
    if (file == NULL) return 1;
    keys[fread(keys, 1, sizeof keys - 1, file)] = '\0';
    fclose(file);
    snprintf(path, sizeof path, "%s/license", argv[3]);
    alvara_options_set_path(options, path);
    snprintf(path, sizeof path, "%s/elsewhere/seen", argv[3]);
    alvara_options_set_watermark(options, path);
    alvara_options_set_machine(options, argv[4]);
    alvara_options_set_locale(options, "pt-BR");
    alvara_options_set_clock(options, now, &watch);
    alvara_options_set_metrics(options, load, NULL);
    if (alvara_init("VECTORS", keys, argv[1], options, &client) != ALVARA_RESULT_OK) return 2;
    alvara_options_free(options);
    if (alvara_on_change(client, hear, &client) != ALVARA_RESULT_OK) return 3;

    alvara_state_free(alvara_activate(client, "FULL", NULL));
    said = alvara_last_error(client);
    printf("%s ", said);
    alvara_string_free(said);
    said = alvara_last_error_message(client, NULL);
    printf("%s\n", said);
    alvara_string_free(said);

    alvara_state_free(alvara_activate(client, "ACME-1", "Caixa 2"));
    watch.time += 90 * 86400;
    alvara_state_free(alvara_state(client));
    alvara_state_free(alvara_validate_online(client));
    said = alvara_last_error(client);
    printf("%s\n", said);
    alvara_string_free(said);

    alvara_free(client);
    return watch.calls > 0 ? 0 : 4;
}
