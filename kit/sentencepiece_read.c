/* Reads a model of SentencePiece. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "protobuf.h"
#include "sentencepiece.h"

void sentencepiece_done(sentencepiece *s)
{
    vocabulary_done(&s->list);
    free(s->score);
    free(s->type);
    free(s->trie);
    free(s->changed);
    *s = (sentencepiece){.unknown = -1};
}

typedef struct reading {
    sentencepiece *s;
    const char *name;
    int32_t room;
    int kind; /* of the model */
    char begin[32], end[32], padding[32];
    bool bad, memory, twice;
} reading;

static void take_text(const protobuf *bytes, char *to, size_t room)
{
    size_t size = (size_t)(bytes->end - bytes->at);
    if (size < room) {
        memcpy(to, bytes->at, size);
        to[size] = 0;
    }
}

static bool reserve(reading *r)
{
    if (r->s->list.count < r->room)
        return true;
    int32_t room = 2 * r->room + 1024;
    float *score = realloc(r->s->score, (size_t)room * sizeof *score);
    r->s->score = score ? score : r->s->score;
    unsigned char *type = realloc(r->s->type, (size_t)room);
    r->s->type = type ? type : r->s->type;
    r->room = score && type ? room : r->room;
    return score && type;
}

static void take_piece(reading *r, protobuf p)
{
    sentencepiece *s = r->s;
    protobuf_field f;
    protobuf text = {0};
    float score = 0;
    uint64_t type = PIECE_NORMAL;
    bool added = false;
    while (protobuf_next(&p, &f, &r->bad)) {
        text = f.number == 1 && f.kind == 2 ? f.bytes : text;
        score = f.number == 2 && f.kind == 5 ? protobuf_float(&f) : score;
        type = f.number == 3 && f.kind == 0 ? f.value : type;
    }
    size_t size = (size_t)(text.end - text.at);
    r->bad = r->bad || !size || type < PIECE_NORMAL || type > PIECE_BYTE || score != score;
    if (r->bad)
        return;
    int32_t at = reserve(r) ? vocabulary_add(&s->list, (const char *)text.at, size, &added) : -1;
    r->memory = r->memory && at >= 0;
    r->twice = r->twice || (at >= 0 && !added);
    if (at < 0 || !added)
        return;
    s->score[at] = score;
    s->type[at] = (unsigned char)type;
    s->longest = size > s->longest ? size : s->longest;
    if (type == PIECE_OWN && size > s->longest_own)
        s->longest_own = size;
    if (type == PIECE_NORMAL && score < s->least)
        s->least = score;
    if (type == PIECE_UNKNOWN)
        s->unknown = at;
    s->unused = s->unused || type == PIECE_UNUSED;
}

static void take_trainer(reading *r, protobuf p)
{
    protobuf_field f;
    while (protobuf_next(&p, &f, &r->bad)) {
        r->kind = f.number == 3 && f.kind == 0 ? (int)(f.value & 15) : r->kind;
        if (f.number == 24 && f.kind == 0)
            r->s->behind = f.value != 0;
        if (f.number == 35 && f.kind == 0)
            r->s->fallback = f.value != 0;
        if (f.kind != 2)
            continue;
        if (f.number == 44)
            take_text(&f.bytes, r->s->surface, sizeof r->s->surface);
        if (f.number == 46)
            take_text(&f.bytes, r->begin, sizeof r->begin);
        if (f.number == 47)
            take_text(&f.bytes, r->end, sizeof r->end);
        if (f.number == 48)
            take_text(&f.bytes, r->padding, sizeof r->padding);
    }
}

/* How many bytes the double array has, the array, and the texts. */
static void take_changes(reading *r, const protobuf *p)
{
    sentencepiece *s = r->s;
    size_t size = (size_t)(p->end - p->at);
    if (!size || s->trie)
        return;
    uint32_t tries = 0;
    for (size_t i = 4; size >= 4 && i > 0; i--)
        tries = tries << 8 | p->at[i - 1];
    if (size < 4 || tries > size - 4 || tries % 4 || tries < 4) {
        r->bad = true;
        return;
    }
    s->tries = tries / 4;
    s->changes = size - 4 - tries;
    s->trie = malloc(tries);
    s->changed = malloc(s->changes + 1);
    r->memory = r->memory && s->trie && s->changed;
    for (size_t i = 0; s->trie && i < s->tries; i++) {
        const unsigned char *b = p->at + 4 + 4 * i;
        s->trie[i] =
            (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    }
    if (s->changed) {
        memcpy(s->changed, p->at + 4 + tries, s->changes);
        s->changed[s->changes] = 0;
    }
}

static void take_normalizer(reading *r, protobuf p)
{
    protobuf_field f;
    while (protobuf_next(&p, &f, &r->bad)) {
        if (f.number == 2 && f.kind == 2)
            take_changes(r, &f.bytes);
        if (f.kind != 0)
            continue;
        r->s->dummy = f.number == 3 ? f.value != 0 : r->s->dummy;
        r->s->trim = f.number == 4 ? f.value != 0 : r->s->trim;
        r->s->escape = f.number == 5 ? f.value != 0 : r->s->escape;
    }
}

static int32_t control_called(const sentencepiece *s, const char *text)
{
    int32_t at = vocabulary_find(&s->list, text, strlen(text));
    return at >= 0 && s->type[at] == PIECE_CONTROL ? at : -1;
}

static void find_specials(reading *r)
{
    sentencepiece *s = r->s;
    s->begin = control_called(s, r->begin);
    s->end = control_called(s, r->end);
    s->padding = control_called(s, r->padding);
    s->pairs = r->kind == 2;
    for (int i = 0; i < 256; i++) {
        char text[8];
        snprintf(text, sizeof text, "<0x%02X>", (unsigned)i);
        int32_t at = vocabulary_find(&s->list, text, 6);
        s->byte[i] = at >= 0 && s->type[at] == PIECE_BYTE ? at : -1;
        s->fallback = s->fallback && s->byte[i] >= 0;
    }
}

static ad_status finish(reading *r)
{
    sentencepiece *s = r->s;
    if (!r->memory)
        return message_no_memory();
    if (r->bad || r->twice || s->unknown < 0)
        return message_fail(AD_ERROR_FORMAT, "%s: %s\n  fetch or make the file again\n", r->name,
                            r->bad     ? "is no model of SentencePiece, or is damaged"
                            : r->twice ? "has a piece twice"
                                       : "has no unknown piece");
    if (r->kind != 1 && r->kind != 2)
        return message_fail(AD_ERROR_UNSUPPORTED,
                            "%s: is a model of type %s, and unigram and bpe are read\n  train it "
                            "with model_type=unigram or bpe\n",
                            r->name,
                            r->kind == 3   ? "word"
                            : r->kind == 4 ? "char"
                                           : "unknown");
    if (s->least == FLT_MAX)
        s->least = 0;
    find_specials(r);
    return AD_OK;
}

ad_status sentencepiece_read(const char *name, const void *bytes, size_t size, sentencepiece *s)
{
    protobuf p = {bytes, (const unsigned char *)bytes + size};
    protobuf_field f;
    reading r = {.s = s, .name = name, .kind = 1, .memory = true};
    strcpy(r.begin, "<s>");
    strcpy(r.end, "</s>");
    strcpy(r.padding, "<pad>");
    *s = (sentencepiece){
        .unknown = -1, .dummy = true, .trim = true, .escape = true, .least = FLT_MAX};
    strcpy(s->surface, " \xE2\x81\x87 ");
    while (!r.bad && r.memory && protobuf_next(&p, &f, &r.bad)) {
        if (f.kind != 2)
            continue;
        if (f.number == 1)
            take_piece(&r, f.bytes);
        if (f.number == 2)
            take_trainer(&r, f.bytes);
        if (f.number == 3)
            take_normalizer(&r, f.bytes);
    }
    ad_status status = finish(&r);
    if (status != AD_OK)
        sentencepiece_done(s);
    return status;
}
