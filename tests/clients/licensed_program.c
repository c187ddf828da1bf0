/*
 * A program that is licensed, driven by the suite: one call of the library for each verb, one JSON
 * object on standard output for each.
 *
 *     licensed_program VERB --base URL --product CODE --pem FILE --dir FOLDER [--key KEY] [--now SECONDS] …
 *
 * `--now` is the program's own clock, which tests move. `seat` takes a floating seat and holds it until
 * its standard input ends; then it leaves as any program does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alvara.h"

static int count;
static char **words;

static void stop(const char *why, const char *what) {
    fprintf(stderr, "%s: %s\n", why, what == NULL ? "" : what);
    exit(1);
}

static void must(alvara_result_t result) {
    if (result != ALVARA_RESULT_OK) stop("misused", alvara_result_code(result));
}

/* The value of the `which`th argument of a name; NULL where there are not so many. */
static const char *asked(const char *name, int which) {
    int at;
    for (at = 2; at + 1 < count; at++) {
        if (strncmp(words[at], "--", 2) == 0 && strcmp(words[at] + 2, name) == 0 && which-- == 0) {
            return words[at + 1];
        }
    }
    return NULL;
}

static int has(const char *name) {
    int at;
    for (at = 2; at < count; at++) {
        if (strcmp(words[at], name) == 0) return 1;
    }
    return 0;
}

/* Texts that grow. */
typedef struct {
    char *text;
    size_t length, room;
} line_t;

static void put(line_t *line, const char *bytes, size_t length) {
    if (line->length + length + 1 > line->room) {
        line->room = (line->length + length + 1) * 2;
        line->text = realloc(line->text, line->room);
        if (line->text == NULL) abort();
    }
    memcpy(line->text + line->length, bytes, length);
    line->length += length;
    line->text[line->length] = '\0';
}

static void puts_on(line_t *line, const char *text) { put(line, text, strlen(text)); }

/* A text as JSON has it; null where there is none. */
static void quote(line_t *line, const char *text) {
    if (text == NULL) {
        puts_on(line, "null");
        return;
    }
    puts_on(line, "\"");
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        char escaped[8];
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            sprintf(escaped, "\\u%04x", byte);
            puts_on(line, escaped);
        } else {
            put(line, text, 1);
        }
    }
    puts_on(line, "\"");
}

static void member(line_t *line, const char *name, const char *text) {
    puts_on(line, line->length > 1 && line->text[line->length - 1] != '{' ? "," : "");
    quote(line, name);
    puts_on(line, ":");
    quote(line, text);
}

static void bare(line_t *line, const char *name, const char *said) {
    puts_on(line, line->length > 1 && line->text[line->length - 1] != '{' ? "," : "");
    quote(line, name);
    puts_on(line, ":");
    puts_on(line, said);
}

static void number(line_t *line, const char *name, bool is_there, int64_t value) {
    char text[32];
    sprintf(text, "%lld", (long long)value);
    bare(line, name, is_there ? text : "null");
}

/* One call that writes a whole line, for listeners speak from other threads. */
static void say(line_t *line) {
    puts_on(line, "\n");
    fwrite(line->text, 1, line->length, stdout);
    fflush(stdout);
    free(line->text);
}

static const char *access_of(const alvara_state_t *state) {
    switch (alvara_state_access(state)) {
    case ALVARA_ACCESS_FULL:
        return "full";
    case ALVARA_ACCESS_READ_ONLY:
        return "read_only";
    default:
        return "none";
    }
}

static void show(const alvara_state_t *state, void *user_data) {
    line_t line = {NULL, 0, 0};
    char *message = alvara_state_message(state, "pt-BR");
    int64_t at = 0;
    size_t index;
    bool found;
    (void)user_data;
    if (state == NULL) stop("there is no state", NULL);
    puts_on(&line, "{");
    member(&line, "status", alvara_state_status_text(state));
    member(&line, "code", alvara_state_code(state));
    bare(&line, "valid", alvara_state_valid(state) ? "true" : "false");
    member(&line, "access", access_of(state));
    found = alvara_state_days_left(state, &at);
    number(&line, "days_left", found, at);
    found = alvara_state_grace_ends_at(state, &at);
    number(&line, "grace_ends_at", found, at);
    found = alvara_state_next_check_at(state, &at);
    number(&line, "next_check_at", found, at);
    found = alvara_state_expires_at(state, &at);
    number(&line, "expires_at", found, at);
    found = alvara_state_retry_at(state, &at);
    number(&line, "retry_at", found, at);
    member(&line, "license", alvara_state_license(state));
    member(&line, "machine", alvara_state_machine(state));
    member(&line, "error", alvara_state_error(state));
    member(&line, "message", message);
    bare(&line, "modules", "{");
    for (index = 0; index < alvara_state_module_count(state); index++) {
        member(&line, alvara_state_module_code(state, index), alvara_state_module_value(state, index));
    }
    puts_on(&line, "}");
    if (alvara_state_seat(state) == NULL) {
        bare(&line, "seat", "null");
    } else {
        bare(&line, "seat", "{");
        member(&line, "id", alvara_state_seat(state));
        found = alvara_state_seat_until(state, &at);
        number(&line, "until", found, at);
        found = alvara_state_seat_borrowed_until(state, &at);
        number(&line, "borrowed_until", found, at);
        puts_on(&line, "}");
    }
    puts_on(&line, "}");
    say(&line);
    alvara_string_free(message);
}

static void show_and_free(alvara_state_t *state) {
    show(state, NULL);
    alvara_state_free(state);
}

/* A text that the library gave, or what it could not do. */
static void show_text(const alvara_client_t *client, char *text) {
    line_t line = {NULL, 0, 0};
    if (text == NULL) stop("no text", alvara_last_error(client));
    puts_on(&line, "{");
    member(&line, "text", text);
    puts_on(&line, "}");
    say(&line);
    alvara_string_free(text);
}

static char *load(const char *path) {
    FILE *file = path == NULL ? NULL : fopen(path, "rb");
    line_t text = {NULL, 0, 0};
    char part[4096];
    size_t read;
    if (file == NULL) stop("cannot be read", path);
    while ((read = fread(part, 1, sizeof part, file)) > 0) put(&text, part, read);
    fclose(file);
    return text.text;
}

static void until_input_ends(void) {
    while (getchar() != EOF) {
    }
}

static int64_t now(void *user_data) { return *(const int64_t *)user_data; }

static alvara_client_t *open_client(int64_t *clock) {
    alvara_options_t *options = alvara_options_new();
    alvara_client_t *client = NULL;
    char *key = load(asked("pem", 0));
    const char *said, *value;
    char path[4096];
    int which;
    must(alvara_options_set_version(options, asked("version", 0)));
    must(alvara_options_set_user(options, asked("user", 0)));
    must(alvara_options_set_site(options, asked("site", 0)));
    if ((said = asked("released-at", 0)) != NULL) {
        must(alvara_options_set_released_at(options, strtoll(said, NULL, 10)));
    }
    for (which = 0; (said = asked("module", which)) != NULL; which++) {
        must(alvara_options_require_module(options, said));
    }
    if ((said = asked("preset", 0)) != NULL && strcmp(said, "always-online") == 0) {
        must(alvara_options_set_preset(options, ALVARA_PRESET_ALWAYS_ONLINE));
    }
    if (has("--floating")) must(alvara_options_set_floating(options, NULL));
    snprintf(path, sizeof path, "%s/license", asked("dir", 0));
    must(alvara_options_set_path(options, path));
    snprintf(path, sizeof path, "%s/elsewhere/seen", asked("dir", 0));
    must(alvara_options_set_watermark(options, path));
    said = asked("machine", 0);
    must(alvara_options_set_machine(options, said == NULL ? "desk-1" : said));
    for (which = 0; (said = asked("part", which)) != NULL; which++) {
        char name[64];
        value = strchr(said, '=');
        if (value == NULL || (size_t)(value - said) >= sizeof name) stop("no part", said);
        memcpy(name, said, (size_t)(value - said));
        name[value - said] = '\0';
        must(alvara_options_add_part(options, name, value + 1));
    }
    if ((said = asked("now", 0)) != NULL) {
        *clock = strtoll(said, NULL, 10);
        must(alvara_options_set_clock(options, now, clock));
    }
    must(alvara_options_set_renew_url(options, "https://shop.example/renew?license={license}"));
    must(alvara_init(asked("product", 0), key, asked("base", 0), options, &client));
    alvara_options_free(options);
    free(key);
    return client;
}

static void ask(const alvara_client_t *client) {
    line_t line = {NULL, 0, 0};
    char *value = alvara_module_value(client, asked("member", 0));
    char *url = alvara_renew_url(client);
    int64_t days = 0;
    bool ends = alvara_days_left(client, &days);
    puts_on(&line, "{");
    bare(&line, "has", alvara_has_module(client, asked("member", 0)) ? "true" : "false");
    member(&line, "value", value);
    number(&line, "days_left", ends, days);
    member(&line, "renew_url", url);
    puts_on(&line, "}");
    say(&line);
    alvara_string_free(value);
    alvara_string_free(url);
}

static void update(const alvara_client_t *client) {
    line_t line = {NULL, 0, 0};
    alvara_update_t *found = alvara_check_update(client, NULL, NULL);
    puts_on(&line, "{");
    if (found == NULL) {
        bare(&line, "update", "null");
    } else {
        bare(&line, "update", "{");
        member(&line, "version", alvara_update_version(found));
        member(&line, "url", alvara_update_url(found));
        puts_on(&line, "}");
    }
    puts_on(&line, "}");
    say(&line);
    alvara_update_free(found);
}

int main(int argc, char **argv) {
    int64_t clock = 0;
    alvara_client_t *client;
    const char *verb = argc > 1 ? argv[1] : "";
    count = argc;
    words = argv;
    client = open_client(&clock);
    if (strcmp(verb, "activate") == 0) {
        show_and_free(alvara_activate(client, asked("key", 0), "Desk"));
    } else if (strcmp(verb, "check") == 0) {
        /* More than once where somebody measures what one costs. */
        const char *times = asked("times", 0);
        for (long turn = times == NULL ? 1 : strtol(times, NULL, 10); turn > 1; turn--) {
            alvara_state_free(alvara_state(client));
        }
        show_and_free(alvara_state(client));
    } else if (strcmp(verb, "contact") == 0) {
        show_and_free(alvara_validate_online(client));
    } else if (strcmp(verb, "deactivate") == 0) {
        show_and_free(alvara_deactivate(client));
    } else if (strcmp(verb, "offline-request") == 0) {
        show_text(client, alvara_offline_request(client, asked("key", 0), NULL));
    } else if (strcmp(verb, "offline-activate") == 0) {
        char *text = load(asked("file", 0));
        show_and_free(alvara_offline_activate(client, text));
        free(text);
    } else if (strcmp(verb, "offline-deactivate") == 0) {
        show_text(client, alvara_deactivate_offline(client));
    } else if (strcmp(verb, "update") == 0) {
        update(client);
    } else if (strcmp(verb, "ask") == 0) {
        ask(client);
    } else if (strcmp(verb, "seat") == 0) {
        const char *seconds = asked("seconds", 0);
        show_and_free(seconds == NULL
                          ? alvara_take_seat(client)
                          : alvara_take_seat_for(client, (uint32_t)strtoul(seconds, NULL, 10)));
        until_input_ends();
    } else if (strcmp(verb, "loop") == 0) {
        /* Runs as a program does: each change of the state is a line, until standard input ends. */
        must(alvara_on_change(client, show, NULL));
        show_and_free(alvara_check(client));
        must(alvara_start(client));
        until_input_ends();
    } else {
        stop("unknown verb", verb);
    }
    alvara_free(client);
    return 0;
}
