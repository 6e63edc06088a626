/* Tokens of many texts, one behind the other. */
#include <stdlib.h>
#include <string.h>

#include "run.h"

bool run_tokens_add(run_tokens *all, const int32_t *token, int64_t count)
{
    if (all->count + count > all->room) {
        int64_t room = (all->count + count) * 3 / 2 + 1024;
        int32_t *grown = realloc(all->token, (size_t)room * sizeof *grown);
        if (!grown)
            return false;
        all->token = grown;
        all->room = room;
    }
    if (count > 0)
        memcpy(all->token + all->count, token, (size_t)count * sizeof *token);
    all->count += count;
    return true;
}
