/* Encoders whose tokens are pieces of text in a list. */
#include "encoder_listed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "unicode.h"

enum { UNKNOWN = 1, FIRST_SPECIAL = 2, CLASSES_MOST = 1 << 24 };

bool token_list_add(token_list *t, int32_t token)
{
    if (t->count == t->room) {
        int64_t room = 2 * t->room + 64;
        int32_t *list = realloc(t->token, (size_t)room * sizeof *list);
        if (!list)
            return false;
        t->token = list, t->room = room;
    }
    t->token[t->count++] = token;
    return true;
}

void listed_free(void *fitted)
{
    listed *l = fitted;
    if (l)
        vocabulary_done(&l->list);
    free(l);
}

/* The text in small letters where that was asked for, in *own then; NULL with words. */
static const char *prepared(const listed *l, const char *text, int64_t *size, char **own)
{
    *own = NULL;
    if ((l->kind->far || l->lower) && unicode_can(text, (size_t)*size) != AD_OK)
        return NULL;
    if (!l->lower)
        return *size ? text : "";
    size_t small;
    *own = unicode_lower(text, (size_t)*size, &small);
    *size = (int64_t)small;
    if (!*own)
        message_no_memory();
    return *own;
}

/* ---------------------------------------------------------------- fitting */

typedef struct counting {
    const listed *l;
    tally seen;
} counting;

static ad_status count_text(void *user, const char *text, int64_t size)
{
    counting *c = user;
    char *own;
    const char *p = prepared(c->l, text, &size, &own), *end = p + size, *from;
    bool good = true;
    ad_status status = p ? AD_OK : AD_ERROR_UNSUPPORTED;
    while (p && good && (p = c->l->kind->next(p, end, &from)))
        good = tally_add(&c->seen, from, (size_t)(p - from), 1);
    free(own);
    return good ? status : message_no_memory();
}

static ad_status take_most(listed *l, const tally *seen, int64_t least, int64_t most)
{
    int32_t count = 0, *order = tally_order(seen, least, &count);
    bool added, good = order != NULL;
    for (int32_t i = 0; good && i < count && l->first + i < most; i++) {
        size_t size;
        const char *text = vocabulary_text(&seen->words, order[i], &size);
        good = vocabulary_add(&l->list, text, size, &added) >= 0;
    }
    free(order);
    return good ? AD_OK : message_no_memory();
}

static ad_status learn(listed *l, const ad_text_options *o, ad_source *train, int field)
{
    counting c = {.l = l};
    int64_t most = o->vocabulary > 0 ? o->vocabulary : l->kind->most;
    ad_status status = text_frame_of(o, UNKNOWN, FIRST_SPECIAL, &l->frame, &l->first);
    if (status == AD_OK)
        status = text_each(train, field, count_text, &c);
    if (status == AD_OK)
        status = take_most(l, &c.seen, o->least, most > 0 ? most : CLASSES_MOST);
    tally_done(&c.seen);
    return status;
}

ad_status listed_fit(const listed_kind *kind, const ad_text_options *o, ad_source *train, int field,
                     void **fitted)
{
    listed *l = calloc(1, sizeof *l);
    if (!l)
        return message_no_memory();
    l->kind = kind;
    l->lower = o->lower;
    ad_status status = learn(l, o, train, field);
    if (status == AD_OK)
        *fitted = l;
    else
        listed_free(l);
    return status;
}

/* ---------------------------------------------------------------- using */

void listed_about(const void *fitted, ad_encoded *is)
{
    const listed *l = fitted;
    *is = (ad_encoded){
        .type = AD_I32, .steps = text_frame_steps(&l->frame), .classes = l->first + l->list.count};
}

ad_status listed_encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps)
{
    const listed *l = fitted;
    token_list tokens = {0};
    char *own;
    const char *p = prepared(l, in, &size, &own), *end = p + size, *from;
    int64_t most = text_frame_most(&l->frame, INT64_MAX);
    bool good = true;
    if (!p)
        return AD_ERROR_UNSUPPORTED;
    while (good && tokens.count < most && (p = l->kind->next(p, end, &from))) {
        int32_t is = vocabulary_find(&l->list, from, (size_t)(p - from));
        good = token_list_add(&tokens, is < 0 ? UNKNOWN : l->first + is);
    }
    free(own);
    if (good)
        return text_frame_put(&l->frame, tokens.token, tokens.count, out, steps);
    free(tokens.token);
    return message_no_memory();
}

char *listed_decode(const void *fitted, const int32_t *token, int64_t count)
{
    const listed *l = fitted;
    text_buffer t = {0};
    bool any = false;
    text_add(&t, "");
    for (int64_t i = 0; i < count; i++) {
        size_t size = 3;
        const char *text = "\xEF\xBF\xBD"; /* unknown, and what is no token */
        if (text_frame_special(&l->frame, token[i]))
            continue;
        if (token[i] >= l->first && token[i] - l->first < l->list.count)
            text = vocabulary_text(&l->list, token[i] - l->first, &size);
        text_add(&t, any ? l->kind->joined : "");
        text_add_bytes(&t, text, size);
        any = true;
    }
    char *made = any ? text_take(&t) : text_copy("");
    if (!any)
        text_done(&t);
    if (!made)
        message_no_memory();
    return made;
}

int32_t listed_special(const void *fitted, ad_special which)
{
    return ((const listed *)fitted)->frame.special[which];
}

/* ---------------------------------------------------------------- as text */

void listed_write(text_buffer *t, bool lower, const vocabulary *list)
{
    text_add_format(t, "lower %d\ntokens %d\n", lower, (int)list->count);
    vocabulary_write(t, list);
}

char *listed_text(const void *fitted)
{
    const listed *l = fitted;
    text_buffer t = {0};
    text_frame_write(&t, &l->frame);
    listed_write(&t, l->lower, &l->list);
    char *made = text_take(&t);
    if (!made)
        message_no_memory();
    return made;
}

/* The lines "lower 0" and "tokens 12". */
static const char *take_head(const char *text, const char *end, bool *lower, int32_t *count)
{
    char head[64], again[64];
    int truth, number;
    size_t size = (size_t)(end - text) < sizeof head - 1 ? (size_t)(end - text) : sizeof head - 1;
    memcpy(head, text, size);
    head[size] = 0;
    if (sscanf(head, "lower %d tokens %d", &truth, &number) != 2 || number < 0)
        return NULL;
    int used = snprintf(again, sizeof again, "lower %d\ntokens %d\n", truth != 0, number);
    if (strncmp(head, again, (size_t)used) != 0)
        return NULL;
    *lower = truth, *count = number;
    return text + used;
}

const char *listed_take(const char *text, const char *end, bool *lower, vocabulary *list)
{
    int32_t count = 0;
    text = take_head(text, end, lower, &count);
    return text ? vocabulary_read(list, text, end, count) : NULL;
}

ad_status listed_read(const listed_kind *kind, const char *text, size_t size, void **fitted)
{
    listed *l = calloc(1, sizeof *l);
    const char *end = text + size;
    if (!l)
        return message_no_memory();
    l->kind = kind;
    text = text_frame_read(text, end, &l->frame);
    if (text && !text_frame_follows(&l->frame, FIRST_SPECIAL, &l->first))
        text = NULL;
    if (text)
        text = listed_take(text, end, &l->lower, &l->list);
    if (text == end && text && l->frame.special[AD_SPECIAL_UNKNOWN] == UNKNOWN) {
        *fitted = l;
        return AD_OK;
    }
    listed_free(l);
    return message_fail(AD_ERROR_FORMAT,
                        "this is no text of the encoder %s\n  give what ad_encoder_text wrote\n",
                        kind->name);
}
