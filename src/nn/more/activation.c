/* The records of functions of each element beyond the core. */
#include "nn/activation.h"

PLAIN(mish, "x tanh(log(1 + e^x))", NULL);
