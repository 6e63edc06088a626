/* Where an example of the test part comes from: a file, a line. */
#include <stdlib.h>
#include <string.h>

#include "page.h"

/* Only of a part that is the data's own: one that was cut off has other numbers. */
static void find_places(page *p)
{
    const ad_reader_record *reader = (const ad_reader_record *)p->config->data.record;
    page_places *l = &p->places;
    bool own = p->raw && !(p->data->cut & 1 << AD_PART_TEST);
    l->looked = true;
    if (!own || !reader || !reader->names ||
        reader->names(p->config->data.options, p->data->schema, AD_PART_TEST, &l->name,
                      &l->count) != AD_OK)
        return;
    if (l->count != ad_source_count(p->raw))
        page_places_done(l); /* some were left out: which, is not known */
    l->looked = true;
}

void page_places_done(page_places *l)
{
    for (int64_t i = 0; i < l->count; i++)
        free(l->name[i]);
    free(l->name);
    *l = (page_places){0};
}

void page_place(page *p, int64_t i)
{
    const page_places *l = &p->places;
    if (!l->looked)
        find_places(p);
    if (l->name && i < l->count) {
        const char *slash = strrchr(l->name[i], '/');
        markup_add(&p->t, slash ? slash + 1 : l->name[i]);
    } else {
        text_add_format(&p->t, "test example %lld", (long long)i + 1);
    }
}
