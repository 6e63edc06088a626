/* Task tagging: the sentences whose right tags together got the least chance, word by word. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "page.h"
#include "text_tagged.h"

enum { SENTENCES = 12, WORDS_MOST = 80 };

typedef struct sentence {
    int64_t example, first, words, wrong; /* answers first to first + words - 1 */
    double loss;                          /* the sum over its words */
} sentence;

/* ---------------------------------------------------------------- which */

static void keep_worst(sentence *list, int *found, const sentence *s)
{
    int at = *found < SENTENCES ? (*found)++ : SENTENCES;
    if (!isfinite(s->loss) || s->words == 0)
        return;
    if (at == SENTENCES && !(s->loss > list[--at].loss))
        return;
    for (; at > 0 && s->loss > list[at - 1].loss; at--)
        list[at] = list[at - 1];
    list[at] = *s;
}

/* Answers of one cluster are the words of a sentence. */
static int find_worst(const page_answers *a, sentence *list)
{
    int found = 0;
    sentence s = {.words = 0};
    for (int64_t i = 0; i < a->count; i++) {
        int64_t example = (int64_t)ad_array_item(&a->all->cluster, i);
        if (s.words > 0 && example != s.example) {
            keep_worst(list, &found, &s);
            s.words = 0;
        }
        if (s.words == 0)
            s = (sentence){.example = example, .first = i};
        s.words++;
        s.loss += a->loss[i];
        s.wrong += page_answered(a, i) != (int64_t)a->target[i];
    }
    if (a->count == a->all->prediction.shape.size[0]) /* else the last one may be cut */
        keep_worst(list, &found, &s);
    return found;
}

/* ---------------------------------------------------------------- what is said of it */

static void add_tag(page *p, int64_t i)
{
    char number[2][24];
    int64_t said = page_answered(&p->a, i), right = (int64_t)p->a.target[i];
    text_add(&p->t, "<sub>");
    markup_add(&p->t, page_class(p, said, number[0]));
    if (said != right) {
        text_add(&p->t, ", is ");
        markup_add(&p->t, page_class(p, right, number[1]));
    }
    text_add(&p->t, "</sub>");
}

static void add_word(page *p, const char *word, size_t size, bool wrong)
{
    char *copy = text_copy_bytes(word, size);
    text_add(&p->t, wrong ? "<b class=\"bad\">" : "");
    markup_add(&p->t, copy ? copy : "");
    text_add(&p->t, wrong ? "</b>" : "");
    p->t.failed = p->t.failed || !copy;
    free(copy);
}

/* A word without a tag has no answer. */
static void add_words(page *p, const sentence *s, const char *text, int64_t size, const char *tags,
                      int64_t tags_size)
{
    const char *word, *tag, *end = text + size, *tags_end = tags + tags_size;
    int64_t row = s->first, shown = 0;
    while ((text = tagged_next(text, end, &word)) && (tags = tagged_next(tags, tags_end, &tag))) {
        bool asked = !tagged_is_none(tag, (size_t)(tags - tag)) && row < s->first + s->words;
        if (shown++ == WORDS_MOST) {
            text_add(&p->t, " \xE2\x80\xA6");
            return;
        }
        bool wrong = asked && page_answered(&p->a, row) != (int64_t)p->a.target[row];
        text_add(&p->t, shown > 1 ? " " : "");
        add_word(p, word, (size_t)(text - word), wrong);
        if (asked)
            add_tag(p, row++);
    }
}

static void add_sentence(page *p, text_reader *text, text_reader *tags, const sentence *s)
{
    const char *words, *said;
    int64_t size, said_size;
    if (text_reader_read(text, s->example, &words, &size) != AD_OK ||
        text_reader_read(tags, s->example, &said, &said_size) != AD_OK)
        return;
    text_add_format(&p->t, "<li><p>%lld of %lld words wrong <small>", (long long)s->wrong,
                    (long long)s->words);
    page_place(p, s->example);
    text_add(&p->t, "</small></p><blockquote>");
    add_words(p, s, words, size, said, said_size);
    text_add(&p->t, "</blockquote></li>\n");
}

static void add_list(page *p, const sentence *list, int count)
{
    text_reader text = {.source = NULL}, tags = {.source = NULL};
    int text_at = ad_source_find(p->raw, p->data->input[0].name),
        tags_at = ad_source_find(p->raw, p->data->target.name);
    bool read = text_at >= 0 && tags_at >= 0 &&
                text_reader_begin(&text, p->raw, text_at) == AD_OK &&
                text_reader_begin(&tags, p->raw, tags_at) == AD_OK;
    text_add(&p->t, "<ol class=\"worst wide\">\n");
    for (int i = 0; read && i < count; i++)
        add_sentence(p, &text, &tags, &list[i]);
    text_add(&p->t, "</ol>\n");
    text_reader_done(&text);
    text_reader_done(&tags);
}

void page_sentences(page *p)
{
    sentence list[SENTENCES];
    bool whole = p->data->task->of_words && p->raw && p->a.loss && p->a.all->cluster.data;
    int count = whole ? find_worst(&p->a, list) : 0;
    if (count == 0)
        return;
    page_section(p, "worst", "The worst answers");
    text_add(&p->t, "<p class=\"soft\">Sentences whose right tags together got the least chance, "
                    "the worst first. Behind each word is its tag; where that is wrong, what is "
                    "right. Often these show tags that are wrong in the data.</p>\n");
    add_list(p, list, count);
}
