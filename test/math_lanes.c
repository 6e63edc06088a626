/* Compiled once for each instruction set: the vector functions over arrays.  See math_lanes.h. */
#include "math_lanes.h"

#include "cpu/vector.h"
#include "cpu/random.inc"
#include "op/math.inc"
#include "math_lanes.inc"

#define REAL_F64
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/random.inc"
#include "math_lanes.inc"
#undef REAL_F64

#include "cpu/vector.h"
