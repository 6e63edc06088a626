/* Tokens that grow. */
#ifndef ADZE_KIT_TOKEN_LIST_H
#define ADZE_KIT_TOKEN_LIST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct token_list {
    int32_t *token;
    int64_t count, room;
} token_list;

bool token_list_add(token_list *t, int32_t token); /* false without memory */

#endif
