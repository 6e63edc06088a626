/* A source whose examples went through a transform. */
#include "base/error.h"
#include "base/memory.h"
#include "train/transform.h"

static void transformed_free(void *user)
{
    struct run *r = user;
    run_done(r);
    memory_free(memory_default(), r, sizeof *r);
}

static ad_status transformed_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                                  ad_array *into)
{
    const struct run *r = user;
    int64_t length[VARYING_MAX];
    struct flow w;
    if (r->source->varying)
        TRY(source_length(r->source, number[0], epoch, length));
    TRY(flow_begin(r, &w, count, length, into));
    ad_status status = AD_OK;
    for (int64_t first = 0; status == AD_OK && first < count; first += w.most) {
        int64_t some = count - first < w.most ? count - first : w.most;
        status = flow_read(r, &w, number + first, some, epoch, first, into);
    }
    flow_done(&w);
    return status;
}

static ad_status transformed_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const struct run *r = user;
    int64_t inner[VARYING_MAX];
    int varying = 0;
    TRY(source_length(r->source, number, epoch, inner));
    for (int f = 0; f < r->fields; f++)
        if (r->varies[f] >= 0)
            length[varying++] = inner[r->varies[f]];
    return AD_OK;
}

static ad_status transformed_next(void *user, ad_array *into, bool *end)
{
    const struct run *r = user;
    const ad_source_record *source = &r->source->record;
    struct flow w;
    TRY(flow_begin(r, &w, 1, NULL, into));
    flow_point(r, &w, 1, 0, into);
    ad_status status = source->next(source->user, w.inner, end);
    if (status == AD_OK && !*end)
        status = flow_steps(r, &w, NULL);
    flow_done(&w);
    return status;
}

static ad_status transformed_rewind(void *user, uint64_t epoch)
{
    const struct run *r = user;
    return r->source->record.rewind(r->source->record.user, epoch);
}

static ad_status check_given(const ad_transform *t, const ad_source *source)
{
    if (!t || !source)
        return fail(ad_error_status() == AD_OK ? AD_ERROR_ARGUMENT : ad_error_status(),
                    "ad_transform_source: the %s is NULL%s%s", t ? "source" : "transform",
                    *ad_error() ? ": " : "", ad_error());
    if (source->record.count < 0 && source->varying)
        return fail(AD_ERROR_UNSUPPORTED,
                    "ad_transform_source: %s is a stream with a field that varies",
                    source->record.name);
    return AD_OK;
}

ad_source *ad_transform_source(const ad_transform *transform, ad_source *source)
{
    if (check_given(transform, source) != AD_OK)
        return NULL;
    struct run *r = memory_alloc(memory_default(), sizeof *r);
    if (!r)
        return NULL;
    /* Held, and counts of what was not seen grow: all else stays as it is. */
    if (run_begin(r, (ad_transform *)(uintptr_t)transform, source) != AD_OK) {
        memory_free(memory_default(), r, sizeof *r);
        return NULL;
    }
    ad_source_record record = source_like(source);
    record.field = r->out, record.fields = r->fields, record.user = r;
    record.read = transformed_read, record.length = transformed_length;
    record.next = transformed_next, record.rewind = transformed_rewind;
    record.free = transformed_free;
    ad_source *s = ad_source_new(&record);
    if (!s)
        transformed_free(r);
    return s;
}
