/* What attention does to its scores between products, as fused loops over (queries, keys) of one
 * head (core/loop.h), so that they are the instructions, and the bits, of the graph that attention
 * means. */
#ifndef CPU_ATTENTION_LOOP_H
#define CPU_ATTENTION_LOOP_H

#include "core/loop.h"

enum { ATTENTION_OPERANDS = 5, ATTENTION_REGISTERS = 20, ATTENTION_INSTRUCTIONS = 20 };

struct attention_loop {
    struct loop loop;
    struct loop_register reg[ATTENTION_REGISTERS];
    struct loop_operand operand[ATTENTION_OPERANDS];
    struct loop_instruction instruction[ATTENTION_INSTRUCTIONS];
    struct loop_part part[ATTENTION_INSTRUCTIONS + 1];
    struct loop_stage stage[ATTENTION_INSTRUCTIONS * STAGES_EACH + 1];
};

struct attention_scores {
    ad_type type;
    int64_t queries, keys, apart;
    double scale;
    bool causal, masked;
    int64_t mask_query, mask_key; /* strides */
};

/* p = softmax(scale s) over the keys in sight.  Operands: s, p, then mask if .masked, then if
 * .causal truths by key - query, the base at that of no difference. */
bool attention_loop_weights(struct attention_loop *l, const struct attention_scores *a);
/* ds = scale p (dp - sum(p dp)).  Operands: dp, p, ds, then as above; with neither mask nor causal
 * it is the same as long as all numbers are finite, since p is 0 out of sight. */
bool attention_loop_gradient(struct attention_loop *l, const struct attention_scores *a);

#endif
