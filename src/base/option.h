/* Options as a call takes them.  At the head of each call that has any:
 *
 *     ad_dropout_options o = AD_OPTIONS(ad_dropout_options);
 *     TRY(options_read(ad_dropout_options, &o, options));
 *
 * and from there on o is the truth: defaults are filled in, what was written counts, a 0 is a 0.
 * The defaults stand in adze.h alone.  A struct grows at its end only, and a new field must not
 * begin in what was padding at the end before: programs of older headers bring shorter structs. */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <adze/record.h>

/* Copies given over the defaults in o, as many bytes as both have.  given == NULL changes nothing.
 * Fails where given was not made by AD_OPTIONS or a call's macro, or was, but with an option that
 * has no name. */
#define options_read(type, o, given) \
    options_copy(#type, 1 ? (o) : (type *)NULL, 1 ? (given) : (const type *)NULL, sizeof(type))
ad_status options_copy(const char *type, void *o, const void *given, size_t size);

/* The same of an element in an array of structs: its size has to be right. */
ad_status options_check(const char *type, const void *given, size_t size);

/* Whether a record has a row for the option that lies there in its struct. */
bool option_known(const ad_record *record, size_t offset);

static inline double option_auto(double given, double usual)
{
    return given == AD_AUTO ? usual : given;
}

static inline int64_t option_same(int64_t given, int64_t other)
{
    return given == AD_SAME ? other : given;
}

#endif
