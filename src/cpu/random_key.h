/* What names a stream of random numbers. */
#ifndef CPU_RANDOM_KEY_H
#define CPU_RANDOM_KEY_H

#include <stdint.h>

struct random_key {
    uint64_t seed; /* with the stream: scalar_stream_key */
    uint32_t step, stream;
};

#endif
