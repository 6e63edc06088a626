/* Text: convolutions over words (Kim 2014), a bag of words (Joulin et al. 2016), recurrent networks
 * over characters, and transformers, layer norm first. */
#include "bench.h"

#include <math.h>
#include <stdio.h>

static ad_tensor *tokens(job *j, const char *name, int64_t batch, int64_t time, int64_t vocabulary)
{
    return job_feed_new(j, name, AD_I32, AD_SHAPE(batch, time), FILL_NUMBERS, vocabulary);
}

/* clip: AD_AUTO for none. */
static ad_tensor *adam(ad_tensor *loss, double clip)
{
    return ad_adam(loss, .rate = 1e-3, .clip_norm = clip);
}

static ad_tensor *two_classes(job *j, ad_tensor *x)
{
    int64_t batch = ad_tensor_shape(x).size[0];
    ad_tensor *logits = ad_linear(x, .out = 2, .name = "fc");
    ad_tensor *y = job_feed_new(j, "y", AD_I32, AD_SHAPE(batch), FILL_NUMBERS, 2);
    return ad_cross_entropy(logits, y);
}

void build_textcnn(job *j)
{
    int64_t words = job_size(j, 20000, 300);
    ad_tensor *x = tokens(j, "x", job_size(j, 64, 8), job_size(j, 128, 16), words);
    ad_tensor *e = ad_embedding(x, .count = words, .width = 128, .type = j->type, .name = "emb");
    ad_tensor *part[3];
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "convs.%d", i);
        ad_tensor *y = ad_conv1d(e, .filters = 100, .kernel = 3 + i, .name = name);
        part[i] = ad_max(ad_relu(y), AD_AXES(1));
    }
    job_program(j, adam(two_classes(j, ad_concat(part, 3, 1)), AD_AUTO), true);
}

void build_bag(job *j)
{
    int64_t words = job_size(j, 50000, 300);
    ad_tensor *x = tokens(j, "x", job_size(j, 256, 16), job_size(j, 64, 8), words);
    ad_tensor *e = ad_embedding(x, .count = words, .width = 128, .type = j->type, .name = "emb");
    job_program(j, adam(two_classes(j, ad_mean(e, AD_AXES(1))), AD_AUTO), true);
}

/* ---- recurrent networks */

typedef ad_tensor *recurrent(ad_tensor *x, int64_t width, const char *name);

static ad_tensor *rnn(ad_tensor *x, int64_t width, const char *name)
{
    return ad_rnn(x, .width = width, .name = name);
}

static ad_tensor *lstm(ad_tensor *x, int64_t width, const char *name)
{
    return ad_lstm(x, .width = width, .name = name);
}

static ad_tensor *gru(ad_tensor *x, int64_t width, const char *name)
{
    return ad_gru(x, .width = width, .name = name);
}

enum { CHARACTERS = 96 };

/* Layer i is called rnn.i here, where PyTorch has one module whose weights end in _l0, _l1. */
static ad_tensor *characters(job *j, ad_tensor *x, recurrent *layer, int64_t width, int layers)
{
    x = ad_embedding(x, .count = CHARACTERS, .width = width, .type = j->type, .name = "emb");
    for (int i = 0; i < layers; i++) {
        char name[8];
        snprintf(name, sizeof name, "rnn.%d", i);
        x = layer(x, width, name);
    }
    return ad_linear(x, .out = CHARACTERS, .name = "out");
}

static void train_characters(job *j, recurrent *layer, int64_t width, int layers)
{
    int64_t batch = job_size(j, 32, 4), time = job_size(j, 64, 8);
    ad_tensor *x = tokens(j, "x", batch, time, CHARACTERS);
    ad_tensor *y = tokens(j, "y", batch, time, CHARACTERS);
    ad_tensor *logits = characters(j, x, layer, width, layers);
    job_program(j, adam(ad_cross_entropy(logits, y), 1), true);
}

void build_rnn(job *j)
{
    train_characters(j, rnn, 256, 1);
}

void build_lstm(job *j)
{
    train_characters(j, lstm, job_size(j, 512, 64), 2);
}

void build_gru(job *j)
{
    train_characters(j, gru, job_size(j, 256, 64), 2);
}

void build_infer_lstm(job *j)
{
    job_program(j, characters(j, tokens(j, "x", 1, 64, CHARACTERS), lstm, job_size(j, 512, 64), 2),
                false);
}

/* ---- transformers */

typedef struct shape {
    int64_t batch, time, vocabulary, width, heads;
    int layers;
    bool causal;
} shape;

/* (batch, time, 3 width) as thirds: (batch, heads, time, width / heads). */
static ad_tensor *third(const shape *s, ad_tensor *qkv, int i)
{
    ad_tensor *x = ad_slice(qkv, 2, i * s->width, (i + 1) * s->width, 1);
    x = ad_reshape(x, AD_SHAPE(s->batch, s->time, s->heads, s->width / s->heads));
    return ad_transpose(x, AD_AXES(0, 2, 1, 3));
}

static ad_tensor *attend(const shape *s, ad_tensor *x)
{
    ad_tensor *qkv = ad_linear(x, .out = 3 * s->width, .name = "qkv");
    ad_tensor *a =
        ad_attention(third(s, qkv, 0), third(s, qkv, 1), third(s, qkv, 2), .causal = s->causal);
    a = ad_reshape(ad_transpose(a, AD_AXES(0, 2, 1, 3)), AD_SHAPE(s->batch, s->time, s->width));
    return ad_linear(a, .out = s->width, .name = "o");
}

static ad_tensor *layer(const shape *s, ad_tensor *x)
{
    x = ad_add(x, attend(s, ad_layer_norm(x, .name = "n1")));
    ad_tensor *h = ad_linear(ad_layer_norm(x, .name = "n2"), .out = 4 * s->width, .name = "up");
    return ad_add(x, ad_linear(ad_gelu(h), .out = s->width, .name = "down"));
}

static ad_tensor *transformer(job *j, const shape *s, ad_tensor *x)
{
    ad_graph *g = j->graph;
    x = ad_embedding(x, .count = s->vocabulary, .width = s->width, .type = j->type, .name = "tok");
    x = ad_add(x, ad_variable(g, "pos", ad_full(g, j->type, AD_SHAPE(s->time, s->width), 0)));
    for (int i = 0; i < s->layers; i++) {
        char scope[32];
        snprintf(scope, sizeof scope, "layers.%d", i);
        ad_scope_begin(g, scope);
        x = layer(s, x);
        ad_scope_end(g);
    }
    x = ad_layer_norm(x, .name = "norm");
    return ad_linear(x, .out = s->vocabulary, .bias = false, .name = "head");
}

static void train_transformer(job *j, const shape *s)
{
    ad_tensor *x = tokens(j, "x", s->batch, s->time, s->vocabulary);
    ad_tensor *y = tokens(j, "y", s->batch, s->time, s->vocabulary);
    ad_tensor *loss = ad_cross_entropy(transformer(j, s, x), y);
    job_program(j, ad_adamw(loss, .rate = 3e-4, .decay = 0.1, .clip_norm = 1), true);
}

static shape gpt(const job *j)
{
    return (shape){job_size(j, 8, 2), job_size(j, 256, 16), 96, job_size(j, 384, 48), 6, 6, true};
}

void build_gpt(job *j)
{
    shape s = gpt(j);
    train_transformer(j, &s);
}

void build_bert(job *j)
{
    shape s = {.batch = job_size(j, 16, 2), .time = job_size(j, 128, 16)};
    s.vocabulary = job_size(j, 8192, 96), s.width = job_size(j, 256, 32);
    s.heads = 4, s.layers = 12;
    train_transformer(j, &s);
}

void build_attention_1024(job *j)
{
    shape s = {.batch = 2, .time = job_size(j, 1024, 144), .vocabulary = 96, .causal = true};
    s.width = job_size(j, 384, 48), s.heads = 6, s.layers = 2;
    train_transformer(j, &s);
}

void build_infer_gpt(job *j)
{
    shape s = gpt(j);
    s.batch = 1;
    job_program(j, transformer(j, &s, tokens(j, "x", 1, s.time, s.vocabulary)), false);
}
