/* A scan as plain C: the functions of its body, and one that calls them for each step of time.
 *
 * The body reads its slices and writes its stacked results where they lie inside (batch, time,
 * ...). Carries live in two buffers that change places after every step. */
#include <inttypes.h>

#include "base/error.h"
#include "emit/emit.h"
#include "op/scan.h"
#include "pass/scan_body.h"
#include "pass/view.h"

struct scan_text {
    const struct step *step;
    const struct scan_attributes *a;
    int slices, carries, inputs; /* inputs of the node: slices, carries, captures */
    int64_t time;
    struct scan_body body;
    struct schedule schedule;
    struct frame frame;
    size_t *now, *next; /* places of the carries */
    bool fails;
};

/* ---- the body as a schedule */

static ad_status schedule(struct emit *e, struct scan_text *s)
{
    s->now = arena_array(&e->arena, (size_t)s->carries + 1, sizeof *s->now);
    s->next = arena_array(&e->arena, (size_t)s->carries + 1, sizeof *s->next);
    if (!s->now || !s->next)
        return AD_ERROR_MEMORY;
    TRY(scan_body_build(&s->body, &e->arena, s->step));
    s->body.request.backend = &emit_backend;
    return schedule_build(&s->schedule, &s->body.request);
}

/* Carries, then the values of the body, then memory of its steps. */
static ad_status place(struct emit *e, struct scan_text *s)
{
    struct memory_sizes sizes;
    if (!memory_plan(&s->schedule, false, &sizes))
        return AD_ERROR_MEMORY;
    for (int i = 0; i < s->carries; i++) {
        const ad_tensor *t = s->a->body->outputs[i];
        s->now[i] = emit_scratch(e, shape_count(&t->shape), t->type);
        s->next[i] = emit_scratch(e, shape_count(&t->shape), t->type);
    }
    size_t end = emit_set_base(&s->frame, &sizes, e->top);
    emit_scratch(e, (int64_t)(end - e->top), AD_U8);
    s->frame.scratch = e->top;
    return AD_OK;
}

static ad_status begin(struct emit *e, struct scan_text *s, int number)
{
    s->frame.name = arena_format(&e->arena, "%s_%d", e->frame->name, number);
    if (!s->frame.name)
        return AD_ERROR_MEMORY;
    TRY(schedule(e, s));
    s->frame.schedule = &s->schedule;
    TRY(place(e, s));
    if (!emit_begin_frame(e, &s->frame, NULL, NULL))
        return AD_ERROR_MEMORY;
    emit_frame(e, &s->frame);
    s->fails = e->status == AD_OK && emit_frame_fails(&s->frame);
    return e->status;
}

struct scan_text *emit_scan_begin(struct emit *e, const struct step *step, int number)
{
    struct scan_text *s = arena_alloc(&e->arena, sizeof *s);
    if (!s) {
        e->status = AD_ERROR_MEMORY;
        return NULL;
    }
    s->step = step;
    s->a = step->node->attributes;
    s->slices = (int)s->a->slices, s->carries = (int)s->a->carries;
    s->inputs = step->node->in_count;
    s->time = scan_body_time(step);
    e->status = begin(e, s, number);
    if (e->status == AD_OK)
        return s;
    emit_scan_end(e, s);
    return NULL;
}

bool emit_scan_fails(const struct scan_text *s)
{
    return s->fails;
}

void emit_scan_end(struct emit *e, struct scan_text *s)
{
    (void)e;
    if (s->schedule.allocator)
        schedule_done(&s->schedule);
    ad_graph_free(s->body.graph);
}

/* ---- the function */

static void declare_carries(struct emit *e, const struct scan_text *s)
{
    emit_line(e, "/* the carries, before and after a step */");
    for (int which = 0; which < 2; which++) {
        text_add(&e->steps, "    unsigned char *%s[] = {", which ? "next" : "now");
        for (int i = 0; i < s->carries; i++)
            text_add(&e->steps, "%sarena + %zu", i ? ", " : "", (which ? s->next : s->now)[i]);
        text_add(&e->steps, "};\n");
    }
}

static void copy_first(struct emit *e, const struct scan_text *s, int i)
{
    const struct view *v = &s->step->in[s->slices + i];
    struct view plain = view_whole(0, v->type, &v->shape);
    struct phrase to = emit_sum(0, plain.stride, emit_axis, v->shape.rank);
    emit_line(e, "%s *carry%d = (%s *)now[%d];", emit_type(v->type), i, emit_type(v->type), i);
    emit_nest(e, emit_axis, v->shape.size, v->shape.rank);
    emit_line(e, "carry%d[%s] = %s;", i, to.text, emit_item(e, v, emit_axis).text);
    emit_end(e);
}

/* &x[offset + t * stride] */
static void add_address(struct emit *e, const struct view *v, int axis)
{
    static const char *const t = "t";
    int64_t stride = axis >= 0 ? v->stride[axis] : 0;
    text_add(&e->steps, "&%s[%s]", emit_name(e, v->value),
             emit_sum(v->offset, &stride, &t, 1).text);
}

static void declare_ends(struct emit *e, const struct scan_text *s)
{
    text_add(&e->steps, "        const void *feed[] = {");
    for (int i = 0; i < s->inputs; i++) {
        text_add(&e->steps, i ? ", " : "");
        if (i >= s->slices && i < s->slices + s->carries)
            text_add(&e->steps, "now[%d]", i - s->slices);
        else
            add_address(e, &s->step->in[i], i < s->slices ? scan_body_axis(&s->step->in[i]) : -1);
    }
    text_add(&e->steps, "%s};\n        void *fetch[] = {", s->a->index ? ", &t" : "");
    for (int i = 0; i < s->carries; i++)
        text_add(&e->steps, "%snext[%d]", i ? ", " : "", i);
    for (int i = 0; i < s->body.stacks; i++) {
        text_add(&e->steps, i + s->carries ? ", " : "");
        add_address(e, &s->body.stack[i], scan_body_axis(&s->body.stack[i]));
    }
    text_add(&e->steps, s->body.request.fetches ? "};\n" : "NULL};\n");
}

static void swap_carries(struct emit *e, const struct scan_text *s)
{
    emit_open(e, "for (int i = 0; i < %d; i++) {", s->carries);
    emit_line(e, "unsigned char *const swap = now[i];");
    emit_line(e, "now[i] = next[i];");
    emit_line(e, "next[i] = swap;");
    emit_end(e);
}

static void copy_last(struct emit *e, const struct scan_text *s, int i)
{
    const struct view *v = &s->step->out[i];
    if (v->value < 0)
        return;
    struct view plain = view_whole(0, v->type, &v->shape);
    struct phrase from = emit_sum(0, plain.stride, emit_axis, v->shape.rank);
    emit_line(e, "const %s *last%d = (const %s *)now[%d];", emit_type(v->type), i,
              emit_type(v->type), i);
    emit_nest(e, emit_axis, v->shape.size, v->shape.rank);
    emit_line(e, "%s = last%d[%s];", emit_item(e, v, emit_axis).text, i, from.text);
    emit_end(e);
}

/* The text says t somewhere. */
static bool uses_time(const struct scan_text *s)
{
    bool uses = s->a->index || node_draws(s->step->node);
    for (int i = 0; i < s->slices; i++)
        uses |= s->step->in[i].stride[scan_body_axis(&s->step->in[i])] != 0;
    for (int i = 0; i < s->body.stacks; i++)
        uses |= s->body.stack[i].stride[scan_body_axis(&s->body.stack[i])] != 0;
    return uses;
}

void emit_scan_call(struct emit *e, struct scan_text *s)
{
    if (s->carries)
        declare_carries(e, s);
    for (int i = 0; i < s->carries; i++)
        copy_first(e, s, i);
    emit_open(e, "for (int64_t count = 0; count < %" PRId64 "; count++) {", s->time);
    emit_line(e,
              s->a->reverse ? "const int64_t t = %" PRId64 " - count;" : "const int64_t t = count;",
              s->time - 1);
    if (!uses_time(s))
        emit_line(e, "(void)t; /* every step does the same */");
    declare_ends(e, s);
    bool draws = node_draws(s->step->node);
    e->scalar |= draws;
    emit_line(e, "const struct run at = {run->state, feed, fetch, %s, run->step};",
              draws ? "scalar_step_seed(run->seed, t)" : "run->seed");
    emit_calls(e, &s->frame, "&at");
    if (s->carries)
        swap_carries(e, s);
    emit_end(e);
    for (int i = 0; i < s->carries; i++)
        copy_last(e, s, i);
}
