/* Encoders by a tokenizer. */
#include "tokenizer_use.h"

#include <stdlib.h>
#include <string.h>

#include "encoder_listed.h"
#include "message.h"

void tokenizer_use_free(void *fitted)
{
    tokenizer_use *u = fitted;
    if (!u)
        return;
    tokenizer_done(&u->t);
    free(u->json);
    free(u);
}

text_frame tokenizer_use_frame(const ad_text_options *o)
{
    return (text_frame){.length = o->length,
                        .most = o->most,
                        .special = {0, -1, -1, -1, -1, -1},
                        .wrap = o->wrap != AD_WRAP_NO};
}

void tokenizer_use_about(const void *fitted, ad_encoded *is)
{
    const tokenizer_use *u = fitted;
    *is =
        (ad_encoded){.type = AD_I32, .steps = text_frame_steps(&u->frame), .classes = u->t.classes};
}

/* The tokens with those that stand round a text, cut so that these stay. */
static ad_status put_round(const tokenizer_use *u, token_list *tokens, void **out, int64_t *steps)
{
    int before = u->frame.wrap ? u->t.befores : 0, behind = u->frame.wrap ? u->t.behinds : 0;
    int64_t kept = text_frame_most(&u->frame, tokens->count + before + behind) - before - behind;
    kept = kept < 0 ? 0 : kept;
    int32_t *list = malloc((size_t)(kept + before + behind + 1) * sizeof *list);
    if (list) {
        memcpy(list, u->t.before, (size_t)before * sizeof *list);
        if (kept)
            memcpy(list + before, tokens->token, (size_t)kept * sizeof *list);
        memcpy(list + before + kept, u->t.behind, (size_t)behind * sizeof *list);
    }
    free(tokens->token);
    *out = list;
    *steps = kept + before + behind;
    return list ? AD_OK : message_no_memory();
}

ad_status tokenizer_use_encode(const void *fitted, const void *in, int64_t size, void **out,
                               int64_t *steps)
{
    const tokenizer_use *u = fitted;
    token_list tokens = {0};
    ad_status status = tokenizer_encode(&u->t, size ? in : "", (size_t)size, &tokens);
    if (status == AD_OK)
        return put_round(u, &tokens, out, steps);
    free(tokens.token);
    return status;
}

char *tokenizer_use_decode(const void *fitted, const int32_t *token, int64_t count)
{
    return tokenizer_decode(&((const tokenizer_use *)fitted)->t, token, count);
}

int32_t tokenizer_use_special(const void *fitted, ad_special which)
{
    return ((const tokenizer_use *)fitted)->t.special[which];
}
