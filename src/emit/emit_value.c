/* Where the values of a schedule lie in the printed program. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "emit/emit.h"
#include "op/scan.h"

const char *emit_name(const struct emit *e, int value)
{
    return e->frame->value_name[value];
}

struct phrase emit_item(const struct emit *e, const struct view *v, const char *const *name)
{
    struct phrase at = emit_sum(v->offset, v->stride, name, v->shape.rank);
    return emit_phrase("%s[%s]", emit_name(e, v->value), at.text);
}

size_t emit_place(const struct frame *f, int value)
{
    const struct value *v = &f->schedule->values[value];
    return v->kind == VALUE_FETCH ? f->fetch_place[v->number] : f->base[v->device] + v->place;
}

size_t emit_set_base(struct frame *f, const struct memory_sizes *sizes, size_t start)
{
    for (int i = 0; i < DEVICE_MAX; i++) {
        f->base[i] = start;
        start += sizes->arena[i];
    }
    return start;
}

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

size_t emit_scratch(struct emit *e, int64_t count, ad_type type)
{
    size_t place = e->top;
    e->top += rounded((size_t)count * ad_type_size(type));
    e->arena_bytes = e->top > e->arena_bytes ? e->top : e->arena_bytes;
    return place;
}

/* ---- constants */

static void print_constant(struct emit *e, const struct value *v, const char *name)
{
    int64_t count = shape_count(&v->shape);
    size_t size = ad_type_size(v->type);
    struct text *text = &e->constants;
    text_add(text, "static const %s %s[%" PRId64 "] = {", emit_type(v->type), name,
             count ? count : 1);
    for (int64_t i = 0; i < count; i++) {
        struct phrase item = emit_constant(v->type, (const char *)v->data + (size_t)i * size);
        text_add(text, "%s%s,", i % 8 ? " " : "\n    ", item.text);
    }
    text_add(text, count ? "\n};\n\n" : "0};\n\n");
}

/* ---- names */

static char *name_value(struct emit *e, const struct frame *f, int i, const char *const *feed_name,
                        const char *const *variable_name)
{
    const struct value *v = &f->schedule->values[i];
    switch (v->kind) {
    case VALUE_FEED:
        return emit_identifier(e, "feed", v->number, feed_name ? feed_name[v->number] : NULL);
    case VALUE_VARIABLE: return emit_identifier(e, "var", v->number, variable_name[v->number]);
    case VALUE_FETCH: return emit_identifier(e, "fetch", v->number, NULL);
    case VALUE_CONSTANT:
        return emit_identifier(e, arena_format(&e->arena, "%s_constant", f->name), i, NULL);
    default: return emit_identifier(e, "t", i, NULL);
    }
}

bool emit_begin_frame(struct emit *e, struct frame *f, const char *const *feed_name,
                      const char *const *variable_name)
{
    const struct schedule *s = f->schedule;
    f->value_name = arena_array(&e->arena, (size_t)s->value_count + 1, sizeof *f->value_name);
    f->fails = arena_array(&e->arena, (size_t)s->step_count + 1, sizeof *f->fails);
    f->takes_run = arena_array(&e->arena, (size_t)s->step_count + 1, sizeof *f->takes_run);
    bool ok = f->value_name && f->fails && f->takes_run;
    for (int i = 0; ok && i < s->value_count; i++) {
        ok = (f->value_name[i] = name_value(e, f, i, feed_name, variable_name)) != NULL;
        if (ok && s->values[i].kind == VALUE_CONSTANT)
            print_constant(e, &s->values[i], f->value_name[i]);
    }
    e->status = ok ? e->status : AD_ERROR_MEMORY;
    return ok;
}

/* ---- the arrays of a step */

enum use { UNUSED, READ, WRITTEN };

static void use(unsigned char *uses, int value, enum use how)
{
    if (value >= 0 && uses[value] < how)
        uses[value] = (unsigned char)how;
}

static void use_loop(struct emit *e, const struct loop *l, unsigned char *uses)
{
    const bool *live = emit_live(e, l);
    for (int i = 0; live && i < l->instructions; i++) {
        const struct loop_instruction *c = &l->instruction[i];
        bool memory = c->kind == LOOP_LOAD || c->kind == LOOP_STORE ||
                      c->kind == LOOP_PIECE_REDUCE || c->kind == LOOP_COLUMN_REDUCE;
        if (live[i] && memory)
            use(uses, l->operand[c->operand].value, c->kind == LOOP_LOAD ? READ : WRITTEN);
    }
}

static unsigned char *uses_of(struct emit *e, const struct step *step)
{
    unsigned char *uses = arena_alloc(&e->arena, (size_t)e->frame->schedule->value_count + 1);
    for (int i = 0; uses && step->node && i < step->node->in_count; i++)
        use(uses, step->in[i].value, READ);
    for (int i = 0; uses && step->node && i < step->node->out_count; i++)
        use(uses, step->out[i].value, WRITTEN);
    if (uses && step->loop)
        use_loop(e, step->loop, uses);
    return uses;
}

/* How the array begins: "const float *x = run->feed[0];". */
static struct phrase declaration(const struct emit *e, int i, enum use how)
{
    const struct value *v = &e->frame->schedule->values[i];
    const char *name = emit_name(e, i), *constant = how == READ ? "const " : "";
    struct phrase type = emit_phrase("%s%s", constant, emit_type(v->type));
    if (v->kind == VALUE_FEED)
        return emit_phrase("const %s *%s = run->feed[%d];", emit_type(v->type), name, v->number);
    if (v->kind == VALUE_VARIABLE)
        return emit_phrase("%s *%s = (%s *)(run->state + %zu);", type.text, name, type.text,
                           e->variable_offset[v->number]);
    if (v->kind == VALUE_FETCH && !e->frame->fetch_place)
        return emit_phrase("%s *%s = run->fetch[%d];", type.text, name, v->number);
    return emit_phrase("%s *%s = (%s *)(arena + %zu);", type.text, name, type.text,
                       emit_place(e->frame, i));
}

void emit_declare(struct emit *e, const struct step *step)
{
    const struct value *values = e->frame->schedule->values;
    unsigned char *uses = uses_of(e, step);
    if (!uses)
        e->status = AD_ERROR_MEMORY;
    for (int i = 0; uses && i < e->frame->schedule->value_count; i++)
        if (uses[i] && values[i].kind != VALUE_CONSTANT)
            emit_line(e, "%s /* %s */", declaration(e, i, (enum use)uses[i]).text,
                      emit_shape(&values[i].shape).text);
}

/* In memory of the caller: where it lies is known when the program runs. */
static bool given(const struct emit *e, const struct value *v)
{
    return v->kind == VALUE_FEED || v->kind == VALUE_VARIABLE ||
           (v->kind == VALUE_FETCH && !e->frame->fetch_place);
}

bool emit_needs_run(struct emit *e, const struct step *step)
{
    const struct schedule *s = e->frame->schedule;
    const unsigned char *uses = uses_of(e, step);
    bool needs = step->node && (step->node->op == &op_step || step->node->op == &op_scan);
    for (int i = 0; uses && i < s->value_count; i++)
        needs |= uses[i] && given(e, &s->values[i]);
    const bool *live = step->loop ? emit_live(e, step->loop) : NULL;
    for (int i = 0; live && i < step->loop->instructions; i++)
        needs |= live[i] && step->loop->instruction[i].kind == LOOP_RANDOM;
    return needs;
}
