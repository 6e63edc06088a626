/* Arrays as they stand in files: any kind of number, either order of bytes and of axes. */
#ifndef ADZE_KIT_RAW_H
#define ADZE_KIT_RAW_H

#include <adze/kit.h>

/* RAW(name, bytes, words) */
#define RAW_KINDS(RAW)               \
    RAW(U8, 1, "unsigned bytes")     \
    RAW(I8, 1, "signed bytes")       \
    RAW(U16, 2, "unsigned, 16 bits") \
    RAW(I16, 2, "whole, 16 bits")    \
    RAW(U32, 4, "unsigned, 32 bits") \
    RAW(I32, 4, "whole, 32 bits")    \
    RAW(U64, 8, "unsigned, 64 bits") \
    RAW(I64, 8, "whole, 64 bits")    \
    RAW(F16, 2, "floating, 16 bits") \
    RAW(BF16, 2, "bfloat16")         \
    RAW(F32, 4, "floating, 32 bits") \
    RAW(F64, 8, "floating, 64 bits") \
    RAW(BOOL, 1, "true or false")

typedef enum raw_kind {
#define RAW(name, bytes, words) RAW_##name,
    RAW_KINDS(RAW)
#undef RAW
} raw_kind;

typedef struct raw_array {
    raw_kind kind;
    bool big;     /* the high byte first */
    bool fortran; /* the first axis is the fastest */
    int rank;
    int64_t size[AD_RANK_MAX];
    const uint8_t *bytes;
    void *memory; /* free; may be NULL */
    void *map;    /* munmap; may be NULL */
    size_t mapped;
    int file; /* that is mapped: its descriptor and 1, to be closed; 0: none */
    /* NumPy's datetime64: number n is n times / per seconds since 1970, or n `months`; all 0: no
     * times */
    int64_t times, per;
    int months;
    const char *where; /* for messages: file, or file and name of the array; not owned */
} raw_array;

size_t raw_width(raw_kind kind);
const char *raw_words(raw_kind kind);
bool raw_whole(raw_kind kind); /* whole numbers, true and false among them */
int64_t raw_count(const raw_array *raw);
void raw_done(raw_array *raw);

/* An array of our types and the memory below it. */
typedef struct kept_array {
    ad_array array;
    void *memory;
    void *map;
    size_t mapped;
    int file; /* as of raw_array */
} kept_array;
void kept_done(kept_array *kept);

/* The type that holds every number of that kind exactly: f32, or f64; u64 and i64 up to 2^53. */
ad_type raw_number_type(raw_kind kind);
/* As an array of the type: f32, f64, i64 or u8, the first axis first.  channels_first: (count,
 * channels, height, width) becomes (count, height, width, channels).  Takes the memory over where
 * nothing has to be changed; raw is done afterwards in any case. */
ad_status raw_take(raw_array *raw, ad_type type, bool channels_first, kept_array *kept);

/* Times in seconds since 1970, f64, NaN of NaT; raw is done afterwards.  dated: whether they are
 * such, and not numbers as they stand. */
ad_status raw_take_times(raw_array *raw, kept_array *kept, bool *dated);
/* Words where they are times. */
ad_status raw_no_times(const raw_array *raw);

#endif
