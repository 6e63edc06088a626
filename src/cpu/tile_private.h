/* What the files of the interpreter of fused loops (cpu/tile.c) share. */
#ifndef CPU_TILE_PRIVATE_H
#define CPU_TILE_PRIVATE_H

#include "core/order.h"
#include "cpu/native.h"
#include "cpu/tile.h"
#include "cpu/tile_table.h"
#include "op/reduce.h"

enum {
    TILE_STRETCHES = 3, /* operands of an instruction that may have to be spread over a tile */
    TILE_OPERANDS = LOOP_REGISTERS, /* as many as members of a loop may have */
    TILE_LANES = 16,                /* most elements of a vector */
    TILE_STRIP = 4 * TILE_LANES,    /* most elements of a strip */
    TILE_LANE_BYTES = AD_LANES * 8, /* of a row that is reduced */
    TILE_CACHE_LINE = 64,
};

/* Rows of a register that lie one after another; no distance, as those may be negative too. */
#define DENSE INT64_MIN

/* What an instruction reads: an array, or with step 0 one vector for all elements. */
struct side {
    const void *at;
    int64_t step;
    int64_t apart; /* from row to row: the number of columns, unless it is memory of an operand, or
                      one vector for each row */
};

/* Memory that will be needed in the next tile. */
struct ahead {
    char *at;
    int64_t bytes;
    int64_t below; /* from this tile to the one below it */
    bool written;
    int part; /* that asks for it; -1: none yet */
};

/* A register that is memory of an operand, and how far on it lies in the tile below. */
struct step {
    void **at;
    int64_t bytes;
};

/* Where a stage's pointer comes from, and how far it goes from row to row. */
struct spot {
    char **at;
    void *const *from;
    int64_t apart;
};

/* How a chain's stages were aimed. */
struct aimed {
    int spots;
    bool by_rows; /* rows are taken one by one */
    bool spreads; /* values of rows are spread over them, in each tile anew */
    bool streams; /* those that may write past the caches do */
};

/* What a call works on. */
struct tile {
    const struct tile_table *table;
    const struct loop_run *run;
    const struct loop *loop;
    int64_t row, rows, column, columns; /* of the tile */
    int64_t room;                       /* elements of a slot */
    int64_t wide, high;                 /* of tiles that are not at an edge */
    int64_t group;   /* rows that a span works on at once, where it takes parts in turns */
    bool whole;      /* a span goes through many rows, of which its own values have no copies */
    bool apart_rows; /* the call is for a part of each row */
    bool alone;      /* one tile is all */
    bool streams;    /* stages may write past the caches */
    char *slots, *periodic, *constants, *stretch, *lanes;
    struct stage *stage;
    struct spot *spot;
    void *home[LOOP_REGISTERS];    /* the register's own memory */
    void *at[LOOP_REGISTERS];      /* where it lies in this tile */
    int64_t apart[LOOP_REGISTERS]; /* from row to row of it there; DENSE: the number of columns */
    bool is_periodic[LOOP_REGISTERS];  /* loaded before the first tile */
    bool is_stretched[LOOP_REGISTERS]; /* by .stretch: done in this tile */
    bool in_place[TILE_OPERANDS];      /* the operand's memory may be the register */
    struct aimed aimed[LOOP_INSTRUCTIONS];
    int64_t aimed_rows, aimed_columns; /* of the tile that stages were aimed at last */
    struct ahead ahead[STAGE_ASKS];
    struct step step[TILE_OPERANDS];
    int aheads, steps;
    bool below; /* the tile is like the last one, and right below it */
};

static inline int64_t tile_apart(const struct tile *t, int reg)
{
    return t->apart[reg] == DENSE ? t->columns : t->apart[reg];
}

/* Elements, or rows, of a tile. */
static inline int64_t tile_count(const struct tile *t, enum loop_class class)
{
    return class == LOOP_ROW ? t->rows : t->rows * t->columns;
}

static inline const struct tile_real *tile_real(const struct tile_table *table, ad_type type)
{
    return type == AD_F32 ? table->f32 : table->f64;
}

/* Bytes of a vector for machine code; 0: none is made. */
static inline int tile_native_bytes(const struct tile_table *table)
{
#ifdef ADZE_HAVE_NATIVE
    return table->native_bytes;
#else
    (void)table;
    return 0;
#endif
}

/* The number of a reduction in tables. */
static inline int tile_reduction(const struct op *op)
{
    return (int)reduction_of(op);
}

/* ---- chains (cpu/tile_chain.c) */

void tile_choose_stages(const struct tile_table *table, struct loop *l);
size_t tile_stage_bytes(const struct loop *l);
size_t tile_spot_bytes(const struct loop *l);
/* Whether rows are taken one by one, in whole strips; else values of a row are in every element. */
bool tile_has_strips(const struct tile_table *table, ad_type type, int64_t columns);
/* Lanes of a row that is reduced, which stay where they are, and the ends of chains; the rest comes
 * with aiming. */
void tile_place_stages(const struct tile *t);
void tile_run_chain(struct tile *t, const struct loop_part *part);
/* Parts that one function goes through row by row. */
void tile_run_span(struct tile *t, const struct loop_part *first);

/* ---- registers and memory of operands (cpu/tile_memory.c) */

/* Offset of a row or a column: positions along some axes times their strides. */
int64_t tile_offset(const struct loop *l, const int64_t *stride, int first, int end,
                    int64_t position);
/* Tiles have whole rows of one axis: from row to row memory goes one stride on. */
static inline bool tile_rows_even(const struct loop *l)
{
    return l->column_dims == 1 && l->block > 0;
}
/* Whether a loop is a copy, and that of a part of its space. */
bool tile_copies(const struct loop *l);
void tile_copy(const struct loop_run *run, int64_t row, int64_t rows, int64_t column,
               int64_t columns);
bool tile_can_repeat(const struct loop *l, const struct loop_instruction *i);
void tile_find_in_place(struct tile *t);
/* Whether results go where something is read: there they are in the nearest cache already. */
bool tile_overwrites(const struct tile *t);
/* Whether all values of elements that are loaded or stored lie in memory in rows, however many, and
 * no others are stored there, which would have to be spread first. */
bool tile_lies_by_rows(const struct tile *t);
/* Whether rows would be taken one by one in any case, as they do not lie one after another or have
 * values of their own. */
bool tile_wants_rows(const struct tile *t, int64_t columns);
/* Before the first tile, and that of each block of rows: operands that are the same for all rows;
 * of long ones, and where a span goes through all rows, one row, and that where it lies if it can
 * be. */
void tile_repeat_rows(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns);
/* Whether the tile is like the last one and right below it, and then where things lie; else results
 * that are computed right into memory, from now on. */
void tile_begin(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns);
/* What no chain asked for is, and where registers will lie in a tile below is noted. */
void tile_end(struct tile *t);
void tile_load(struct tile *t, const struct loop_instruction *i, enum loop_class class);
void tile_store(const struct tile *t, const struct loop_instruction *i);

/* ---- other instructions (cpu/tile_values.c) */

/* Values of rows for each element. */
void tile_spread(const struct tile_table *table, ad_type type, int64_t rows, int64_t columns,
                 const void *from, void *to);
void *tile_stretch_at(const struct tile *t, int place);
/* A register as an array for an instruction that works on each element, or on each row. */
struct side tile_array(const struct tile *t, int reg, enum loop_class class, int place);
void tile_execute(struct tile *t, const struct loop_instruction *i);

/* ---- whole numbers (cpu/tile_whole.c): sums wrap around, so any order gives the same */

void tile_whole_row(ad_type type, int how, const void *in, int64_t n, void *out);
void tile_whole_columns(ad_type type, int how, bool first, const void *in, void *out, int64_t n);

#endif
