/* Changes at random of training examples that are no pictures. */
#ifndef KIT_AUGMENT_H
#define KIT_AUGMENT_H

#include <adze/kit.h>
#include <adze/train.h>

/* What a change is of: steps, f32 (time) or (time, features), as sounds are; tokens, i32 (time);
 * or the numbers of a row of a table, f32 (numbers). */
typedef enum change_of { CHANGE_STEPS, CHANGE_TOKENS, CHANGE_NUMBERS } change_of;

/* One field of an example, before and after. */
struct token_roles;
typedef struct changing {
    const void *options;
    ad_random random; /* of the change, the epoch and the example */
    const void *in;
    void *out;            /* another place; in full: `after` steps */
    int64_t steps, after; /* as many, but where the change has a length of its own */
    bool varies;          /* examples are of different lengths */
    int64_t width;        /* numbers of a step */
    const struct token_roles *tokens;
} changing;

/* Of the encoder. */
typedef struct token_roles {
    int32_t padding, mask; /* mask: that, or where there is none unknown; -1: neither */
    int32_t kept[4];       /* those that stand where they stand, -1: none */
} token_roles;

typedef struct change_record {
    ad_record record;
    change_of of;
    bool moves; /* steps come to stand elsewhere: not where each has a target of its own */
    void (*change)(changing *c);
    /* Steps after, of which there may be another number where examples are of different lengths;
     * it draws what the change draws.  NULL: as many. */
    int64_t (*length)(const void *options, ad_random *random, int64_t steps);
} change_record;

/* One of the kit's, not of ad_augment_at. */
bool change_is_one(const ad_record *record);
/* The source with its field changed; seed: of the change.  tokens: copied, of CHANGE_TOKENS.  NULL
 * on failure, as ad_source_map. */
ad_source *change_source(const change_record *record, const void *options, ad_source *source,
                         const char *field, const token_roles *tokens, uint64_t seed);
/* Labels, a field i32 of one number 0 to classes - 1, of which a share is wrong, in every epoch the
 * same: any other class as likely, or with next the one that follows. */
ad_source *change_labels(ad_source *source, const char *field, int64_t classes, double share,
                         bool next, uint64_t seed);

static inline double change_share(ad_random *r)
{
    return (double)(ad_random_next(r) >> 11) * 0x1p-53;
}

#define CHANGE_OPTION(struct_, name_, low_, high_, also_, help_)              \
    {                                                                         \
        .name = #name_, .type = AD_OPTION_NUMBER, .low = low_, .high = high_, \
        .offset = offsetof(struct_, name_), .also = also_, .help = help_      \
    }
#define CHANGE_WHOLE(struct_, name_, low_, high_, also_, help_)              \
    {                                                                        \
        .name = #name_, .type = AD_OPTION_WHOLE, .low = low_, .high = high_, \
        .offset = offsetof(struct_, name_), .also = also_, .help = help_     \
    }

#endif
