/* Numbers within bounds. */
#include "random.h"

double random_between(random_state *r, double low, double high)
{
    return low + (high - low) * ((double)(random_next(r) >> 32) * 0x1p-32);
}
