/* Reads what a tokenizer.json says.  What is not known is refused by its name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "tokenizer.h"
#include "unicode.h"

enum { CACHE = 1 << 14, IDS_MOST = 1 << 22 };

typedef struct reading {
    const char *name;
    tokenizer *t;
} reading;

static ad_status unknown(const reading *r, const char *what, const char *type)
{
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: the %s '%s' is not known\n  models are BPE and WordPiece; give a "
                        "file without it, or learn tokens here: tokens: bpe\n",
                        r->name, what, type ? type : "without a type");
}

static ad_status bad(const reading *r, const char *what)
{
    return message_fail(AD_ERROR_FORMAT, "%s: %s\n  fetch or make the file again\n", r->name, what);
}

static bool is(const char *type, const char *name)
{
    return type && strcmp(type, name) == 0;
}

static bool copy(char *to, size_t room, const char *text)
{
    if (!text || strlen(text) >= room)
        return false;
    strcpy(to, text);
    return true;
}

/* ---------------------------------------------------------------- changes and cuts */

static text_step *new_step(text_steps *steps, text_step_kind kind)
{
    text_step *s = steps->count < TEXT_STEPS_MOST ? &steps->step[steps->count++] : NULL;
    if (s)
        *s = (text_step){.kind = kind};
    return s;
}

static ad_status too_long(const reading *r)
{
    return bad(r, "says more steps, or longer texts, than are read");
}

static ad_status made(const reading *r, const text_step *s)
{
    return s ? AD_OK : too_long(r);
}

static ad_status take_bert(const reading *r, const json *j)
{
    text_steps *to = &r->t->change;
    bool lower = json_truth(j, "lowercase", true);
    bool strip = json_truth(j, "strip_accents", lower), good = true;
    if (json_truth(j, "clean_text", true))
        good = good && new_step(to, STEP_BERT_CLEAN);
    if (json_truth(j, "handle_chinese_chars", true))
        good = good && new_step(to, STEP_BERT_CHINESE);
    if (strip)
        good = good && new_step(to, STEP_NFD) && new_step(to, STEP_STRIP_ACCENTS);
    if (lower)
        good = good && new_step(to, STEP_LOWER);
    return good ? AD_OK : too_long(r);
}

static ad_status take_replace(const reading *r, const json *j)
{
    const char *from = json_text(json_get(json_get(j, "pattern"), "String"));
    const char *to = json_text(json_get(j, "content"));
    if (!from)
        return unknown(r, "normalizer", "Replace with a Regex");
    text_step *s = new_step(&r->t->change, STEP_REPLACE);
    bool good = s && *from && copy(s->from, sizeof s->from, from) && copy(s->to, sizeof s->to, to);
    return good ? AD_OK : too_long(r);
}

static ad_status take_change(const reading *r, const json *j);

static ad_status take_list(const reading *r, const json *list,
                           ad_status (*take)(const reading *r, const json *j))
{
    ad_status status = AD_OK;
    for (const json *one = json_first(list); one && status == AD_OK; one = json_next(one))
        status = take(r, one);
    return status;
}

static ad_status take_change(const reading *r, const json *j)
{
    static const struct {
        const char *type;
        text_step_kind kind;
    } plain[] = {{"Lowercase", STEP_LOWER}, {"NFC", STEP_NFC},
                 {"NFD", STEP_NFD},         {"NFKC", STEP_NFKC},
                 {"NFKD", STEP_NFKD},       {"StripAccents", STEP_STRIP_ACCENTS}};
    const char *type = json_text(json_get(j, "type"));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (is(type, plain[i].type))
            return made(r, new_step(&r->t->change, plain[i].kind));
    if (is(type, "Sequence"))
        return take_list(r, json_get(j, "normalizers"), take_change);
    if (is(type, "BertNormalizer"))
        return take_bert(r, j);
    if (is(type, "Replace"))
        return take_replace(r, j);
    text_step *s;
    if (is(type, "Strip")) {
        s = new_step(&r->t->change, STEP_STRIP);
        if (s)
            s->left = json_truth(j, "strip_left", true),
            s->right = json_truth(j, "strip_right", true);
        return made(r, s);
    }
    if (!is(type, "Prepend"))
        return unknown(r, "normalizer", type);
    s = new_step(&r->t->change, STEP_PREPEND);
    return s && copy(s->to, sizeof s->to, json_text(json_get(j, "prepend"))) ? AD_OK : too_long(r);
}

static bool behaviour_of(const char *word, text_behaviour *b)
{
    static const char *const words[] = {"Removed", "Isolated", "MergedWithPrevious",
                                        "MergedWithNext", "Contiguous"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is(word, words[i])) {
            *b = (text_behaviour)i;
            return true;
        }
    return false;
}

static ad_status take_split(const reading *r, const json *j)
{
    const json *pattern = json_get(j, "pattern");
    const char *text = json_text(json_get(pattern, "String"));
    const char *regex = json_text(json_get(pattern, "Regex"));
    const char *behaviour = json_text(json_get(j, "behavior"));
    bool invert = json_truth(j, "invert", false);
    text_step_kind kind = STEP_LITERAL;
    if (regex && !text_steps_pattern(regex, &kind))
        return unknown(r, "pattern of the pre-tokenizer Split", regex);
    text_step *s = new_step(&r->t->cut, kind);
    if (!s)
        return too_long(r);
    bool good = text ? *text && !invert && copy(s->from, sizeof s->from, text) &&
                           behaviour_of(behaviour, &s->behaviour)
                     : regex && (is(behaviour, invert ? "Removed" : "Isolated") ||
                                 (kind == STEP_WORDS && invert));
    return good ? AD_OK : unknown(r, "behaviour of the pre-tokenizer Split", behaviour);
}

static ad_status take_metaspace(const reading *r, const json *j)
{
    const char *scheme = json_text(json_get(j, "prepend_scheme"));
    const char *letter = json_text(json_get(j, "replacement"));
    text_step *s = new_step(&r->t->cut, STEP_METASPACE);
    if (letter && !*letter)
        return bad(r, "the pre-tokenizer Metaspace has an empty replacement");
    if (!s || !copy(s->to, sizeof s->to, letter ? letter : "\xE2\x96\x81"))
        return too_long(r);
    s->always = scheme ? is(scheme, "always") : json_truth(j, "add_prefix_space", true);
    s->first = is(scheme, "first");
    s->right = json_truth(j, "split", true);
    return scheme && !s->always && !s->first && !is(scheme, "never")
               ? unknown(r, "prepend_scheme", scheme)
               : AD_OK;
}

static ad_status take_bytes(const reading *r, const json *j)
{
    bool good = true;
    r->t->bytes = true;
    if (json_truth(j, "add_prefix_space", true))
        good = new_step(&r->t->cut, STEP_PREFIX) != NULL;
    if (json_truth(j, "use_regex", true))
        good = good && new_step(&r->t->cut, STEP_GPT2);
    return good ? AD_OK : too_long(r);
}

static ad_status take_cut(const reading *r, const json *j)
{
    const char *type = json_text(json_get(j, "type"));
    text_steps *cut = &r->t->cut;
    text_step *s;
    if (is(type, "Sequence"))
        return take_list(r, json_get(j, "pretokenizers"), take_cut);
    if (is(type, "BertPreTokenizer"))
        return made(r, new_step(cut, STEP_BERT));
    if (is(type, "ByteLevel"))
        return take_bytes(r, j);
    if (is(type, "Whitespace"))
        return made(r, new_step(cut, STEP_WORDS));
    if (is(type, "WhitespaceSplit"))
        return made(r, new_step(cut, STEP_WHITE));
    if (is(type, "Metaspace"))
        return take_metaspace(r, j);
    if (is(type, "Split"))
        return take_split(r, j);
    if (is(type, "Digits")) {
        s = new_step(cut, STEP_DIGITS);
        if (s) {
            s->single = json_truth(j, "individual_digits", false);
            s->behaviour = s->single ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS;
        }
        return made(r, s);
    }
    if (!is(type, "Punctuation"))
        return unknown(r, "pre-tokenizer", type);
    const char *behaviour = json_text(json_get(j, "behavior"));
    s = new_step(cut, STEP_PUNCTUATION);
    if (s && !behaviour_of(behaviour ? behaviour : "Isolated", &s->behaviour))
        return unknown(r, "behaviour of the pre-tokenizer Punctuation", behaviour);
    return made(r, s);
}

/* ---------------------------------------------------------------- the model's tokens */

/* The byte that a letter of a byte-level vocabulary stands for; -1: none. */
static int byte_of(unsigned code)
{
    if ((code >= '!' && code <= '~') || (code >= 0xA1 && code <= 0xFF && code != 0xAD))
        return (int)code;
    if (code < 256 || code > 256 + 67)
        return -1;
    int rest = (int)code - 256; /* the others in order: 0 to 32, 127 to 160, 173 */
    return rest <= 32 ? rest : rest <= 66 ? rest - 33 + 127 : 173;
}

/* Letters of a byte-level token as the bytes they stand for; others stay as they are. */
static bool as_bytes(const tokenizer *t, const char *text, text_buffer *b)
{
    int length;
    b->size = 0;
    for (const char *p = text, *end = text + strlen(text); p < end; p += length) {
        int byte = t->bytes ? byte_of(unicode_at(p, end, &length)) : -1;
        char c = (char)byte;
        if (t->bytes && byte < 0) {
            b->size = 0;
            text_add(b, text);
            return !b->failed;
        }
        if (!t->bytes)
            length = 1;
        text_add_bytes(b, t->bytes ? &c : p, 1);
    }
    return !b->failed;
}

static bool put_id(tokenizer *t, int32_t id, int32_t text_of)
{
    if (id >= t->ids) {
        int32_t room = 2 * (id + 512);
        int32_t *list = realloc(t->text_of, (size_t)room * sizeof *list);
        if (!list)
            return false;
        for (int32_t i = t->ids; i < room; i++)
            list[i] = -1;
        t->text_of = list, t->ids = room;
    }
    t->text_of[id] = text_of;
    t->classes = id >= t->classes ? id + 1 : t->classes;
    return true;
}

/* 1; 0: it is there already; -1 without memory. */
static int put_token(tokenizer *t, const char *text, size_t size, int32_t id)
{
    bool added;
    int32_t at = vocabulary_add(&t->list, text, size, &added);
    if (at < 0)
        return -1;
    if (!added)
        return 0;
    if ((at & (at - 1)) == 0 || !t->id) {
        int32_t *list = realloc(t->id, (size_t)(at ? 2 * at : 1) * sizeof *list);
        if (!list)
            return -1;
        t->id = list;
    }
    t->id[at] = id;
    return put_id(t, id, at) ? 1 : -1;
}

static ad_status take_vocabulary(const reading *r, const json *vocab)
{
    text_buffer b = {0};
    ad_status status = json_is_object(vocab) ? AD_OK : bad(r, "the model has no vocabulary");
    for (const json *one = json_first(vocab); one && status == AD_OK; one = json_next(one)) {
        int32_t id = json_whole(one);
        if (id < 0 || id > IDS_MOST)
            status = bad(r, "a token has no number from 0 to 4,194,304");
        else if (!as_bytes(r->t, json_name(one), &b))
            status = message_no_memory();
        else {
            int put = put_token(r->t, b.size ? b.data : "", b.size, id);
            status = put < 0    ? message_no_memory()
                     : put == 0 ? bad(r, "the vocabulary has a token twice")
                                : AD_OK;
        }
    }
    text_done(&b);
    return status;
}

static int32_t token_called(const tokenizer *t, const char *text)
{
    text_buffer b = {0};
    int32_t at = -1;
    if (text && as_bytes(t, text, &b))
        at = vocabulary_find(&t->list, b.size ? b.data : "", b.size);
    text_done(&b);
    return at < 0 ? -1 : t->id[at];
}

/* ---------------------------------------------------------------- merges */

/* "a b", or two texts. */
static bool halves(const json *j, char **left, char **right)
{
    const char *text = json_text(j), *blank = text ? strchr(text, ' ') : NULL;
    if (text && (!blank || strchr(blank + 1, ' ')))
        return false;
    const json *first = text ? NULL : json_first(j);
    const json *second = first ? json_next(first) : NULL;
    if (!text && (!second || json_next(second) || !json_text(first) || !json_text(second)))
        return false;
    *left = text ? text_copy_bytes(text, (size_t)(blank - text)) : text_copy(json_text(first));
    *right = text_copy(text ? blank + 1 : json_text(second));
    return *left && *right;
}

static ad_status take_merge(const reading *r, const json *j)
{
    tokenizer *t = r->t;
    char *left = NULL, *right = NULL, *both = NULL;
    bool good = halves(j, &left, &right);
    if (good) {
        size_t skip = strncmp(right, t->prefix, strlen(t->prefix)) == 0 ? strlen(t->prefix) : 0;
        both = text_format("%s%s", left, right + skip);
    }
    bpe_merge m = {token_called(t, left), token_called(t, right), token_called(t, both)};
    bool known = m.left >= 0 && m.right >= 0 && m.made >= 0;
    ad_status status = !good || !both ? bad(r, "a merge is not two tokens")
                       : !known ? bad(r, "a merge names a token that is not in the vocabulary")
                       : bpe_add(&t->merges, m) ? AD_OK
                                                : message_no_memory();
    free(left);
    free(right);
    free(both);
    return status;
}

static void find_fallback(tokenizer *t)
{
    for (int i = 0; i < 256; i++) {
        char text[8];
        snprintf(text, sizeof text, "<0x%02X>", (unsigned)i);
        t->byte_letter[i] = token_called(t, text);
    }
}

static ad_status take_pairs(const reading *r, const json *model)
{
    tokenizer *t = r->t;
    const char *prefix = json_text(json_get(model, "continuing_subword_prefix"));
    const char *suffix = json_text(json_get(model, "end_of_word_suffix"));
    const json *dropout = json_get(model, "dropout");
    if (dropout && json_whole(dropout) != 0)
        return unknown(r, "option of the model", "dropout");
    if ((prefix && !copy(t->prefix, sizeof t->prefix, prefix)) ||
        (suffix && !copy(t->suffix, sizeof t->suffix, suffix)))
        return too_long(r);
    t->fuse = json_truth(model, "fuse_unk", false);
    t->whole = json_truth(model, "ignore_merges", false);
    t->fallback = json_truth(model, "byte_fallback", false);
    find_fallback(t);
    ad_status status = take_list(r, json_get(model, "merges"), take_merge);
    bool memory = bpe_index(&t->merges) && bpe_cache_begin(&t->cache, CACHE);
    return status == AD_OK && !memory ? message_no_memory() : status;
}

static ad_status take_pieces(const reading *r, const json *model)
{
    tokenizer *t = r->t;
    const char *prefix = json_text(json_get(model, "continuing_subword_prefix"));
    int32_t longest = json_whole(json_get(model, "max_input_chars_per_word"));
    t->pieces = true;
    t->longest = longest < 0 ? 100 : longest;
    if (!copy(t->prefix, sizeof t->prefix, prefix ? prefix : "##"))
        return too_long(r);
    return t->unknown < 0 ? bad(r, "the model's unknown token is not in the vocabulary") : AD_OK;
}

static ad_status take_model(const reading *r, const json *model)
{
    const char *type = json_text(json_get(model, "type"));
    /* older files do not say it */
    bool pairs = is(type, "BPE") || (!type && json_get(model, "merges"));
    bool pieces = is(type, "WordPiece") || (!type && json_get(model, "max_input_chars_per_word"));
    if (!pairs && !pieces)
        return unknown(r, "model", type);
    ad_status status = take_vocabulary(r, json_get(model, "vocab"));
    if (status != AD_OK)
        return status;
    const char *none = json_text(json_get(model, "unk_token"));
    r->t->unknown = token_called(r->t, none ? none : pieces ? "[UNK]" : NULL);
    return pairs ? take_pairs(r, model) : take_pieces(r, model);
}

/* ---------------------------------------------------------------- tokens that are added */

static ad_status take_added(const reading *r, const json *j)
{
    tokenizer *t = r->t;
    added_token *more = realloc(t->added, (size_t)(t->addeds + 1) * sizeof *more);
    const char *text = json_text(json_get(j, "content"));
    int32_t id = json_whole(json_get(j, "id"));
    if (!more)
        return message_no_memory();
    t->added = more;
    if (!text || !*text || id < 0 || id > IDS_MOST)
        return bad(r, "an added token has no text or number");
    added_token *a = &t->added[t->addeds];
    bool special = json_truth(j, "special", false);
    *a = (added_token){.id = id,
                       .single = json_truth(j, "single_word", false),
                       .left = json_truth(j, "lstrip", false),
                       .right = json_truth(j, "rstrip", false),
                       .normalized = json_truth(j, "normalized", !special),
                       .special = special};
    text_buffer b = {0};
    text_add(&b, text);
    if (a->normalized && !text_steps_change(&t->change, &b))
        return message_no_memory();
    a->size = b.size;
    a->text = b.size || b.failed ? text_take(&b) : text_copy("");
    if (!a->text)
        return message_no_memory();
    t->addeds++;
    bool there = id < t->ids && t->text_of[id] >= 0;
    return there || put_id(t, id, -1 - t->addeds) ? AD_OK : message_no_memory();
}

static int32_t added_called(const tokenizer *t, const char *text)
{
    for (int32_t i = 0; i < t->addeds; i++)
        if (strcmp(t->added[i].text, text) == 0)
            return t->added[i].id;
    return token_called(t, text);
}

/* ---------------------------------------------------------------- what stands round a text */

static ad_status put_around(const reading *r, int32_t id, bool before)
{
    tokenizer *t = r->t;
    int *count = before ? &t->befores : &t->behinds;
    if (id < 0)
        return bad(r, "the post-processor names a token that is not there");
    if (*count == TOKENIZER_AROUND)
        return bad(r, "the post-processor puts more than 8 tokens before or behind a text");
    (before ? t->before : t->behind)[(*count)++] = id;
    return AD_OK;
}

/* ["[SEP]", 102] */
static int32_t pair_id(const json *j)
{
    const json *first = json_first(j), *second = first ? json_next(first) : NULL;
    return second ? json_whole(second) : -1;
}

static ad_status take_template(const reading *r, const json *j)
{
    bool seen = false;
    ad_status status = AD_OK;
    const json *ids = json_get(j, "special_tokens");
    for (const json *one = json_first(json_get(j, "single")); one && status == AD_OK;
         one = json_next(one)) {
        const json *special = json_get(one, "SpecialToken");
        const char *name = json_text(json_get(special, "id"));
        if (json_get(one, "Sequence"))
            seen = true;
        const json *list = name ? json_get(json_get(ids, name), "ids") : NULL;
        for (const json *id = json_first(list); id && status == AD_OK; id = json_next(id))
            status = put_around(r, json_whole(id), !seen);
    }
    return status == AD_OK && !seen ? bad(r, "the post-processor does not say where a text stands")
                                    : status;
}

static ad_status take_around(const reading *r, const json *j)
{
    const char *type = json_text(json_get(j, "type"));
    if (is(type, "ByteLevel"))
        return AD_OK;
    if (is(type, "Sequence"))
        return take_list(r, json_get(j, "processors"), take_around);
    if (is(type, "TemplateProcessing"))
        return take_template(r, j);
    if (!is(type, "BertProcessing") && !is(type, "RobertaProcessing"))
        return unknown(r, "post-processor", type);
    ad_status status = put_around(r, pair_id(json_get(j, "cls")), true);
    return status == AD_OK ? put_around(r, pair_id(json_get(j, "sep")), false) : status;
}

/* ---------------------------------------------------------------- special tokens and decoders */

static int32_t first_called(const tokenizer *t, const char *const *names)
{
    for (; *names; names++) {
        int32_t id = added_called(t, *names);
        if (id >= 0)
            return id;
    }
    return -1;
}

static void find_specials(tokenizer *t, const json *root)
{
    static const char *const padding[] = {"[PAD]", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>",
                                          NULL};
    static const char *const begin[] = {"<s>",   "[CLS]", "<|begin_of_text|>", "<|startoftext|>",
                                        "<bos>", NULL};
    static const char *const end[] = {"</s>",          "[SEP]", "<|end_of_text|>",
                                      "<|endoftext|>", "<eos>", NULL};
    static const char *const separator[] = {"[SEP]", "</s>", NULL};
    static const char *const mask[] = {"[MASK]", "<mask>", NULL};
    int32_t pad = json_whole(json_get(json_get(root, "padding"), "pad_id"));
    t->special[AD_SPECIAL_PADDING] = pad >= 0 ? pad : first_called(t, padding);
    t->special[AD_SPECIAL_UNKNOWN] = t->unknown;
    t->special[AD_SPECIAL_BEGIN] = t->befores ? t->before[0] : first_called(t, begin);
    t->special[AD_SPECIAL_END] = t->behinds ? t->behind[t->behinds - 1] : first_called(t, end);
    t->special[AD_SPECIAL_SEPARATOR] = first_called(t, separator);
    t->special[AD_SPECIAL_MASK] = first_called(t, mask);
    for (int i = 0; i < t->befores; i++)
        t->classes = t->before[i] >= t->classes ? t->before[i] + 1 : t->classes;
    for (int i = 0; i < t->behinds; i++)
        t->classes = t->behind[i] >= t->classes ? t->behind[i] + 1 : t->classes;
    if (t->special[AD_SPECIAL_PADDING] < 0)
        t->special[AD_SPECIAL_PADDING] = t->classes;
    if (t->special[AD_SPECIAL_PADDING] >= t->classes)
        t->classes = t->special[AD_SPECIAL_PADDING] + 1;
}

static ad_status take_decoder(const reading *r, const json *j)
{
    const char *type = json_text(json_get(j, "type"));
    tokenizer *t = r->t;
    if (is(type, "ByteLevel"))
        t->decoder = DECODE_BYTES;
    else if (is(type, "WordPiece"))
        t->decoder = DECODE_PIECES;
    else if (is(type, "BPEDecoder"))
        t->decoder = DECODE_SUFFIX;
    else if (is(type, "Metaspace") || is(type, "ByteFallback"))
        t->decoder = DECODE_METASPACE;
    else if (is(type, "Sequence"))
        return take_list(r, json_get(j, "decoders"), take_decoder);
    else if (is(type, "Replace") && t->decoder == DECODE_BLANKS)
        t->decoder = DECODE_METASPACE;
    else if (!is(type, "Fuse") && !is(type, "Strip") && !is(type, "Replace"))
        return unknown(r, "decoder", type);
    t->cleanup = json_truth(j, "cleanup", true);
    return AD_OK;
}

/* ---------------------------------------------------------------- the whole */

static ad_status take_part(const reading *r, const json *root, const char *name,
                           ad_status (*take)(const reading *r, const json *j))
{
    const json *j = json_get(root, name);
    return j ? take(r, j) : AD_OK;
}

static ad_status take_all(const reading *r, const json *root)
{
    if (!json_is_object(root) || !json_get(root, "model"))
        return bad(r, "is no tokenizer.json: it has no model");
    ad_status status = take_part(r, root, "normalizer", take_change);
    if (status == AD_OK)
        status = take_part(r, root, "pre_tokenizer", take_cut);
    if (status == AD_OK)
        status = take_model(r, json_get(root, "model"));
    if (status == AD_OK)
        status = take_list(r, json_get(root, "added_tokens"), take_added);
    if (status == AD_OK)
        status = take_part(r, root, "post_processor", take_around);
    if (status == AD_OK)
        status = take_part(r, root, "decoder", take_decoder);
    if (status == AD_OK)
        find_specials(r->t, root);
    return status;
}

ad_status tokenizer_read(const char *name, const char *text, size_t size, tokenizer *t)
{
    reading r = {name, t};
    *t = (tokenizer){.unknown = -1};
    json *root = json_read(name, text, size);
    if (!root)
        return AD_ERROR_FORMAT;
    ad_status status = take_all(&r, root);
    json_free(root);
    if (status != AD_OK)
        tokenizer_done(t);
    return status;
}
