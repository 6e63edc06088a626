/* Options of steps. */
#include "train/options.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/text.h"

const ad_record *options_record(ad_records list, const char *what, const char *name)
{
    const ad_record *r = name ? ad_record_find(list, name) : NULL;
    struct text names;
    char words[256];
    if (r)
        return r;
    text_init_fixed(&names, words, sizeof words);
    for (int i = 0; list(i); i++)
        text_add(&names, "%s%s", i ? ", " : "", list(i)->name);
    fail(AD_ERROR_ARGUMENT, "there is no %s \"%s\"; they are %s", what, name ? name : "", words);
    return NULL;
}

static bool number_fits(const ad_option *o, double x)
{
    if (o->low == o->high)
        return true;
    return (o->above_low ? x > o->low : x >= o->low) &&
           (o->below_high ? x < o->high : x <= o->high);
}

static ad_status check_word(const char *method, const ad_option *o, int word)
{
    int words = 1;
    for (const char *p = o->words; *p; p++)
        words += *p == ' ';
    return word >= 0 && word < words
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "%s: %s is %d and has to be one of: %s", method, o->name,
                      word, o->words);
}

/* Numbers within their ranges, words among their words. */
static ad_status check_option(const char *method, const ad_option *o, const void *options)
{
    const char *at = (const char *)options + o->offset;
    double number = 0;
    int64_t whole = 0;
    int word = 0;
    bool unset = false;
    if (o->type == AD_OPTION_NUMBER) {
        memcpy(&number, at, sizeof number);
        unset = number == AD_AUTO;
    } else if (o->type == AD_OPTION_WHOLE) {
        memcpy(&whole, at, sizeof whole);
        number = (double)whole;
        unset = whole == AD_SAME;
    } else if (o->type == AD_OPTION_WORD) {
        memcpy(&word, at, sizeof word);
        return check_word(method, o, word);
    } else {
        return AD_OK;
    }
    return (unset && o->unset) || number_fits(o, number)
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "%s: %s is %g and has to be %g to %g", method, o->name,
                      number, o->low, o->high);
}

ad_status options_take(const ad_record *r, const void *given, void **options)
{
    *options = NULL;
    if (!r->options)
        return given ? fail(AD_ERROR_ARGUMENT, "%s has no options", r->name) : AD_OK;
    *options = memory_alloc(memory_default(), r->size);
    if (!*options)
        return AD_ERROR_MEMORY;
    memcpy(*options, r->initial, r->size);
    TRY(options_copy(r->name, *options, given, r->size));
    for (int i = 0; i < r->options; i++)
        TRY(check_option(r->name, &r->option[i], *options));
    return AD_OK;
}
