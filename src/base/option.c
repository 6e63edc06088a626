/* Options handed over: whether they were made as they should, and the defaults of what is missing.
 */
#include "base/option.h"

#include <string.h>

#include "base/error.h"

struct head {
    AD_HEAD_(head);
};

enum { SIZE_MOST = 1 << 16 };

/* named_ holds a mark that only AD_OPTIONS and the macros of call.h write.  An option without a
 * name lands on it. */
static ad_status check_mark(const char *type, const struct head *given)
{
    if (given->named_ == AD_NAMED_)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "options are written by name, .field = value, and a struct of them is made by "
                "AD_OPTIONS(%s, .field = value)",
                type);
}

ad_status options_check(const char *type, const void *given, size_t size)
{
    struct head head;
    memcpy(&head, given, sizeof head);
    TRY(check_mark(type, &head));
    if (head.size_ == size)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT, "%s.size_ is %zu and not %zu; AD_OPTIONS fills it in", type,
                head.size_, size);
}

ad_status options_copy(const char *type, void *o, const void *given, size_t size)
{
    struct head head;
    if (!given)
        return AD_OK;
    memcpy(&head, given, sizeof head);
    TRY(check_mark(type, &head));
    if (head.size_ < sizeof head || head.size_ > SIZE_MOST || head.size_ % sizeof(void *))
        return fail(AD_ERROR_ARGUMENT,
                    "%s.size_ is %zu, which is the size of no such struct; AD_OPTIONS fills it in",
                    type, head.size_);
    size_t both = head.size_ < size ? head.size_ : size;
    memcpy((char *)o + sizeof head, (const char *)given + sizeof head, both - sizeof head);
    return AD_OK;
}

bool option_known(const ad_record *record, size_t offset)
{
    for (int i = 0; i < record->options; i++)
        if (record->option[i].offset == offset)
            return true;
    return false;
}
