/* Task sequence_to_sequence: what is written of the examples of a part, beside what is right. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "rewrite.h"
#include "text.h"

/* A larger part is measured by so many of its examples, evenly over it. */
enum { WRITTEN_MOST = 10000 };

typedef struct sentences {
    const ad_run_data *data;
    int64_t count, all, next, seen; /* wanted, in the part; the next one, and the one under way */
    size_t *right;                  /* where each begins in `text` */
    size_t *answer;
    text_buffer text;
} sentences;

/* The number of example i of those that are measured. */
static int64_t number_of(const sentences *s, int64_t i)
{
    return s->count == s->all ? i : i * s->all / s->count;
}

/* Takes the text over; where it begins. */
static bool add_text(sentences *s, char *text, size_t *at)
{
    *at = s->text.size;
    if (text)
        text_add_bytes(&s->text, text, strlen(text) + 1);
    bool good = text && !s->text.failed;
    free(text);
    return good;
}

static ad_status take_right(void *user, const sequence_pair *p)
{
    sentences *s = user;
    if (s->next == s->count || s->seen++ != number_of(s, s->next))
        return AD_OK;
    char *text = rewrite_text(s->data, true, p->target, p->targets - 1);
    return add_text(s, text, &s->right[s->next++]) ? AD_OK : no_memory();
}

static ad_source *measured_part(const sentences *s, ad_source *source)
{
    int64_t *number = malloc((size_t)(s->count + 1) * sizeof *number);
    for (int64_t i = 0; number && i < s->count; i++)
        number[i] = number_of(s, i);
    ad_source *part = number ? ad_source_part(source, number, s->count) : NULL;
    free(number);
    return part;
}

/* The network's program, as a stored model's: fields, then their lengths. */
static ad_program *compile(const ad_run_network *n, const ad_run_data *data)
{
    return ad_compile(n->state, .fetch = {n->prediction}, .feed_list = (ad_tensor **)n->input,
                      .feed_count =
                          n->inputs - data->task->transcribes); /* no length of a target */
}

static ad_status write_all(sentences *s, const ad_run_network *n, ad_source *source,
                           void (*progress)(void *user, int64_t done), void *user, int64_t *cut)
{
    ad_program *program = compile(n, s->data);
    rewrite_made *made = calloc((size_t)s->count + 1, sizeof *made);
    ad_source *part = measured_part(s, source);
    ad_status status = program && part ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    status = made ? status : no_memory();
    if (status == AD_OK)
        status = rewrite_source(program, s->data, NULL, part, 0, s->count, made, progress, user);
    for (int64_t i = 0; i < s->count && status == AD_OK; i++) {
        *cut += made[i].cut;
        status = add_text(s, rewrite_said(s->data, &made[i]), &s->answer[i]) ? AD_OK : no_memory();
    }
    rewrite_made_done(made, made ? s->count : 0);
    free(made);
    ad_source_free(part);
    ad_program_free(program);
    return status;
}

ad_status run_hand_over_texts(text_buffer *all, const size_t *said, const size_t *right,
                              int64_t count, ad_run_answers *answers)
{
    const char **list = malloc((size_t)(2 * count + 1) * sizeof *list);
    char *text = text_take(all);
    *answers = (ad_run_answers){.memory = {list, text}};
    if (!list || (!text && count))
        return no_memory();
    for (int64_t i = 0; i < count; i++) {
        list[i] = text + said[i];
        list[count + i] = text + right[i];
    }
    answers->answers = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES, .answer = list,
                                  .right = list + count, .count = count);
    return AD_OK;
}

ad_status run_rewrite_answers(const ad_run_network *network, const ad_run_data *data,
                              ad_source *source, void (*progress)(void *user, int64_t done),
                              void *user, ad_run_answers *answers, int64_t *cut)
{
    int64_t all = ad_source_count(source);
    sentences s = {.data = data, .all = all, .count = all < WRITTEN_MOST ? all : WRITTEN_MOST};
    *answers = (ad_run_answers){.memory = {NULL}};
    *cut = 0;
    s.right = calloc((size_t)s.count + 1, sizeof *s.right);
    s.answer = calloc((size_t)s.count + 1, sizeof *s.answer);
    ad_status status = s.right && s.answer ? AD_OK : no_memory();
    if (status == AD_OK)
        status = run_sequence_each(data, source, take_right, &s);
    if (status == AD_OK)
        status = write_all(&s, network, source, progress, user, cut);
    if (status == AD_OK)
        status = run_hand_over_texts(&s.text, s.answer, s.right, s.count, answers);
    if (status != AD_OK)
        ad_run_answers_done(answers);
    text_done(&s.text);
    free(s.right);
    free(s.answer);
    return status;
}
