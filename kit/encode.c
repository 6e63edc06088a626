/* Encoders and the sources made by them.  What a text becomes is known only when it is encoded, so
 * tokens are made once and kept; features of sounds are made whenever they are read. */
#include <adze/encode.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "image_source.h"
#include "message.h"
#include "suggest.h"
#include "text.h"

#define ENCODER(name) extern const ad_encoder_record encoder_##name;
#include "sound_encoders.def"
#include "text_encoders.def"
#undef ENCODER
#define ENCODER(name) &encoder_##name,
static const ad_encoder_record *const texts[] = {
#include "text_encoders.def"
};
static const ad_encoder_record *const sounds[] = {
#include "sound_encoders.def"
};
#undef ENCODER

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

const ad_record *ad_text_encoder_at(int i)
{
    return i >= 0 && i < COUNT(texts) ? &texts[i]->record : NULL;
}

const ad_record *ad_sound_encoder_at(int i)
{
    return i >= 0 && i < COUNT(sounds) ? &sounds[i]->record : NULL;
}

const ad_record *ad_encoder_at(int i)
{
    return i < COUNT(texts) ? ad_text_encoder_at(i) : ad_sound_encoder_at(i - COUNT(texts));
}

struct ad_encoder {
    const ad_encoder_record *kind;
    void *fitted;
    atomic_int holders;
};

static const ad_encoder_record *find_kind(const char *name)
{
    const ad_record *record = ad_record_find(ad_encoder_at, name);
    if (record)
        return (const ad_encoder_record *)record;
    suggest near = {.wrong = name};
    for (int i = 0; ad_encoder_at(i); i++)
        suggest_try(&near, ad_encoder_at(i)->name, ad_encoder_at(i)->also);
    message_fail(AD_ERROR_ARGUMENT, "no encoder is called '%s'\n  %s%s\n", name,
                 near.best ? "did you mean " : "`adze encoders` lists them",
                 near.best ? near.best : "");
    return NULL;
}

/* Takes fitted. */
static ad_status new_encoder(const ad_encoder_record *kind, void *fitted, ad_encoder **encoder)
{
    *encoder = malloc(sizeof **encoder);
    if (!*encoder) {
        kind->free(fitted);
        return message_no_memory();
    }
    (*encoder)->kind = kind;
    (*encoder)->fitted = fitted;
    atomic_init(&(*encoder)->holders, 1);
    return AD_OK;
}

static const char *meant(ad_meaning takes)
{
    return takes == AD_MEANS_TEXT ? "a text" : "a sound";
}

/* The number of the field, which has to be what the kind takes; -1 with words. */
static int find_field(const ad_encoder_record *kind, const ad_source *source, const char *name)
{
    const ad_source_field *field;
    int at = ad_source_find(source, name);
    ad_source_fields(source, &field);
    ad_type type = kind->takes == AD_MEANS_TEXT ? AD_U8 : AD_F32;
    if (at >= 0 && field[at].type == type && field[at].shape.rank == 1 &&
        field[at].shape.size[0] == AD_VARYING)
        return at;
    message_fail(AD_ERROR_ARGUMENT,
                 "%s: field %s is not %s, and %s takes one\n  name a field of %s\n",
                 at < 0 ? "the data" : "the source", name, meant(kind->takes), kind->record.name,
                 meant(kind->takes));
    return -1;
}

ad_status ad_encoder_fit(const char *name, const void *options, ad_source *train, const char *field,
                         const ad_schema_field *about, ad_encoder **encoder)
{
    const ad_encoder_record *kind = find_kind(name);
    void *fitted = NULL;
    *encoder = NULL;
    int at = kind ? find_field(kind, train, field) : -1;
    if (at < 0)
        return AD_ERROR_ARGUMENT;
    ad_status status =
        kind->fit(options ? options : kind->record.initial, about, train, at, &fitted);
    return status == AD_OK ? new_encoder(kind, fitted, encoder) : status;
}

void ad_encoder_free(ad_encoder *encoder)
{
    if (!encoder || atomic_fetch_sub(&encoder->holders, 1) > 1)
        return;
    encoder->kind->free(encoder->fitted);
    free(encoder);
}

const ad_encoder_record *ad_encoder_kind(const ad_encoder *encoder)
{
    return encoder->kind;
}

void ad_encoder_about(const ad_encoder *encoder, ad_encoded *about)
{
    encoder->kind->about(encoder->fitted, about);
}

ad_status ad_encoder_encode(const ad_encoder *encoder, const void *in, int64_t size, void **out,
                            int64_t *steps)
{
    return encoder->kind->encode(encoder->fitted, in, size, out, steps);
}

char *ad_encoder_decode(const ad_encoder *encoder, const int32_t *token, int64_t count)
{
    if (encoder->kind->decode)
        return encoder->kind->decode(encoder->fitted, token, count);
    message_fail(AD_ERROR_ARGUMENT,
                 "%s makes no tokens, so there is no text of them\n  ask an encoder of texts\n",
                 encoder->kind->record.name);
    return NULL;
}

int32_t ad_encoder_special(const ad_encoder *encoder, ad_special which)
{
    const ad_encoder_record *kind = encoder->kind;
    if (kind->special)
        return kind->special(encoder->fitted, which);
    return kind->takes == AD_MEANS_TEXT && which == AD_SPECIAL_PADDING ? 0 : -1;
}

/* ---------------------------------------------------------------- as text */

char *ad_encoder_text(const ad_encoder *encoder)
{
    char *own = encoder->kind->text(encoder->fitted);
    char *text = own ? text_format("encoder %s\n%s", encoder->kind->record.name, own) : NULL;
    free(own);
    return text;
}

/* Of what was read: special tokens are tokens that it has. */
static ad_status check_specials(ad_encoder **encoder)
{
    ad_encoded about;
    ad_encoder_about(*encoder, &about);
    for (int i = AD_SPECIAL_PADDING; i <= AD_SPECIAL_MASK; i++) {
        int32_t token = ad_encoder_special(*encoder, (ad_special)i);
        if (token < 0 || token < about.classes)
            continue;
        ad_encoder_free(*encoder);
        *encoder = NULL;
        return message_fail(AD_ERROR_FORMAT,
                            "the text of an encoder says that token %d is a special one, and has "
                            "%lld tokens\n  give what ad_encoder_text wrote\n",
                            (int)token, (long long)about.classes);
    }
    return AD_OK;
}

ad_status ad_encoder_read(const char *text, size_t size, ad_encoder **encoder)
{
    static const char begin[] = "encoder ";
    enum { BEGIN = sizeof begin - 1, NAME = 64 };
    char name[NAME];
    *encoder = NULL;
    const char *end = size > BEGIN && memcmp(text, begin, BEGIN) == 0
                          ? memchr(text + BEGIN, '\n', size - BEGIN)
                          : NULL;
    size_t length = end ? (size_t)(end - text) - BEGIN : NAME;
    if (length >= NAME)
        return message_fail(AD_ERROR_FORMAT, "this is no text of an encoder\n  give what "
                                             "ad_encoder_text wrote\n");
    memcpy(name, text + BEGIN, length);
    name[length] = 0;
    const ad_encoder_record *kind = find_kind(name);
    void *fitted = NULL;
    if (!kind)
        return AD_ERROR_FORMAT;
    ad_status status = kind->read(end + 1, size - BEGIN - length - 1, &fitted);
    status = status == AD_OK ? new_encoder(kind, fitted, encoder) : status;
    return status == AD_OK && kind->takes == AD_MEANS_TEXT ? check_specials(encoder) : status;
}

/* ---------------------------------------------------------------- sources */

typedef struct encoded {
    ad_encoder *encoder;
    ad_encoded about;
    ad_source *base;
    const ad_source_field *before; /* the base's */
    int fields, field;
    int varies_before; /* which of the base's varying fields this one is */
    int varying;       /* fields of the base that vary */
    /* kept tokens: those of example i begin at start[i]; u16 where there are no more classes */
    int64_t *start;
    void *token;
    size_t width; /* bytes of each */
    int32_t padding;
} encoded;

static void encoded_free(void *user)
{
    encoded *e = user;
    ad_encoder_free(e->encoder);
    ad_source_free(e->base);
    free(e->start);
    free(e->token);
    free(e);
}

static bool varies(const ad_source_field *f)
{
    return f->shape.rank > 0 && f->shape.size[0] == AD_VARYING;
}

static ad_status lengths_of(const encoded *e, int64_t number, uint64_t epoch, int64_t *length)
{
    return ad_source_length(e->base, number, epoch, length);
}

static size_t step_bytes(const encoded *e)
{
    return (e->about.type == AD_I32 ? sizeof(int32_t) : sizeof(float)) *
           (size_t)(e->about.width ? e->about.width : 1);
}

/* The example as the base has it, (1, shape...) each; unchanged fields at once where they belong.
 */
static ad_status read_base(const encoded *e, int64_t number, uint64_t epoch, const int64_t *length,
                           const ad_array *out, void *raw)
{
    ad_array *in = calloc((size_t)e->fields, sizeof *in);
    if (!in)
        return message_no_memory();
    for (int f = 0; f < e->fields; f++) {
        in[f] = out[f];
        if (f != e->field)
            continue;
        in[f] = (ad_array){.type = e->before[f].type, .data = raw};
        in[f].shape = (ad_shape){.rank = 2, .size = {1, length[e->varies_before]}};
    }
    ad_status status = ad_source_read(e->base, &number, 1, epoch, in);
    free(in);
    return status;
}

static const char *place_of(const encoded *e)
{
    return e->before[e->field].name;
}

/* Kept tokens of an example, cut or padded alike. */
static void put_tokens(const encoded *e, int64_t number, const ad_array *out)
{
    int64_t room = out->shape.size[1], first = e->start[number];
    int64_t taken = e->start[number + 1] - first;
    int32_t *to = out->data;
    taken = taken < room ? taken : room;
    if (e->width == sizeof(uint16_t)) {
        const uint16_t *token = (const uint16_t *)e->token + first;
        for (int64_t i = 0; i < taken; i++)
            to[i] = token[i];
    } else if (taken > 0) {
        memcpy(to, (const int32_t *)e->token + first, (size_t)taken * sizeof *to);
    }
    for (int64_t i = taken; i < room; i++)
        to[i] = e->padding;
}

/* Cut, or padded with zeros, to the steps that out has. */
static void put_steps(const encoded *e, const void *list, int64_t steps, const ad_array *out)
{
    int64_t room = out->shape.size[1], taken = steps < room ? steps : room;
    size_t each = step_bytes(e);
    if (taken > 0)
        memcpy(out->data, list, (size_t)taken * each);
    if (room > taken)
        memset((char *)out->data + (size_t)taken * each, 0, (size_t)(room - taken) * each);
}

static ad_status encode_into(const encoded *e, const void *raw, int64_t size, int64_t number,
                             const ad_array *out)
{
    if (e->start) {
        put_tokens(e, number, out);
        return AD_OK;
    }
    void *list = NULL;
    int64_t steps = 0;
    ad_status status = ad_encoder_encode(e->encoder, raw, size, &list, &steps);
    if (status == AD_OK)
        put_steps(e, list, steps, out);
    else
        status = ad_source_fail(status, "%s of example %lld: %s", place_of(e), (long long)number,
                                ad_kit_error());
    free(list);
    return status;
}

/* Example i of a batch's arrays, as (1, shape...). */
static void point(const encoded *e, const ad_array *into, int64_t i, ad_array *out)
{
    for (int f = 0; f < e->fields; f++) {
        out[f] = into[f];
        out[f].shape.size[0] = 1;
        out[f].data = (char *)into[f].data + (size_t)i * ad_array_bytes(&out[f]);
    }
}

static ad_status read_one(const encoded *e, int64_t number, uint64_t epoch, const ad_array *out,
                          int64_t *length)
{
    ad_status status = lengths_of(e, number, epoch, length);
    if (status != AD_OK)
        return status;
    int64_t size = length[e->varies_before];
    void *raw = malloc((size_t)size * (e->before[e->field].type == AD_U8 ? 1 : sizeof(float)) + 1);
    if (!raw)
        return ad_source_fail(AD_ERROR_MEMORY, "no memory for an example");
    status = read_base(e, number, epoch, length, out, raw);
    if (status == AD_OK)
        status = encode_into(e, raw, size, number, &out[e->field]);
    free(raw);
    return status;
}

static ad_status encoded_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                              ad_array *into)
{
    const encoded *e = user;
    ad_array *out = calloc((size_t)e->fields, sizeof *out);
    int64_t *length = calloc((size_t)e->varying + 1, sizeof *length);
    ad_status status =
        out && length ? AD_OK : ad_source_fail(AD_ERROR_MEMORY, "no memory for an example");
    for (int64_t i = 0; status == AD_OK && i < count; i++) {
        point(e, into, i, out);
        status = read_one(e, number[i], epoch, out, length);
    }
    free(length);
    free(out);
    return status;
}

/* Steps of an example whose field is not of one length. */
static int64_t steps_of(const encoded *e, int64_t number, int64_t size)
{
    return e->start ? e->start[number + 1] - e->start[number]
                    : e->encoder->kind->steps(e->encoder->fitted, size);
}

static ad_status encoded_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const encoded *e = user;
    int64_t *before = calloc((size_t)e->varying + 1, sizeof *before);
    if (!before)
        return ad_source_fail(AD_ERROR_MEMORY, "no memory for an example");
    ad_status status = lengths_of(e, number, epoch, before);
    for (int i = 0, to = 0; status == AD_OK && i < e->varying; i++) {
        bool own = i == e->varies_before;
        if (!own || e->about.steps == AD_VARYING)
            length[to++] = own ? steps_of(e, number, before[i]) : before[i];
    }
    free(before);
    return status;
}

/* ---------------------------------------------------------------- kept tokens */

/* Some examples that are encoded together, on all processors. */
enum { TOGETHER = 1024, RUN = 16 };

typedef struct keeping {
    encoded *e;
    int64_t first, count; /* of these examples */
    void *list[TOGETHER];
    int64_t steps[TOGETHER];
} keeping;

/* Examples RUN * i and those behind it. */
static ad_status encode_run(void *user, int64_t i)
{
    keeping *k = user;
    text_reader r;
    const char *text;
    int64_t size, end = (i + 1) * RUN < k->count ? (i + 1) * RUN : k->count;
    ad_status status = text_reader_begin(&r, k->e->base, k->e->field);
    for (int64_t n = i * RUN; n < end && status == AD_OK; n++) {
        status = text_reader_read(&r, k->first + n, &text, &size);
        if (status == AD_OK)
            status = ad_encoder_encode(k->e->encoder, text, size, &k->list[n], &k->steps[n]);
    }
    text_reader_done(&r);
    return status;
}

static bool add_tokens(encoded *e, int64_t *room, int64_t at, const int32_t *list, int64_t count)
{
    if (at + count > *room) {
        *room = (at + count) * 3 / 2 + 1024;
        void *grown = realloc(e->token, (size_t)*room * e->width);
        if (!grown)
            return false;
        e->token = grown;
    }
    if (e->width == sizeof(uint16_t)) {
        uint16_t *to = (uint16_t *)e->token + at;
        for (int64_t i = 0; i < count; i++)
            to[i] = (uint16_t)list[i];
    } else if (count > 0) {
        memcpy((int32_t *)e->token + at, list, (size_t)count * sizeof *list);
    }
    return true;
}

static ad_status keep_some(keeping *k, int64_t *room)
{
    bool bad[TOGETHER / RUN + 1];
    image_broken broken = {0};
    encoded *e = k->e;
    memset(k->list, 0, sizeof k->list);
    ad_status status = image_each((k->count + RUN - 1) / RUN, encode_run, k, bad, &broken);
    if (status == AD_OK && broken.count)
        status = message_fail(AD_ERROR_FORMAT, "%s", broken.words);
    free(broken.words);
    for (int64_t i = 0; i < k->count; i++) {
        int64_t at = e->start[k->first + i];
        if (status == AD_OK && !add_tokens(e, room, at, k->list[i], k->steps[i]))
            status = message_no_memory();
        e->start[k->first + i + 1] = at + (status == AD_OK ? k->steps[i] : 0);
        free(k->list[i]);
    }
    return status;
}

static ad_status keep_all(encoded *e)
{
    int64_t count = ad_source_count(e->base), room = 0;
    keeping *k = malloc(sizeof *k);
    e->start = calloc((size_t)count + 1, sizeof *e->start);
    e->width = e->about.classes <= 1 << 16 ? sizeof(uint16_t) : sizeof(int32_t);
    ad_status status = k && e->start ? AD_OK : message_no_memory();
    for (int64_t i = 0; i < count && status == AD_OK; i += TOGETHER) {
        k->e = e, k->first = i;
        k->count = count - i < TOGETHER ? count - i : TOGETHER;
        status = keep_some(k, &room);
    }
    free(k);
    return status;
}

/* ---------------------------------------------------------------- making them */

static void look_at_base(encoded *e)
{
    e->fields = ad_source_fields(e->base, &e->before);
    for (int f = 0; f < e->fields; f++) {
        if (f == e->field)
            e->varies_before = e->varying;
        e->varying += varies(&e->before[f]);
    }
}

static ad_source *source_of(encoded *e)
{
    ad_source_field *after = calloc((size_t)e->fields, sizeof *after);
    if (!after) {
        message_no_memory();
        return NULL;
    }
    memcpy(after, e->before, (size_t)e->fields * sizeof *after);
    after[e->field].type = e->about.type;
    after[e->field].shape =
        (ad_shape){.rank = e->about.width ? 2 : 1, .size = {e->about.steps, e->about.width}};
    bool open = e->varying > (e->about.steps == AD_VARYING ? 0 : 1);
    ad_source *made = ad_source_new(&(ad_source_record){.count = ad_source_count(e->base),
                                                        .field = after,
                                                        .fields = e->fields,
                                                        .read = encoded_read,
                                                        .length = open ? encoded_length : NULL,
                                                        .free = encoded_free,
                                                        .user = e,
                                                        .name = e->encoder->kind->record.name});
    free(after);
    if (!made)
        message_fail(ad_error_status(), "%s\n  look at the field\n", ad_error());
    return made;
}

ad_source *ad_encoder_source(ad_encoder *encoder, ad_source *source, const char *field)
{
    int at = find_field(encoder->kind, source, field);
    encoded *e = at >= 0 ? calloc(1, sizeof *e) : NULL;
    if (!e) {
        if (at >= 0)
            message_no_memory();
        return NULL;
    }
    e->encoder = encoder;
    atomic_fetch_add(&encoder->holders, 1);
    e->field = at;
    e->base = ad_source_joined(&source, 1); /* one holder more */
    ad_encoder_about(encoder, &e->about);
    e->padding = ad_encoder_special(encoder, AD_SPECIAL_PADDING);
    ad_status status = e->base ? AD_OK : message_no_memory();
    if (status == AD_OK)
        look_at_base(e);
    if (status == AD_OK && !encoder->kind->steps)
        status = keep_all(e);
    ad_source *made = status == AD_OK ? source_of(e) : NULL;
    if (!made)
        encoded_free(e);
    return made;
}
