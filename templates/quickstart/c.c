#include <stdio.h>
#include "alvara.h"

int main(void) {
    alvara_client_t *license;
    char key[128], *text;
    bool valid;

    if (alvara_init("PRODUCT-CODE", "KEY-SET", "https://licenses.example.com", NULL,
                    &license) != ALVARA_RESULT_OK) return 2;
    alvara_state_t *state = alvara_check(license);
    if (!alvara_state_valid(state) && fgets(key, sizeof key, stdin) != NULL) {
        alvara_state_free(state);
        state = alvara_activate(license, key, NULL);
    }
    text = alvara_state_message(state, "en");
    puts(text);
    alvara_string_free(text);
    valid = alvara_state_valid(state);
    alvara_state_free(state);
    if (valid) alvara_start(license);
    alvara_free(license); /* at the end of the program */
    return valid ? 0 : 1;
}
