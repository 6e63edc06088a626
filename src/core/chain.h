/* Chains of a fused loop (core/loop.h): finding them, and their stages. */
#ifndef CORE_CHAIN_H
#define CORE_CHAIN_H

#include "core/loop.h"

/* Puts loads between computations before them and stores behind, so that chains are long. */
void chain_order(struct loop *loop);
/* Fills .part, .stage and what belongs to them; lives of registers are known. */
void chain_parts(struct loop *loop);

#endif
