/* Texts of labs: numbers that were measured in sentences of two languages. */
#include "frame.h"

#include <stdlib.h>

const char *lab_choose(const char *en, const char *zh, lab_language language)
{
    return language == LAB_ZH && zh ? zh : en;
}

const char *lab_topic_name(lab_topic topic, lab_language language)
{
    static const char *const name[LAB_TOPICS][LAB_LANGUAGES] = {
        [LAB_LEARNING] = {"Learning", "学习"},
        [LAB_FITTING] = {"Fitting", "拟合"},
        [LAB_NORMALIZING] = {"Normalization", "归一化"},
        [LAB_GRADIENTS] = {"Gradients", "梯度"},
        [LAB_LAYERS] = {"Layers", "网络层"},
        [LAB_MODELS] = {"Models", "模型"},
        [LAB_ENGINE] = {"The engine", "引擎"},
    };
    return name[topic][language];
}

const char *lab_verdict_name(lab_verdict verdict, lab_language language)
{
    static const char *const name[][LAB_LANGUAGES] = {
        [LAB_UNJUDGED] = {"not judged", "未判定"},
        [LAB_HOLDS] = {"holds", "成立"},
        [LAB_FAILS] = {"does not hold", "不成立"},
        [LAB_PARTLY] = {"holds in part", "部分成立"},
    };
    return name[verdict][language];
}

/* A place for a number: {0}, {1%}, {2:3}. */
typedef struct place {
    int number, digits; /* digits behind the point; -1: three in all */
    bool percent;
    const char *end; /* behind it; NULL: it is none */
} place;

static place read_place(const char *at)
{
    place p = {.digits = -1};
    if (at[1] < '0' || at[1] > '9')
        return p;
    p.number = at[1] - '0';
    at += 2;
    if (*at == '%')
        p.percent = true, at++;
    if (*at == ':' && at[1] >= '0' && at[1] <= '9')
        p.digits = at[1] - '0', at += 2;
    p.end = *at == '}' ? at + 1 : NULL;
    return p;
}

int lab_asks(const char *words)
{
    int most = 0;
    for (const char *at = strchr(words, '{'); at; at = strchr(at + 1, '{')) {
        place p = read_place(at);
        if (!p.end)
            return -1;
        most = p.number + 1 > most ? p.number + 1 : most;
    }
    return most;
}

/* Three digits, and no power of ten where a person writes none. */
static void add_number(text_buffer *t, const place *p, double value)
{
    value *= p->percent ? 100 : 1;
    double size = fabs(value);
    if (!isfinite(value))
        text_add(t, isnan(value) ? "NaN" : value > 0 ? "∞" : "-∞");
    else if (p->digits >= 0)
        text_add_format(t, "%.*f", p->digits, value);
    else if (value == floor(value) && size < 1e6)
        text_add_format(t, "%.0f", value);
    else if (size >= 100 && size < 1e6)
        text_add_format(t, "%.0f", value);
    else
        text_add_format(t, "%.3g", value);
    text_add(t, p->percent ? " %" : "");
}

char *lab_words(const lab_text *text, lab_language language)
{
    const char *words = lab_choose(text->en, text->zh, language);
    text_buffer t = {0};
    text_add(&t, "");
    for (const char *at = words ? words : ""; *at;) {
        size_t plain = strcspn(at, "{");
        text_add_bytes(&t, at, plain);
        at += plain;
        if (!*at)
            break;
        place p = read_place(at);
        if (p.end)
            add_number(&t, &p, text->number[p.number]);
        else
            text_add_bytes(&t, at, 1);
        at = p.end ? p.end : at + 1;
    }
    return text_take(&t);
}
