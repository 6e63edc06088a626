/* Fitting: each step looks at what those before it make of the training part, once. */
#include "train/transform.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

/* ---- looking at the training part */

static ad_status see(const struct step *s, struct learner *const *learner, const struct flow *w,
                     int64_t first)
{
    for (int i = 0; i < s->parts; i++)
        TRY(learner_see(learner[i], &w->cells[s->part[i].from], first));
    return AD_OK;
}

/* Example by example: their lengths differ. */
static ad_status look_varying(const struct run *r, const struct step *s,
                              struct learner *const *learner)
{
    int64_t length[VARYING_MAX];
    for (int64_t i = 0; i < r->source->record.count; i++) {
        struct flow w;
        TRY(source_length(r->source, i, 0, length));
        TRY(flow_begin(r, &w, 1, length, NULL));
        ad_status status = flow_read(r, &w, &i, 1, 0, 0, NULL);
        if (status == AD_OK)
            status = see(s, learner, &w, i);
        flow_done(&w);
        TRY(status);
    }
    return AD_OK;
}

static ad_status look_fixed(const struct run *r, const struct step *s,
                            struct learner *const *learner)
{
    int64_t total = r->source->record.count;
    struct flow w;
    TRY(flow_begin(r, &w, total, NULL, NULL));
    size_t bytes = (size_t)w.most * sizeof(int64_t);
    int64_t *number = memory_alloc(memory_default(), bytes);
    ad_status status = number ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t first = 0; status == AD_OK && first < total; first += w.most) {
        int64_t count = total - first < w.most ? total - first : w.most;
        for (int64_t i = 0; i < count; i++)
            number[i] = first + i;
        status = flow_read(r, &w, number, count, 0, 0, NULL);
        if (status == AD_OK)
            status = see(s, learner, &w, first);
    }
    memory_free(memory_default(), number, bytes);
    flow_done(&w);
    return status;
}

static ad_status look(ad_transform *t, ad_source *train, const struct step *s,
                      struct learner *const *learner)
{
    struct run r;
    TRY(run_begin(&r, t, train));
    ad_status status = train->varying ? look_varying(&r, s, learner) : look_fixed(&r, s, learner);
    run_done(&r);
    for (int i = 0; status == AD_OK && i < s->parts; i++)
        status = learner_end(learner[i]);
    return status;
}

/* ---- learning */

/* l: NULL where nothing had to be seen. */
static ad_status learn_part(const ad_transform *t, const struct step *s, struct part *p,
                            const struct learner *l)
{
    static const struct stats nothing;
    const struct method *m = s->method;
    for (int64_t c = 0; c < p->channels && m->learn; c++)
        TRY(m->learn(s->options, t->slot[p->from].name, l ? learner_stats(l, c) : &nothing,
                     p->number + c * m->numbers));
    return AD_OK;
}

static ad_status learn_from(ad_transform *t, ad_source *train, const struct step *s, int looks,
                            struct learner **learner)
{
    for (int i = 0; i < s->parts; i++) {
        learner[i] = learner_new(t->slot[s->part[i].from].name, s->part[i].channels, looks);
        if (!learner[i])
            return AD_ERROR_MEMORY;
    }
    TRY(look(t, train, s, learner));
    for (int i = 0; i < s->parts; i++)
        TRY(learn_part(t, s, &s->part[i], learner[i]));
    return AD_OK;
}

static ad_status learn(ad_transform *t, ad_source *train)
{
    struct step *s = &t->step[t->steps - 1];
    int looks = s->method->looks ? s->method->looks(s->options) : 0;
    TRY(step_numbers_room(s));
    if (!looks) {
        for (int i = 0; i < s->parts; i++)
            TRY(learn_part(t, s, &s->part[i], NULL));
        return AD_OK;
    }
    size_t bytes = (size_t)s->parts * sizeof(struct learner *);
    struct learner **learner = memory_zeroed(memory_default(), bytes);
    ad_status status = learner ? learn_from(t, train, s, looks, learner) : AD_ERROR_MEMORY;
    for (int i = 0; learner && i < s->parts; i++)
        learner_free(learner[i]);
    memory_free(memory_default(), learner, bytes);
    return status;
}

/* ---- which fields a step takes */

static bool listed(const int *slot, int count, int one)
{
    for (int i = 0; i < count; i++)
        if (slot[i] == one)
            return true;
    return false;
}

static ad_status fail_unknown(const ad_transform *t, const char *method, const char *name)
{
    struct text list;
    char words[512];
    text_init_fixed(&list, words, sizeof words);
    for (int i = 0; i < t->currents; i++)
        text_add(&list, "%s%s", i ? ", " : "", t->slot[t->current[i]].name);
    return fail(AD_ERROR_ARGUMENT, "%s: there is no field \"%s\" (from); there are %s", method,
                name, words);
}

/* Adds the slots that a name or pattern means; a field that is there already only a name repeats.
 */
static ad_status resolve(const ad_transform *t, const char *method, const char *name, int *slot,
                         int *count)
{
    int exact = transform_find(t, name);
    if (exact >= 0) {
        if (listed(slot, *count, exact))
            return fail(AD_ERROR_ARGUMENT, "%s: field \"%s\" is taken twice (from)", method, name);
        slot[(*count)++] = exact;
        return AD_OK;
    }
    if (!strchr(name, '*'))
        return fail_unknown(t, method, name);
    for (int i = 0; i < t->currents; i++)
        if (text_matches(name, t->slot[t->current[i]].name) && !listed(slot, *count, t->current[i]))
            slot[(*count)++] = t->current[i];
    return AD_OK;
}

static ad_status fit_step(ad_transform *t, ad_source *train, const ad_transform_step *step)
{
    const struct method *m = transform_method(step->method);
    if (!m)
        return ad_error_status();
    size_t bytes = (size_t)t->currents * sizeof(int);
    int *slot = memory_zeroed(memory_default(), bytes), count = 0;
    ad_status status = slot ? AD_OK : AD_ERROR_MEMORY;
    for (int i = 0; status == AD_OK && step->from && step->from[i]; i++)
        status = resolve(t, m->record.name, step->from[i], slot, &count);
    if (status == AD_OK)
        status = transform_begin(t, m, step->options, slot, count, step->to);
    memory_free(memory_default(), slot, bytes);
    TRY(status);
    TRY(learn(t, train));
    return transform_end(t);
}

ad_status ad_transform_fit(ad_source *train, const ad_transform_step *step, int steps,
                           ad_transform **transform)
{
    *transform = NULL;
    TRY(source_check_numbered(train, "ad_transform_fit"));
    ad_transform *t = transform_new(train->record.field, train->record.fields);
    ad_status status = t ? AD_OK : ad_error_status();
    for (int i = 0; status == AD_OK && i < steps; i++)
        status = fit_step(t, train, &step[i]);
    if (status == AD_OK) {
        *transform = t;
        return AD_OK;
    }
    char words[ERROR_TEXT_MAX];
    error_copy(words, sizeof words);
    ad_transform_free(t);
    return fail(status, "%s", words);
}
