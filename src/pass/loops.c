/* A group of nodes as a struct loop.
 *
 * Members are gone through in order; each leaves one instruction and the register that holds its
 * result, and in front of it loads for those of its inputs that come from memory.  y = tanh(x w +
 * b) of (batch, 3), stored, is
 *
 *     r0 = load x, r1 = load w, r2 = mul r0 r1, r3 = load b, r4 = add r2 r3, r5 = tanh r4, store r5
 *
 * Operands are collected with strides over the axes of the space, and then neighbouring axes that
 * every operand crosses evenly are merged, so most loops end with one or two axes.
 *
 * The loop lies in the arena that is given.  NULL where there is no memory: a group of MEMBER_MAX
 * nodes always has room. */
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "core/order.h"
#include "op/random.h"
#include "op/range.h"
#include "op/row.h"
#include "pass/fusion.h"
#include "pass/view.h"

/* What is being made of a group.  The lists are long and hardly filled, so they lie behind what is
 * cleared. */
struct making {
    struct fusion *f;
    const struct group *group;
    int g;
    int row_dims;
    int regs, operands, instructions;
    int last_reduce; /* the number of the last instruction that reduces rows; 0: none yet */
    bool index_axis[LOOP_DIMS];
    bool failed;
    struct loop_register reg[LOOP_REGISTERS];
    struct loop_operand operand[OPERAND_MAX];
    struct loop_instruction code[LOOP_INSTRUCTIONS];
    struct view seen[OPERAND_MAX]; /* of the operand that a load reads */
    int loaded[OPERAND_MAX];       /* its register */
};

static struct making *making_new(const ad_allocator *allocator, const struct group *group,
                                 int row_dims)
{
    struct making *m = memory_alloc(allocator, sizeof *m);
    if (!m)
        return NULL;
    memset(m, 0, offsetof(struct making, reg));
    m->group = group;
    m->row_dims = row_dims;
    return m;
}

static int new_register(struct making *m, ad_type type, enum loop_class class)
{
    if (m->regs == LOOP_REGISTERS) {
        m->failed = true;
        return 0;
    }
    m->reg[m->regs] = (struct loop_register){.type = type, .class = class};
    return m->regs++;
}

static struct loop_instruction *emit(struct making *m, struct loop_instruction instruction)
{
    m->failed |= m->instructions == LOOP_INSTRUCTIONS;
    struct loop_instruction *at = &m->code[m->failed ? 0 : m->instructions++];
    *at = instruction;
    return at;
}

static int new_operand(struct making *m, int value, const struct view *v, bool written)
{
    if (m->operands == OPERAND_MAX) {
        m->failed = true;
        return 0;
    }
    struct loop_operand *o = &m->operand[m->operands];
    *o = (struct loop_operand){
        .value = value, .type = v->type, .offset = v->offset, .written = written};
    memcpy(o->stride, v->stride, sizeof o->stride[0] * (size_t)v->shape.rank);
    m->seen[m->operands] = *v;
    return m->operands++;
}

static int constant(struct making *m, ad_type type, double value)
{
    for (int i = 0; i < m->regs; i++)
        if (m->reg[i].class == LOOP_CONSTANT && m->reg[i].type == type &&
            !memcmp(&m->reg[i].constant, &value, sizeof value))
            return i;
    int r = new_register(m, type, LOOP_CONSTANT);
    m->reg[r].constant = value;
    return r;
}

/* One value for each row.  Where columns are not decided they will be the last axis, and what it
 * was merged with by strides that fit: 0 again. */
static bool columns_fixed(const struct making *m, const struct view *v)
{
    int first = m->group->column_dims < 0 ? v->shape.rank - 1 : m->row_dims;
    if (v->shape.rank == 0 || m->group->column_dims == 0)
        return false;
    for (int i = first; i < v->shape.rank; i++)
        if (v->stride[i])
            return false;
    return true;
}

static int load(struct making *m, const struct view *v, enum extent_class extent)
{
    for (int i = 0; i < m->operands; i++)
        if (!m->operand[i].written && !memcmp(&m->seen[i], v, sizeof *v))
            return m->loaded[i];
    int operand = new_operand(m, m->f->value[v->value], v, false);
    bool row = extent == EXTENT_ROW || columns_fixed(m, v);
    int r = new_register(m, v->type, row ? LOOP_ROW : LOOP_FULL);
    m->loaded[operand] = r;
    emit(m, (struct loop_instruction){
                .kind = LOOP_LOAD, .out = r, .in = {-1, -1, -1}, .operand = operand});
    return r;
}

/* Positions along an axis: what a view of a range holds. */
static int position(struct making *m, const struct view *v)
{
    int axis = -1;
    for (int i = 0; i < v->shape.rank; i++)
        axis = v->stride[i] ? i : axis;
    if (axis < 0)
        return constant(m, v->type, (double)v->offset);
    m->index_axis[axis] = true;
    int r = new_register(m, v->type,
                         m->group->column_dims > 0 && axis < m->row_dims ? LOOP_ROW : LOOP_FULL);
    emit(m, (struct loop_instruction){.kind = LOOP_INDEX,
                                      .out = r,
                                      .in = {-1, -1, -1},
                                      .axis = axis,
                                      .scale = v->stride[axis],
                                      .start = v->offset});
    return r;
}

static int random_numbers(struct making *m, const struct node *node)
{
    const struct uniform_attributes *u = node->attributes;
    const struct normal_attributes *n = node->attributes;
    bool uniform = node->op == &op_uniform;
    int r = new_register(m, node->out[0].type, LOOP_FULL);
    emit(m, (struct loop_instruction){.kind = LOOP_RANDOM,
                                      .op = node->op,
                                      .out = r,
                                      .in = {-1, -1, -1},
                                      .low = uniform ? u->low : n->mean,
                                      .high = uniform ? u->high : n->deviation,
                                      .stream = (uint64_t)(uniform ? u->stream : n->stream)});
    return r;
}

static int register_of(const struct making *m, int tensor)
{
    const struct made *made = &m->f->made[tensor];
    return made->loop == m->f->loops ? made->reg : -1;
}

static void set_register(const struct making *m, int tensor, int reg)
{
    m->f->made[tensor] = (struct made){m->f->loops, reg};
}

static int inline_value(struct making *m, const struct node *node, const struct view *v)
{
    if (node->op == &op_full)
        return constant(m, v->type, ((const struct full_attributes *)node->attributes)->value);
    if (node->op == &op_size) {
        const struct size_attributes *a = node->attributes;
        return constant(m, AD_I64, (double)node->in[0]->shape.size[a->axis]);
    }
    if (node->op == &op_range)
        return position(m, v);
    if (register_of(m, v->value) < 0)
        set_register(m, v->value, random_numbers(m, node));
    return register_of(m, v->value);
}

static const struct loop_instruction *maker_of(const struct making *m, int reg)
{
    for (int i = 0; i < m->instructions; i++)
        if (m->code[i].out == reg)
            return &m->code[i];
    return NULL;
}

/* Whether a value of each element was made before a row was reduced, by one cheap computation from
 * memory: to make it again takes less time than to keep it. */
static bool is_worth_again(const struct making *m, int reg)
{
    const struct loop_instruction *maker = maker_of(m, reg);
    if (!maker || m->reg[reg].class != LOOP_FULL || maker->kind != LOOP_COMPUTE ||
        (maker->op != &op_sub && maker->op != &op_mul && maker->op != &op_add) ||
        maker - m->code >= m->last_reduce)
        return false;
    for (int k = 0; k < 2; k++) {
        const struct loop_instruction *from = maker_of(m, maker->in[k]);
        if (m->reg[maker->in[k]].class == LOOP_FULL && (!from || from->kind != LOOP_LOAD))
            return false;
    }
    return true;
}

static int again(struct making *m, int reg)
{
    struct loop_instruction copy = *maker_of(m, reg);
    copy.out = new_register(m, m->reg[reg].type, LOOP_FULL);
    emit(m, copy);
    return copy.out;
}

/* The register that holds an input of a member. */
static int input(struct making *m, const struct node *node, int i, enum extent_class extent)
{
    ad_shape shape = fuse_reading_shape(m->f, node);
    struct view v = fuse_operand(m->f, node->in[i], &shape);
    const struct node *source = fuse_producer(m->f, &v);
    const struct node_info *info = &m->f->info[source->id];
    if (info->class == CLASS_INLINE)
        return inline_value(m, source, &v);
    if (info->group != m->g)
        return load(m, &v, extent);
    int reg = register_of(m, v.value);
    if (!m->f->stored[v.value] && is_worth_again(m, reg))
        set_register(m, v.value, again(m, reg));
    return register_of(m, v.value);
}

static enum loop_class class_of(const struct making *m, const int *in, int count)
{
    enum loop_class class = LOOP_CONSTANT;
    for (int i = 0; i < count; i++) {
        enum loop_class c = m->reg[in[i]].class;
        if (c == LOOP_FULL || (c == LOOP_ROW && class == LOOP_CONSTANT))
            class = c;
    }
    return class;
}

static void store_view(struct making *m, int r, int value, const struct view *v)
{
    struct view typed = *v;
    typed.type = m->reg[r].type;
    int operand = new_operand(m, value, &typed, true);
    m->loaded[operand] = r;
    emit(m, (struct loop_instruction){
                .kind = LOOP_STORE, .out = -1, .in = {r, -1, -1}, .operand = operand});
}

static void store(struct making *m, int r, int value, const ad_shape *shape)
{
    struct view v = view_whole(value, m->reg[r].type, shape);
    store_view(m, r, value, &v);
}

/* What a member gives, written where it is wanted: the tensor's own strides, unless the loop copies
 * it into another shape. */
static void store_result(struct making *m, const struct node *node, int r, enum extent_class extent)
{
    int tensor = tensor_number(m->f, &node->out[0]);
    set_register(m, tensor, r);
    if (!m->f->stored[tensor])
        return;
    ad_shape shape = m->group->space;
    if (extent == EXTENT_ROW)
        shape.rank = m->row_dims;
    struct view own = view_whole(0, m->f->view[tensor].type, &shape);
    if (shape_count(&shape) && !view_reshape(&m->f->view[tensor], &shape, &own))
        m->failed = true;
    store_view(m, r, m->f->value[tensor], &own);
}

/* A constant as a register of the space: what a loop that only fills memory stores. */
static void compute(struct making *m, const struct node *node)
{
    int in[3] = {-1, -1, -1};
    enum extent_class extent = m->f->info[node->id].extent;
    for (int i = 0; i < node->in_count; i++)
        in[i] = input(m, node, i, extent);
    enum loop_class class = class_of(m, in, node->in_count);
    if (class == LOOP_CONSTANT)
        class = extent == EXTENT_ROW ? LOOP_ROW : LOOP_FULL;
    int r = new_register(m, node->out[0].type, class);
    emit(m, (struct loop_instruction){.kind = node->op == &op_cast ? LOOP_CAST : LOOP_COMPUTE,
                                      .op = node->op,
                                      .out = r,
                                      .in = {in[0], in[1], in[2]}});
    store_result(m, node, r, extent);
}

static void reduce(struct making *m, const struct node *node)
{
    static const enum loop_kind kinds[] = {[REDUCE_ROW] = LOOP_ROW_REDUCE,
                                           [REDUCE_PIECE] = LOOP_PIECE_REDUCE,
                                           [REDUCE_COLUMN] = LOOP_COLUMN_REDUCE};
    const struct node_info *info = &m->f->info[node->id];
    int in = input(m, node, 0, EXTENT_FULL);
    struct loop_instruction code = {
        .kind = kinds[info->reduce], .op = node->op, .out = -1, .in = {in, -1, -1}};
    if (info->reduce == REDUCE_ROW) {
        code.out = new_register(m, node->out[0].type, LOOP_ROW);
        m->last_reduce = m->instructions;
        emit(m, code);
        store_result(m, node, code.out, EXTENT_ROW);
        return;
    }
    struct view nothing = {.type = node->out[0].type};
    code.operand = new_operand(m, m->f->partial[node->id], &nothing, true);
    emit(m, code);
}

/* A node that is memory only: an inline node on its own, or a copy into order. */
static void fill(struct making *m, const struct node *node)
{
    struct view own = view_squeeze(&m->f->view[tensor_number(m->f, &node->out[0])]);
    store_result(m, node, inline_value(m, node, &own), EXTENT_FULL);
}

static void member(struct making *m, const struct node *node)
{
    const struct node_info *info = &m->f->info[node->id];
    if (info->class == CLASS_REDUCE)
        reduce(m, node);
    else if (node->op->row || node->op == &op_cast)
        compute(m, node);
    else if (node->in_count && node->op != &op_size)
        store_result(m, node, input(m, node, 0, EXTENT_FULL), EXTENT_FULL);
    else
        fill(m, node);
}

/* ---- axes */

static bool even(const struct making *m, const struct loop *l, int axis)
{
    for (int i = 0; i < m->operands; i++)
        if (m->operand[i].stride[axis] != m->operand[i].stride[axis + 1] * l->extent[axis + 1])
            return false;
    return !m->index_axis[axis] && !m->index_axis[axis + 1];
}

static void merge(struct making *m, struct loop *l, int axis)
{
    l->extent[axis] *= l->extent[axis + 1];
    for (int i = 0; i < m->operands; i++) {
        int64_t *stride = m->operand[i].stride;
        stride[axis] = stride[axis + 1];
        memmove(&stride[axis + 1], &stride[axis + 2],
                sizeof *stride * (size_t)(l->dims - axis - 2));
    }
    memmove(&l->extent[axis + 1], &l->extent[axis + 2],
            sizeof *l->extent * (size_t)(l->dims - axis - 2));
    memmove(&m->index_axis[axis + 1], &m->index_axis[axis + 2],
            sizeof *m->index_axis * (size_t)(l->dims - axis - 2));
    for (int i = 0; i < m->instructions; i++)
        m->code[i].axis -= m->code[i].kind == LOOP_INDEX && m->code[i].axis > axis;
    l->dims--;
}

static void merge_axes(struct making *m, struct loop *l)
{
    int columns = m->group->column_dims;
    for (int axis = l->dims - 2; axis >= 0; axis--) {
        bool border = columns >= 0 && axis + 1 == l->dims - columns;
        if (border || !even(m, l, axis))
            continue;
        if (columns >= 0 && axis + 1 > l->dims - columns)
            columns--;
        merge(m, l, axis);
    }
    l->column_dims = columns >= 0 ? columns : l->dims > 0;
}

/* Cannot be: groups are no larger than what a loop holds. */
static struct loop *no_room(const struct making *m)
{
    fail(AD_ERROR_UNSUPPORTED,
         "internal: a loop of %d nodes has no room for its %d operands, %d registers and %d "
         "instructions; compiling with .off = {.no_fuse = true} makes small ones",
         m->group->members, m->operands, m->regs, m->instructions);
    return NULL;
}

static struct loop *finish(struct making *m, struct arena *arena)
{
    if (m->failed)
        return no_room(m);
    struct loop *l = arena_alloc(arena, sizeof *l);
    if (!l)
        return NULL;
    l->dims = m->group->space.rank;
    memcpy(l->extent, m->group->space.size, sizeof l->extent[0] * (size_t)l->dims);
    merge_axes(m, l);
    l->regs = m->regs, l->operands = m->operands, l->instructions = m->instructions;
    l->reg = arena_copy(arena, m->reg, sizeof *m->reg * (size_t)m->regs);
    l->operand = arena_copy(arena, m->operand, sizeof *m->operand * (size_t)m->operands);
    l->instruction = arena_copy(arena, m->code, sizeof *m->code * (size_t)m->instructions);
    l->part = arena_array(arena, (size_t)m->instructions + 1, sizeof *l->part);
    l->stage = arena_array(arena, (size_t)m->instructions * STAGES_EACH + 1, sizeof *l->stage);
    bool room = l->reg && l->operand && l->instruction && l->part && l->stage;
    if (!room)
        return NULL;
    return loop_finish(l) ? l : no_room(m);
}

static struct loop *make(struct making *m, struct arena *arena)
{
    m->f->loops++;
    for (int i = 0; i < m->group->members; i++)
        member(m, m->f->graph->nodes[m->group->member[i]]);
    return finish(m, arena);
}

static struct loop *make_so(struct fusion *f, struct arena *arena, const struct group *group, int g)
{
    const ad_allocator *allocator = arena->allocator;
    struct making *m = making_new(
        allocator, group, group->space.rank - (group->column_dims < 0 ? 0 : group->column_dims));
    if (!m)
        return NULL;
    m->f = f;
    m->g = g;
    struct loop *loop = make(m, arena);
    memory_free(allocator, m, sizeof *m);
    return loop;
}

/* A sum over all elements takes the rows that are left when axes are merged where they fill pieces,
 * and one long row else. */
struct loop *loops_make(struct fusion *f, struct arena *arena, const struct group *group)
{
    int g = (int)(group - f->group);
    struct loop *loop = make_so(f, arena, group, g);
    if (!loop || !group->has_total || group->column_dims >= 0 || loop->rows == 1 || loop->flat)
        return loop;
    struct group row = *group;
    row.column_dims = group->space.rank;
    return make_so(f, arena, &row, g);
}

struct loop *loops_copy(struct arena *arena, const struct view *from, const struct view *to)
{
    const ad_allocator *allocator = arena->allocator;
    struct view v = view_squeeze(from);
    struct group group = {.structural = -1, .space = v.shape, .column_dims = -1};
    struct making *m = making_new(allocator, &group, v.shape.rank);
    if (!m)
        return NULL;
    int operand = new_operand(m, from->value, &v, false), r = new_register(m, v.type, LOOP_FULL);
    emit(m, (struct loop_instruction){
                .kind = LOOP_LOAD, .out = r, .in = {-1, -1, -1}, .operand = operand});
    struct view out = view_squeeze(to);
    store_view(m, r, to->value, &out);
    struct loop *loop = finish(m, arena);
    memory_free(allocator, m, sizeof *m);
    return loop;
}

struct loop *loops_combine(struct arena *arena, const struct op *op, bool columns,
                           const struct view *from, int to)
{
    struct view nothing = {.type = from->type};
    struct group group = {
        .structural = -1, .space = from->shape, .column_dims = from->shape.rank - 1};
    const ad_allocator *allocator = arena->allocator;
    struct making *m = making_new(allocator, &group, 1);
    if (!m)
        return NULL;
    int operand = new_operand(m, from->value, from, false),
        r = new_register(m, from->type, LOOP_FULL);
    emit(m, (struct loop_instruction){
                .kind = LOOP_LOAD, .out = r, .in = {-1, -1, -1}, .operand = operand});
    struct loop_instruction code = {.kind = columns ? LOOP_COLUMN_REDUCE : LOOP_ROW_REDUCE,
                                    .op = op,
                                    .out = -1,
                                    .in = {r, -1, -1}};
    if (columns) {
        code.operand = new_operand(m, to, &nothing, true);
        emit(m, code);
    } else {
        code.out = new_register(m, from->type, LOOP_ROW);
        emit(m, code);
        store(m, code.out, to, &(ad_shape){1, {from->shape.size[0]}});
    }
    struct loop *loop = finish(m, arena);
    memory_free(allocator, m, sizeof *m);
    return loop;
}
