/* What a character is. */
#include "unicode.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "utf8.h"

#ifdef ADZE_HAVE_UTF8PROC
#include <utf8proc.h>
#endif

enum {
    L_ = UNICODE_LETTER,
    N_ = UNICODE_NUMBER,
    P_ = UNICODE_PUNCTUATION,
    Y_ = UNICODE_SYMBOL,
    S_ = UNICODE_SPACE,
    C_ = UNICODE_CONTROL
};

const unsigned char unicode_ascii[128] = {
    C_, C_, C_, C_, C_, C_, C_, C_, C_, S_, S_, S_, S_, S_, C_, C_, C_, C_, C_, C_, C_, C_,
    C_, C_, C_, C_, C_, C_, C_, C_, C_, C_, S_, P_, P_, P_, Y_, P_, P_, P_, P_, P_, P_, Y_,
    P_, P_, P_, P_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, P_, P_, Y_, Y_, Y_, P_, P_, L_,
    L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_,
    L_, L_, L_, P_, P_, P_, Y_, P_, Y_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_,
    L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, L_, P_, Y_, P_, Y_, C_,
};

unsigned unicode_at(const char *p, const char *end, int *length)
{
    unsigned code = (unsigned char)*p;
    *length = 1;
    if (code < 0x80)
        return code;
    int bytes = utf8_next(p, (size_t)(end - p), &code);
    *length = bytes ? bytes : 1;
    return bytes ? code : 0xFFFD;
}

void unicode_add(text_buffer *t, unsigned code)
{
    char bytes[4];
    int size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (int i = size - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(first[size] | code);
    text_add_bytes(t, bytes, (size_t)size);
}

char *unicode_lower(const char *text, size_t size, size_t *small)
{
    text_buffer t = {0};
    text_add(&t, "");
    for (const char *p = text, *end = text + size; p < end;) {
        int length;
        unicode_add_lower(&t, unicode_at(p, end, &length));
        p += length;
    }
    *small = t.size;
    if (t.size || t.failed)
        return text_take(&t);
    text_done(&t);
    return text_copy("");
}

/* White_Space of Unicode beyond ASCII. */
static bool is_far_space(unsigned code)
{
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

#ifdef ADZE_HAVE_UTF8PROC

unicode_kind unicode_kind_far(unsigned code)
{
    static const char kinds[] = {
        [UTF8PROC_CATEGORY_LU] = UNICODE_LETTER,      [UTF8PROC_CATEGORY_LL] = UNICODE_LETTER,
        [UTF8PROC_CATEGORY_LT] = UNICODE_LETTER,      [UTF8PROC_CATEGORY_LM] = UNICODE_LETTER,
        [UTF8PROC_CATEGORY_LO] = UNICODE_LETTER,      [UTF8PROC_CATEGORY_MN] = UNICODE_MARK,
        [UTF8PROC_CATEGORY_MC] = UNICODE_MARK,        [UTF8PROC_CATEGORY_ME] = UNICODE_MARK,
        [UTF8PROC_CATEGORY_ND] = UNICODE_NUMBER,      [UTF8PROC_CATEGORY_NL] = UNICODE_NUMBER,
        [UTF8PROC_CATEGORY_NO] = UNICODE_NUMBER,      [UTF8PROC_CATEGORY_PC] = UNICODE_PUNCTUATION,
        [UTF8PROC_CATEGORY_PD] = UNICODE_PUNCTUATION, [UTF8PROC_CATEGORY_PS] = UNICODE_PUNCTUATION,
        [UTF8PROC_CATEGORY_PE] = UNICODE_PUNCTUATION, [UTF8PROC_CATEGORY_PI] = UNICODE_PUNCTUATION,
        [UTF8PROC_CATEGORY_PF] = UNICODE_PUNCTUATION, [UTF8PROC_CATEGORY_PO] = UNICODE_PUNCTUATION,
        [UTF8PROC_CATEGORY_SM] = UNICODE_SYMBOL,      [UTF8PROC_CATEGORY_SC] = UNICODE_SYMBOL,
        [UTF8PROC_CATEGORY_SK] = UNICODE_SYMBOL,      [UTF8PROC_CATEGORY_SO] = UNICODE_SYMBOL,
        [UTF8PROC_CATEGORY_ZS] = UNICODE_SPACE,       [UTF8PROC_CATEGORY_ZL] = UNICODE_SPACE,
        [UTF8PROC_CATEGORY_ZP] = UNICODE_SPACE,       [UTF8PROC_CATEGORY_CC] = UNICODE_CONTROL,
        [UTF8PROC_CATEGORY_CF] = UNICODE_CONTROL,     [UTF8PROC_CATEGORY_CO] = UNICODE_CONTROL,
        [UTF8PROC_CATEGORY_CS] = UNICODE_CONTROL,     [UTF8PROC_CATEGORY_CN] = UNICODE_OTHER};
    if (is_far_space(code))
        return UNICODE_SPACE;
    return (unicode_kind)kinds[utf8proc_category((utf8proc_int32_t)code)];
}

ad_status unicode_can(const char *text, size_t size)
{
    (void)text, (void)size;
    return AD_OK;
}

bool unicode_is_other_number(unsigned code)
{
    return code >= 0x80 && utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_NO;
}

bool unicode_is_accent(unsigned code)
{
    return code >= 0x80 && utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_MN;
}

void unicode_add_lower(text_buffer *t, unsigned code)
{
    if (code == 0x130) {
        unicode_add(t, 'i');
        unicode_add(t, 0x307);
    } else {
        unicode_add(t, (unsigned)utf8proc_tolower((utf8proc_int32_t)code));
    }
}

char *unicode_normal(const char *text, size_t size, unicode_form form, size_t *normal)
{
    static const unsigned options[] = {
        [UNICODE_NFC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
        [UNICODE_NFD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
        [UNICODE_NFKC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        [UNICODE_NFKD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT};
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t got =
        size ? utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &made,
                            (utf8proc_option_t)options[form])
             : 0;
    if (got < 0 || !size) { /* what is no UTF-8 stays as it is */
        free(made);
        *normal = size;
        return got == UTF8PROC_ERROR_NOMEM ? NULL : text_copy_bytes(text, size);
    }
    *normal = (size_t)got;
    return (char *)made;
}

#else

unicode_kind unicode_kind_far(unsigned code)
{
    return is_far_space(code) ? UNICODE_SPACE : UNICODE_LETTER;
}

ad_status unicode_can(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] >= 0x80)
            return message_fail(AD_ERROR_UNSUPPORTED,
                                "a text has letters beyond ASCII, and this build does not know "
                                "them\n  install the package libutf8proc-dev and build again, or "
                                "encode bytes or characters\n");
    return AD_OK;
}

bool unicode_is_other_number(unsigned code)
{
    return (void)code, false;
}

bool unicode_is_accent(unsigned code)
{
    return code >= 0x300 && code < 0x370;
}

void unicode_add_lower(text_buffer *t, unsigned code)
{
    unicode_add(t, code >= 'A' && code <= 'Z' ? code + 32 : code);
}

char *unicode_normal(const char *text, size_t size, unicode_form form, size_t *normal)
{
    (void)form;
    *normal = size;
    return text_copy_bytes(text, size);
}

#endif
