/* The steps of a schedule as functions of the printed file. */
#include <string.h>

#include "base/error.h"
#include "emit/emit.h"
#include "op/convolution.h"
#include "op/gather.h"
#include "op/matmul.h"
#ifdef ADZE_EXTRAS
#include "op/more/along.h"
#endif
#include "op/pool.h"
#include "op/reduce.h"
#include "op/scan.h"
#include "op/shape.h"

/* ---- what can be printed */

typedef void printer(struct emit *e, const struct step *step);

static void emit_step_number(struct emit *e, const struct step *step)
{
    emit_line(e, "%s = run->step;", emit_item(e, &step->out[0], emit_axis).text);
}

struct printable {
    const struct op *op;
    printer *print;
    bool fails, takes_tail;
};

static const struct printable printables[] = {
    {&op_matmul, emit_matmul, false, true},
    {&op_matmul_nonzero, emit_matmul, false, false},
    {&op_convolution, emit_convolution, false, true},
    {&op_convolution_input, emit_convolution_input, false, true},
    {&op_convolution_weight, emit_convolution_weight, false, true},
    {&op_max_pool, emit_max_pool, false, false},
    {&op_max_pool_scatter, emit_max_pool_scatter, false, false},
    {&op_max_pool_take, emit_max_pool_take, false, false},
    {&op_average_pool, emit_average_pool, false, false},
    {&op_average_pool_gradient, emit_average_pool_gradient, false, false},
    {&op_sum, emit_reduce, false, false},
    {&op_max, emit_reduce, false, false},
    {&op_min, emit_reduce, false, false},
    {&op_argmax, emit_argmax, false, false},
    {&op_gather, emit_gather, true, false},
    {&op_scatter_add, emit_scatter_add, true, false},
    {&op_check_index, emit_check_index, true, false},
    {&op_concat, emit_concat, false, false},
    {&op_pad, emit_pad, false, false},
    {&op_spread, emit_spread, false, false},
    {&op_step, emit_step_number, false, false},
#ifdef ADZE_EXTRAS
    {&op_prod, emit_reduce, false, false},
    {&op_take_along, emit_take_along, true, false},
    {&op_scatter_along, emit_scatter_along, true, false},
    {&op_sort, emit_sort, false, false},
    {&op_cumsum, emit_scan_along, false, false},
    {&op_cumprod, emit_scan_along, false, false},
    {&op_recurrence, emit_scan_along, false, false},
    {&op_cummax, emit_scan_along, false, false},
#endif
};

static const struct printable *find(const struct op *op)
{
    for (size_t i = 0; i < sizeof printables / sizeof printables[0]; i++)
        if (printables[i].op == op)
            return &printables[i];
    return NULL;
}

static bool takes_tail(const struct node *node)
{
    const struct printable *p = find(node->op);
    return p && p->takes_tail && shape_count(&node->out[0].shape) > 0;
}

const struct backend emit_backend = {.name = "C", .takes_tail = takes_tail};

/* Types for storage have no form but bf16, and that as what f32 is rounded to. */
static bool in_storage(const struct step *step)
{
    const struct loop *l = step->loop;
    bool found = false;
    for (int i = 0; l && i < l->regs; i++)
        found |= l->reg[i].type > AD_BF16;
    for (int i = 0; l && i < l->instructions; i++) {
        const struct loop_instruction *code = &l->instruction[i];
        found |= code->kind == LOOP_CAST && l->reg[code->out].type == AD_BF16 &&
                 l->reg[code->in[0]].type != AD_F32;
    }
    for (int i = 0; step->node && i < step->node->out_count; i++)
        found |= step->node->out[i].type > AD_BF16;
    return found;
}

static ad_status check_printable(const struct step *step)
{
    const struct node *node = step->node;
    if (in_storage(step))
        return fail(AD_ERROR_UNSUPPORTED,
                    "ad_program_c: f16, i8, i16, u16, u32 and what is cast to "
                    "bf16 have no form in C; ad_cast outside of the program");
    if (!node || node->op == &op_scan || find(node->op))
        return AD_OK;
    const char *name = node->out_count && node->out[0].name ? node->out[0].name : node->op->name;
    return fail(AD_ERROR_UNSUPPORTED,
                "ad_program_c: '%s' is the result of op %s, which has no form in C; leave it out "
                "of the program that is printed",
                name, node->op->name);
}

/* ---- functions */

/* "step 3: matmul (64, 512), then add max".  Why a loop ended is a matter of the compiler's. */
static void print_note(struct emit *e, const struct frame *f, int number)
{
    char buffer[1000];
    struct text text;
    const struct step *step = &f->schedule->steps[number];
    const char *note = f->schedule->notes[number], *end = strstr(note, " | ");
    ad_shape space = {0};
    text_init_fixed(&text, buffer, sizeof buffer);
    if (!step->node)
        space.rank = step->loop->dims;
    for (int i = 0; i < space.rank; i++)
        space.size[i] = step->loop->extent[i];
    text_add(&text, "%s %d: %.*s", f->name, number, (int)(end ? end - note : 800), note);
    text_add(&text, step->node ? ", result %s" : ", over %s",
             emit_shape(step->node ? &step->node->out[0].shape : &space).text);
    emit_comment(e, buffer);
}

static void print_function(struct emit *e, struct frame *f, int number, struct scan_text *scan)
{
    const struct step *step = &f->schedule->steps[number];
    const struct printable *printable = step->node ? find(step->node->op) : NULL;
    f->fails[number] = scan ? emit_scan_fails(scan) : printable && printable->fails;
    f->takes_run[number] = emit_needs_run(e, step);
    print_note(e, f, number);
    emit_line(e, "static %s %s_%d(%s)", f->fails[number] ? "int" : "void", f->name, number,
              f->takes_run[number] ? "const struct run *run" : "void");
    emit_nest(e, NULL, NULL, 0);
    emit_declare(e, step);
    if (scan)
        emit_scan_call(e, scan);
    else if (printable)
        printable->print(e, step);
    if (step->loop)
        emit_loop(e, step->loop);
    if (f->fails[number])
        emit_line(e, "return 0;");
    emit_end(e);
    text_add(&e->steps, "\n");
}

static void print_step(struct emit *e, struct frame *f, int number)
{
    const struct step *step = &f->schedule->steps[number];
    struct scan_text *scan = NULL;
    e->top = f->scratch;
    e->status = check_printable(step);
    if (e->status == AD_OK && step->node && step->node->op == &op_scan) {
        scan = emit_scan_begin(e, step, number);
        e->frame = f;
        if (!scan)
            return;
    }
    if (e->status == AD_OK)
        print_function(e, f, number, scan);
    if (scan)
        emit_scan_end(e, scan);
}

void emit_frame(struct emit *e, struct frame *f)
{
    const struct frame *outer = e->frame;
    e->frame = f;
    for (int i = 0; e->status == AD_OK && i < f->schedule->step_count; i++)
        print_step(e, f, i);
    e->frame = outer;
}

bool emit_frame_fails(const struct frame *f)
{
    for (int i = 0; i < f->schedule->step_count; i++)
        if (f->fails[i])
            return true;
    return false;
}

void emit_calls(struct emit *e, const struct frame *f, const char *run)
{
    for (int i = 0; i < f->schedule->step_count; i++) {
        const char *argument = f->takes_run[i] ? run : "";
        if (!f->fails[i]) {
            emit_line(e, "%s_%d(%s);", f->name, i, argument);
            continue;
        }
        emit_line(e, "if (%s_%d(%s) != 0)", f->name, i, argument);
        emit_under(e, "return OUT_OF_RANGE;");
    }
}
