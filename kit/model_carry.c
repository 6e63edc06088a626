/* States of recurrent layers that go on from batch to batch: row i of every batch continues row i
 * of the batch before, or begins afresh where the feed `fresh` says so.  The states lie in a buffer
 * (streams, width) of the state, so that checkpoints hold them. */
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "option.h"

/* The recurrent layer's own options: the first member of its record's struct. */
static ad_recurrent_options *recurrent(void *options)
{
    return options;
}

static const char option_name[] = "carry";

bool carry_wanted(const ad_layer_record *record, const void *options)
{
    const ad_option *o = record_option(&record->record, option_name);
    return o && o->type == AD_OPTION_TRUTH && *(const bool *)((const char *)options + o->offset);
}

/* Number of the row that each example of the batch has in the buffer.  A batch of more examples
 * than there are streams is one that is measured, of which all are fresh. */
static ad_tensor *rows_of(ad_tensor *x, int64_t streams)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *range = (ad_range)(graph, AD_I32, ad_tensor_shape(x).size[0]);
    return (ad_minimum)(range, (ad_number)(graph, AD_I32, (double)(streams - 1)));
}

/* The states before the first step. */
static ad_tensor *before(const carry *c, ad_tensor *x, ad_tensor *buffer)
{
    ad_tensor *kept = (ad_gather)(buffer, rows_of(x, c->streams), 0);
    ad_tensor *zero = (ad_number)(ad_tensor_graph(x), ad_tensor_type(buffer), 0);
    ad_tensor *fresh =
        (ad_reshape)((ad_greater)(c->fresh, (ad_number)(ad_tensor_graph(x), AD_I32, 0)),
                     AD_SHAPE(ad_tensor_shape(x).size[0], 1));
    return (ad_stop_gradient)((ad_where)(fresh, zero, kept));
}

void carry_begin(carry *c, ad_tensor *x, const ad_layer_record *record, void *options)
{
    ad_recurrent_options *o = recurrent(options);
    ad_graph *graph = ad_tensor_graph(x);
    const ad_option *p = record_option(&record->record, "project");
    int64_t project = p ? *(const int64_t *)((const char *)options + p->offset) : 0;
    int64_t states = o->layers * (o->both ? 2 : 1);
    bool lstm = strcmp(record->record.name, "lstm") == 0;
    for (int i = 0; i < 1 + lstm; i++) {
        char name[64];
        int64_t width = states * (project && i == 0 ? project : o->width);
        snprintf(name, sizeof name, "carried%d.%s", c->count++, i ? "cell" : "state");
        c->buffer[i] =
            (ad_buffer)(graph, name,
                        (ad_full)(graph, ad_tensor_type(x), AD_SHAPE(c->streams, width), 0));
    }
    o->initial = before(c, x, c->buffer[0]);
    o->last = &c->last[0];
    if (lstm) {
        o->initial_cell = before(c, x, c->buffer[1]);
        o->last_cell = &c->last[1];
    }
    c->cells = 1 + lstm;
}

ad_tensor *carry_end(const carry *c, ad_tensor *x, ad_tensor *y)
{
    for (int i = 0; i < c->cells && !ad_tensor_error(y); i++) {
        ad_graph *graph = ad_tensor_graph(y);
        ad_tensor *none =
            (ad_full)(graph, ad_tensor_type(c->buffer[i]), ad_tensor_shape(c->buffer[i]), 0);
        ad_tensor *all = (ad_scatter_add)(none, rows_of(x, c->streams), c->last[i], 0);
        y = (ad_assign)(y, c->buffer[i], all);
    }
    return y;
}
