/* A program as one C file. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "core/order.h"
#include "emit/emit.h"
#include "run/compiled.h"

enum { STATE_HEAD = 64 }; /* seed and step, in front of the variables */

struct printing {
    struct emit emit;
    ad_program *program;
    const char *prefix;
    struct work work;
    struct schedule schedule;
    struct frame frame;
    const char **feed_name, **variable_name;
    size_t *variable_offset, *fetch_place;
    size_t state_bytes;
    struct text file;
};

/* ---- what to print */

static ad_status build_schedule(struct printing *p)
{
    const ad_program *g = p->program;
    TRY(compiled_work(g, &g->last->sizes, g->fetches, &emit_backend, &p->work));
    struct schedule_request s = work_schedule(&p->work);
    s.backend = &emit_backend;
    s.no_fuse = g->off.no_fuse;
    return schedule_build(&p->schedule, &s);
}

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* The program reads or changes that variable. */
static bool touches(const struct printing *p, int variable)
{
    return p->work.variable[variable] || p->work.assigned[variable];
}

static const ad_tensor *variable(const struct printing *p, int number)
{
    return p->program->value[number]->variable;
}

static size_t tensor_bytes(const ad_tensor *t)
{
    return (size_t)shape_count(&t->shape) * ad_type_size(t->type);
}

static ad_status allocate(struct printing *p)
{
    struct arena *arena = &p->emit.arena;
    const struct work *w = &p->work;
    p->feed_name = arena_array(arena, (size_t)w->feeds + 1, sizeof *p->feed_name);
    p->variable_name = arena_array(arena, (size_t)w->variables + 1, sizeof *p->variable_name);
    p->variable_offset = arena_array(arena, (size_t)w->variables + 1, sizeof *p->variable_offset);
    p->fetch_place = arena_array(arena, (size_t)w->fetches + 1, sizeof *p->fetch_place);
    return p->feed_name && p->variable_name && p->variable_offset && p->fetch_place
               ? AD_OK
               : AD_ERROR_MEMORY;
}

/* The arena: values between steps, fetches, memory of single steps.  The state: seed, step,
 * variables. */
static ad_status lay_out(struct printing *p)
{
    const ad_program *g = p->program;
    struct memory_sizes sizes;
    TRY(allocate(p));
    if (!memory_plan(&p->schedule, g->off.no_plan, &sizes))
        return AD_ERROR_MEMORY;
    p->emit.top = rounded(emit_set_base(&p->frame, &sizes, 0));
    for (int i = 0; i < p->work.fetches; i++)
        p->fetch_place[i] = emit_scratch(&p->emit, (int64_t)tensor_bytes(p->work.fetch[i]), AD_U8);
    p->frame.scratch = p->emit.arena_bytes = p->emit.top;
    for (int i = 0; i < p->work.feeds; i++)
        p->feed_name[i] = g->feed[i]->name;
    p->state_bytes = STATE_HEAD;
    for (int i = 0; i < p->work.variables; i++) {
        p->variable_name[i] = variable(p, i)->name;
        p->variable_offset[i] = p->state_bytes;
        p->state_bytes += touches(p, i) ? rounded(tensor_bytes(variable(p, i))) : 0;
    }
    return AD_OK;
}

static ad_status print_steps(struct printing *p)
{
    struct emit *e = &p->emit;
    TRY(build_schedule(p));
    TRY(lay_out(p));
    p->frame.schedule = &p->schedule;
    p->frame.name = "step";
    p->frame.fetch_place = p->fetch_place;
    e->variable_offset = p->variable_offset;
    if (!emit_begin_frame(e, &p->frame, p->feed_name, p->variable_name))
        return AD_ERROR_MEMORY;
    emit_frame(e, &p->frame);
    return e->status;
}

/* ---- the head of the file */

/* " *   feeds[0] "image" f32 (8, 16, 16, 1)" */
static void print_end(struct printing *p, const char *what, int number, const ad_tensor *t,
                      const ad_shape *shape)
{
    text_add(&p->file, " *   %s[%d] ", what, number);
    if (t->name) {
        quote_comment(&p->file, t->name);
        text_add(&p->file, " ");
    }
    text_add(&p->file, "%s %s\n", ad_type_name(t->type), emit_shape(shape).text);
}

static const char head_form[] =
    "/* $1: a program printed by Adze $2.\n"
    " *\n"
    " * It stands alone: the C library is all it needs, and it allocates nothing.  Compile it "
    "without\n"
    " * contraction (-ffp-contract=off) to get the library's bits.\n"
    " *\n"
    " * The caller keeps the state: $1_state_bytes bytes, aligned to 64.  It begins with the seed\n"
    " * (uint64_t) and the step (int64_t), which $1_init sets and a training run counts up; only\n"
    " * random numbers and the step itself depend on them.  Variable i lies at "
    "$1_variable_offset[i],\n"
    " * $1_variable_bytes[i] long.  $1_init leaves the variables alone.\n"
    " *\n"
    " * $1_run returns 0, or OUT_OF_RANGE where an index or label is out of range; state and\n"
    " * fetches are then as before.  A fetch whose pointer is NULL is left out.  Runs share the "
    "memory\n"
    " * of this file: one at a time.\n"
    " *\n"
    " * Feeds and fetches are known by their number, which is their place in the lists that the\n"
    " * program was compiled with.  Names stand in quotes, what no comment takes as \\x and two\n"
    " * digits.\n"
    " *\n";

static void print_head(struct printing *p)
{
    const ad_program *g = p->program;
    emit_fill(&p->file, head_form, (const char *const[]){p->prefix, ad_version()});
    for (int i = 0; i < p->work.feeds; i++) {
        ad_shape shape = dim_shape_value(g->graph, &g->feed[i]->shape, &g->last->sizes);
        print_end(p, "feeds", i, g->feed[i], &shape);
    }
    for (int i = 0; i < p->work.fetches; i++)
        print_end(p, "fetches", i, g->fetch[i], &p->work.fetch[i]->shape);
    text_add(&p->file, " */\n");
}

static const char interface_form[] =
    "#include <math.h>\n"
    "#include <stddef.h>\n"
    "#include <stdint.h>\n"
    "#include <string.h>\n"
    "\n"
    "extern const size_t $1_state_bytes;\n"
    "extern const int $1_variable_count;\n"
    "extern const char *const $1_variable_name[];\n"
    "extern const char *const $1_variable_type[];\n"
    "extern const size_t $1_variable_offset[];\n"
    "extern const size_t $1_variable_bytes[];\n"
    "void $1_init(void *state, uint64_t seed, int64_t step);\n"
    "int $1_run(void *state, const void *const *feeds, void *const *fetches);\n"
    "\n"
    "/* How many terms a product adds up at once; lanes and pieces of sums over neighbours, blocks "
    "of\n"
    " * sums over rows.  They fix the order of every sum. */\n"
    "enum { CHUNK = $2, LANES = $3, PIECE = $4, BLOCK = $5 };\n"
    "\n"
    "enum { OUT_OF_RANGE = $6 };\n"
    "\n"
    "/* What the steps of a run see. */\n"
    "struct run {\n"
    "    unsigned char *state;\n"
    "    const void *const *feed;\n"
    "    void *const *fetch; /* of the body of a scan */\n"
    "    uint64_t seed;\n"
    "    uint32_t step;\n"
    "};\n"
    "\n"
    "/* GCC 12 loses what is stored by addresses that it makes of those of smaller elements, "
    "unless it\n"
    " * cannot see where they lie. */\n"
    "static _Alignas(64) unsigned char memory[$7];\n"
    "static unsigned char *const volatile arena = memory;\n"
    "\n";

static void print_interface(struct printing *p)
{
    size_t bytes = p->emit.arena_bytes ? p->emit.arena_bytes : 1;
    struct phrase chunk = emit_phrase("%d", AD_K_CHUNK), lanes = emit_phrase("%d", AD_LANES),
                  piece = emit_phrase("%d", AD_ROW_CHUNK);
    struct phrase block = emit_phrase("%d", AD_COLUMN_BLOCK),
                  range = emit_phrase("%d", AD_ERROR_RANGE), arena = emit_phrase("%zu", bytes);
    emit_fill(&p->file, interface_form,
              (const char *const[]){p->prefix, chunk.text, lanes.text, piece.text, block.text,
                                    range.text, arena.text});
}

/* ---- tables of variables */

/* One item for each variable that the program touches. */
static void print_item(struct printing *p, int table, int i)
{
    const ad_tensor *t = variable(p, i);
    struct text *text = &p->file;
    switch (table) {
    case 0:
        text_add(text, "    ");
        quote_c(text, t->name);
        text_add(text, ",\n");
        break;
    case 1: text_add(text, "    \"%s\",\n", ad_type_name(t->type)); break;
    case 2: text_add(text, "    %zu,\n", p->variable_offset[i]); break;
    default: text_add(text, "    %zu,\n", tensor_bytes(t)); break;
    }
}

static void print_tables(struct printing *p)
{
    static const char *const heads[] = {
        "const char *const %s_variable_name[] = {\n", "const char *const %s_variable_type[] = {\n",
        "const size_t %s_variable_offset[] = {\n", "const size_t %s_variable_bytes[] = {\n"};
    int count = 0;
    for (int i = 0; i < p->work.variables; i++)
        count += touches(p, i);
    text_add(&p->file, "const size_t %s_state_bytes = %zu;\n", p->prefix, p->state_bytes);
    text_add(&p->file, "const int %s_variable_count = %d;\n\n", p->prefix, count);
    for (int table = 0; table < 4; table++) {
        text_add(&p->file, heads[table], p->prefix);
        for (int i = 0; i < p->work.variables; i++)
            if (touches(p, i))
                print_item(p, table, i);
        text_add(&p->file, count ? "};\n\n" : "    0,\n};\n\n");
    }
}

/* ---- the calls */

static const char init_form[] =
    "void $1_init(void *state, uint64_t seed, int64_t step)\n"
    "{\n"
    "    memcpy(state, &seed, sizeof seed);\n"
    "    memcpy((unsigned char *)state + sizeof seed, &step, sizeof step);\n"
    "}\n"
    "\n"
    "int $1_run(void *state, const void *const *feeds, void *const *fetches)\n"
    "{\n"
    "    uint64_t seed;\n"
    "    int64_t step;\n"
    "    memcpy(&seed, state, sizeof seed);\n"
    "    memcpy(&step, (unsigned char *)state + sizeof seed, sizeof step);\n"
    "    const struct run run = {state, feeds, NULL, seed, (uint32_t)step};\n";

/* A name as it stands in a comment; "" without memory, and the printing fails. */
static const char *quoted(struct emit *e, const char *name)
{
    struct text text;
    text_init(&text, e->arena.allocator);
    quote_comment(&text, name);
    const char *copy = text.failed ? NULL : arena_text(&e->arena, text_string(&text));
    text_done(&text);
    e->steps.failed |= !copy;
    return copy ? copy : "";
}

static void print_updates(struct printing *p)
{
    struct emit *e = &p->emit;
    for (int i = 0; i < p->schedule.update_count; i++) {
        struct update u = p->schedule.updates[i];
        if (u.value < 0)
            continue;
        const struct value *v = &p->schedule.values[u.value];
        size_t place = emit_place(&p->frame, u.value);
        emit_line(e, "/* %s */", quoted(e, p->variable_name[u.variable]));
        emit_line(e, "memcpy((unsigned char *)state + %zu, arena + %zu, %zu);",
                  p->variable_offset[u.variable], place, v->bytes);
    }
}

static void print_fetches(struct printing *p)
{
    struct emit *e = &p->emit;
    for (int i = 0; i < p->work.fetches; i++) {
        const struct value *v = &p->schedule.values[p->schedule.fetches[i].value];
        emit_line(e, "if (fetches && fetches[%d])", i);
        emit_under(e, "memcpy(fetches[%d], arena + %zu, %zu);", i, p->fetch_place[v->number],
                   v->bytes);
    }
}

static bool frame_takes_run(const struct frame *f)
{
    for (int i = 0; i < f->schedule->step_count; i++)
        if (f->takes_run[i])
            return true;
    return false;
}

static void print_run(struct printing *p)
{
    struct emit *e = &p->emit;
    text_clear(&e->steps);
    e->depth = 1;
    emit_calls(e, &p->frame, "&run");
    print_updates(p);
    print_fetches(p);
    if (p->program->training) {
        emit_line(e, "step++;");
        emit_line(e, "memcpy((unsigned char *)state + sizeof seed, &step, sizeof step);");
    }
    if (!frame_takes_run(&p->frame))
        emit_line(e, "(void)run;");
    emit_line(e, "return 0;");
    emit_fill(&p->file, init_form, &p->prefix);
    text_add(&p->file, "%s}\n", text_string(&e->steps));
}

static const char title_form[] =
    "/* ---------------------------------------------------------------- %s */\n\n";

static ad_status print_file(struct printing *p)
{
    struct emit *e = &p->emit;
    print_head(p);
    print_interface(p);
    if (e->scalar) {
        text_add(&p->file, title_form, "functions of numbers, as in the library");
        emit_scalar_text(e, &p->file);
    }
    text_add(&p->file, "%s%s", text_string(&e->helpers), text_string(&e->constants));
    text_add(&p->file, title_form, "the steps of the program");
    text_add(&p->file, "%s", text_string(&e->steps));
    p->file.failed |= e->steps.failed; /* print_run begins that text anew */
    text_add(&p->file, title_form, "the state, and a run");
    print_tables(p);
    print_run(p);
    bool failed = p->file.failed || e->helpers.failed || e->constants.failed || e->steps.failed;
    return failed ? AD_ERROR_MEMORY : AD_OK;
}

/* ---- all of it */

static void begin(struct printing *p, const ad_allocator *allocator)
{
    struct emit *e = &p->emit;
    e->allocator = allocator;
    arena_init(&e->arena, allocator);
    text_init(&e->constants, allocator);
    text_init(&e->helpers, allocator);
    text_init(&e->steps, allocator);
    text_init(&p->file, allocator);
}

static void end(struct printing *p)
{
    struct emit *e = &p->emit;
    text_done(&e->constants);
    text_done(&e->helpers);
    text_done(&e->steps);
    text_done(&p->file);
    arena_done(&e->arena);
    if (p->schedule.allocator)
        schedule_done(&p->schedule);
    if (p->work.roots)
        work_done(&p->work);
}

const char *emit_program(ad_program *program, const char *prefix)
{
    const ad_allocator *allocator = &program->graph->context->allocator;
    struct printing p = {.program = program, .prefix = prefix};
    begin(&p, allocator);
    ad_status status = print_steps(&p);
    if (status == AD_OK)
        status = print_file(&p);
    if (status == AD_OK) {
        memory_free(allocator, program->c_text, program->c_size);
        program->c_text = p.file.data;
        program->c_size = p.file.capacity;
        text_init(&p.file, allocator);
    }
    end(&p);
    return status == AD_OK ? program->c_text : NULL;
}
