/* The times of a series, looked at once: in order, in even steps, with gaps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "times.h"

enum { PLACES = 3, BLOCK = 1024 };

/* The first few rows (from 0) of a kind, and how many there are. */
typedef struct places {
    int64_t row[PLACES], count;
} places;

typedef struct look {
    const char *name, *field;
    double *time;
    int64_t count;
    bool dated;
    time_step step;
    times_form form;
    places back, again, gap, uneven;
    double lacking; /* steps in gaps */
} look;

const ad_schema_field *times_field(const ad_schema *schema)
{
    for (int i = 0; i < schema->fields; i++)
        if (schema->field[i].meaning == AD_MEANS_TIME && schema->field[i].use == AD_USE_ID)
            return &schema->field[i];
    return NULL;
}

static ad_status read_times(look *l, ad_source *rows)
{
    int at = ad_source_find(rows, l->field);
    ad_batches *b = ad_batches_new(rows, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count; i++)
            l->time[batch.example[i]] = ad_array_item(&batch.array[at], i);
    ad_batches_free(b);
    return status == AD_OK ? AD_OK : message_fail(status, "%s\n", ad_error());
}

static void add_place(places *p, int64_t row)
{
    if (p->count < PLACES)
        p->row[p->count] = row;
    p->count++;
}

static void find_places(look *l)
{
    for (int64_t i = 1; i < l->count; i++) {
        double steps = times_between(l->time[i - 1], l->time[i], l->step);
        if (l->time[i] < l->time[i - 1])
            add_place(&l->back, i);
        else if (l->time[i] == l->time[i - 1])
            add_place(&l->again, i);
        else if (fabs(steps - 1) <= 1e-6)
            continue;
        else if (steps > 1 && fabs(steps - round(steps)) <= 1e-6 * steps)
            add_place(&l->gap, i), l->lacking += round(steps) - 1;
        else
            add_place(&l->uneven, i);
    }
}

static void say_rows(text_buffer *t, const look *l, const places *p)
{
    for (int64_t i = 0; i < p->count && i < PLACES; i++) {
        text_add_format(t, "%srow %lld (", i ? ", " : "", (long long)p->row[i] + 1);
        times_text(t, l->time[p->row[i]], l->form);
        text_add(t, ")");
    }
    text_add(t, p->count > PLACES ? "..." : "");
}

static ad_status fail_missing(const look *l)
{
    text_buffer t = {0};
    int64_t lacking = 0;
    text_add_format(&t, "%s: the time column '%s' lacks values: ", l->name, l->field);
    for (int64_t i = 0; i < l->count; i++)
        if (isnan(l->time[i]) && lacking++ < PLACES)
            text_add_format(&t, "%srow %lld", lacking > 1 ? ", " : "", (long long)i + 1);
    text_add(&t, lacking > PLACES ? "...\n" : "\n");
    text_add(&t, "  fill them in, or leave those rows out\n");
    return message_give(AD_ERROR_FORMAT, text_take(&t));
}

static ad_status fail_order(const look *l)
{
    text_buffer t = {0};
    text_add_format(&t, "%s: rows are not in the order of '%s': %lld come%s before the one above: ",
                    l->name, l->field, (long long)l->back.count, l->back.count == 1 ? "s" : "");
    say_rows(&t, l, &l->back);
    text_add_format(&t,
                    "\n  sort the file by '%s'; where it holds several series, give one of them\n",
                    l->field);
    return message_give(AD_ERROR_FORMAT, text_take(&t));
}

static void add_note(text_buffer *t, ad_schema *schema)
{
    t->failed = t->failed || !ad_schema_note(schema, "%s", text_words(t));
    t->size = 0;
}

static ad_status note(const look *l, ad_schema *schema)
{
    text_buffer t = {0};
    text_add_format(&t, "'%s' is the time: %lld row%s from ", l->field, (long long)l->count,
                    l->count == 1 ? "" : "s");
    times_text(&t, l->count ? l->time[0] : (double)NAN, l->form);
    text_add(&t, " to ");
    times_text(&t, l->count ? l->time[l->count - 1] : (double)NAN, l->form);
    if (l->count > 1) {
        text_add(&t, ", step ");
        times_step_text(&t, l->step, l->dated);
    }
    add_note(&t, schema);
    if (l->gap.count) {
        text_add_format(&t, "'%s' has %lld gap%s, %lld steps in all, before ", l->field,
                        (long long)l->gap.count, l->gap.count == 1 ? "" : "s",
                        (long long)l->lacking);
        say_rows(&t, l, &l->gap);
        text_add(&t, "; what counts rows runs over them");
        add_note(&t, schema);
    }
    if (l->uneven.count) {
        text_add_format(&t, "'%s' is irregular: %lld other step%s, before ", l->field,
                        (long long)l->uneven.count, l->uneven.count == 1 ? "" : "s");
        say_rows(&t, l, &l->uneven);
        add_note(&t, schema);
    }
    if (l->again.count) {
        text_add_format(&t, "'%s' is that of the row above in %lld row%s: ", l->field,
                        (long long)l->again.count, l->again.count == 1 ? "" : "s");
        say_rows(&t, l, &l->again);
        add_note(&t, schema);
    }
    bool memory = !t.failed;
    text_done(&t);
    return memory ? AD_OK : message_no_memory();
}

static ad_status look_through(look *l, ad_schema *schema, ad_source *rows)
{
    ad_status status = read_times(l, rows);
    for (int64_t i = 0; i < l->count && status == AD_OK; i++)
        if (isnan(l->time[i]))
            return fail_missing(l);
    if (status != AD_OK)
        return status;
    if (!times_step(l->time, l->count, l->dated, &l->step))
        return message_no_memory();
    l->form = times_form_of(l->time, l->count, l->dated, l->step);
    find_places(l);
    return l->back.count ? fail_order(l) : note(l, schema);
}

ad_status times_look(ad_schema *schema, const char *name, ad_source *rows)
{
    const ad_schema_field *f = times_field(schema);
    if (!f || !rows)
        return AD_OK;
    look l = {.name = name, .field = f->name, .count = ad_source_count(rows), .dated = f->rate > 0};
    l.time = malloc((size_t)(l.count + 1) * sizeof *l.time);
    ad_status status = l.time ? look_through(&l, schema, rows) : message_no_memory();
    free(l.time);
    return status;
}
