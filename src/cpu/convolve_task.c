/* The tasks of a convolution: which of the ways convolve_plan.c has chosen. */

#include "cpu/convolve_private.h"

static void slide_groups(const struct slide *s)
{
    const struct convolve *c = s->run->convolve;
    if (c->plan.winograd.side)
        convolve_winograd_slide(s);
    else if (c->plan.depthwise)
        convolve_depthwise_slide(s);
    else
        for (int64_t group = 0; group < c->groups; group++)
            if (c->plan.across)
                convolve_across_group(s, group);
            else
                convolve_slide_group(s, group);
}

static void slide_one(const struct convolve_run *run, int64_t index, void *scratch)
{
    const struct convolve *c = run->convolve;
    struct slide s = convolve_slide_block(run, index, scratch);
    int64_t columns = c->groups > 1 ? c->filters : s.columns;
    if (c->groups > 1 && convolve_back(c))
        columns = c->channels;
    slide_groups(&s);
    bool placed = c->plan.through && !c->discard;
    if (placed && c->tail_in_place)
        convolve_slide_place(&s, columns);
    if (run->tail)
        run->tail(run->user, s.out, s.out_step, 0, s.first, s.rows, s.column, columns);
    if (placed && !c->tail_in_place)
        convolve_slide_place(&s, columns);
}

static void slide_task(const struct convolve_run *run, int task, void *scratch)
{
    const struct convolve_plan *plan = &run->convolve->plan;
    int64_t blocks = plan->row_blocks * plan->column_blocks, first = task * plan->blocks_a_task,
            end = smaller(first + plan->blocks_a_task, blocks);
    for (int64_t i = first; i < end; i++)
        slide_one(run, i, scratch);
}

static void weight_any(const struct convolve_run *run, enum contract_phase phase, int task,
                       void *scratch)
{
    const struct convolve_plan *plan = &run->convolve->plan;
    if (plan->winograd.side && phase == CONTRACT_PACK)
        convolve_winograd_part(run, task, scratch);
    else if (plan->winograd.side)
        convolve_winograd_total(run, task, scratch);
    else if (phase == CONTRACT_PACK && plan->depthwise)
        convolve_depthwise_part(run, task, scratch);
    else if (phase == CONTRACT_PACK)
        convolve_weight_part(run, task, scratch);
    else if (plan->depthwise)
        convolve_weight_total(run), convolve_depthwise_place(run);
    else if (plan->parted)
        convolve_weight_place_total(run, scratch);
    else
        convolve_weight_task(run, task, scratch);
}

void convolve_task(const struct convolve_run *run, enum contract_phase phase, int task,
                   void *scratch)
{
    if (run->convolve->kind == CONVOLVE_WEIGHT_GRADIENT)
        weight_any(run, phase, task, scratch);
    else if (phase == CONTRACT_MULTIPLY)
        slide_task(run, task, scratch);
    else if (run->convolve->plan.winograd.side)
        convolve_winograd_pack(run, task, scratch);
    else if (run->convolve->plan.depthwise)
        convolve_depthwise_pack(run);
    else
        convolve_slide_pack(run, task);
}
