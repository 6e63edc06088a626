/* A look at tags: how often each is there, and words that have none. */
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "encoder.h"
#include "message.h"
#include "text_tagged.h"

static bool are_tags(const ad_schema_field *f)
{
    return f->use == AD_USE_TARGET && f->meaning == AD_MEANS_TEXT && f->classes > 0;
}

/* The examples of a part that were looked at. */
static ad_status count_part(const looker *l, int part, const char *name, tally *seen,
                            int64_t *missing)
{
    const data_sample *s = &l->sample;
    text_reader r = {.source = NULL};
    const char *text, *from;
    int64_t size;
    ad_status status =
        text_reader_begin(&r, l->source[part], ad_source_find(l->source[part], name));
    for (int64_t i = s->first[part]; i < s->first[part + 1] && status == AD_OK; i++) {
        status = text_reader_read(&r, s->number[i], &text, &size);
        if (status == AD_OK && !tagged_count(text, (size_t)size, seen))
            status = message_no_memory();
        for (const char *p = text; status == AD_OK && (p = tagged_next(p, text + size, &from));)
            *missing += tagged_is_none(from, (size_t)(p - from));
    }
    text_reader_done(&r);
    return status;
}

static int64_t sum_of(const tally *t)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < t->words.count; i++)
        sum += t->count[i];
    return sum;
}

static int64_t times(const tally *t, const char *tag, size_t size)
{
    int32_t at = vocabulary_find(&t->words, tag, size);
    return at < 0 ? 0 : t->count[at];
}

/* All parts of the tally in the place of what was said of the column as a text. */
static bool keep(ad_look_column *c, const tally *part, const tally *all)
{
    int32_t count, *order = tally_order(all, 1, &count);
    for (int i = 0; i < c->values; i++)
        free(c->value[i].name);
    free(c->value);
    c->values = 0, c->bins = 0;
    c->kind = AD_LOOK_CLASS;
    c->different = all->words.count;
    int most = count < AD_LOOK_TOP ? count : AD_LOOK_TOP;
    c->value = calloc((size_t)most + 1, sizeof *c->value);
    bool good = order && c->value;
    for (int i = 0; good && i < most; i++) {
        size_t size;
        const char *tag = vocabulary_text(&all->words, order[i], &size);
        good = (c->value[c->values].name = text_copy_bytes(tag, size)) != NULL;
        for (int p = 0; good && p < AD_LOOK_PARTS; p++)
            c->value[c->values].count[p] = times(&part[p], tag, size);
        c->values += good;
    }
    free(order);
    return good;
}

static bool add_all(tally *all, const tally *part)
{
    bool good = true;
    for (int32_t i = 0; i < part->words.count && good; i++) {
        size_t size;
        const char *tag = vocabulary_text(&part->words, i, &size);
        good = tally_add(all, tag, size, part->count[i]);
    }
    return good;
}

static ad_status look_at(looker *l, ad_look_column *c)
{
    tally part[AD_LOOK_PARTS] = {{.room = 0}}, all = {.room = 0};
    ad_status status = AD_OK;
    for (int p = 0; p < AD_LOOK_PARTS && status == AD_OK; p++) {
        c->missing[p] = 0;
        if (l->source[p])
            status = count_part(l, p, c->field->name, &part[p], &c->missing[p]);
        c->present[p] = sum_of(&part[p]);
        if (status == AD_OK && !add_all(&all, &part[p]))
            status = message_no_memory();
    }
    if (status == AD_OK && !keep(c, part, &all))
        status = message_no_memory();
    for (int p = 0; p < AD_LOOK_PARTS; p++)
        tally_done(&part[p]);
    tally_done(&all);
    return status;
}

ad_status data_tags(looker *l)
{
    int target = data_target(l);
    return target >= 0 && are_tags(l->sample.column[target].field)
               ? look_at(l, data_look_column(l, target))
               : AD_OK;
}
