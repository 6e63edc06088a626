/* Time for measuring: seconds from some fixed point, never backwards. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

double clock_seconds(void);

#endif
