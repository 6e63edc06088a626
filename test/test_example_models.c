/* Every configuration in example/ is read, built and trained for an epoch, on a little data of the
 * shape that its file speaks of. */
#include "test.h"

#include <adze/kit.h>

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/adze-examples-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][256];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static FILE *create(const char *name)
{
    FILE *f = fopen(in_folder(name), "wb");
    if (!f)
        TEST_FAILED("%s cannot be written", name);
    return f;
}

/* Bytes that are no pattern, the same everywhere. */
static void put_bytes(FILE *f, int count)
{
    static unsigned word = 1;
    for (int i = 0; i < count; i++) {
        word = word * 1664525 + 1013904223;
        putc((int)(word >> 24), f);
    }
}

/* ---------------------------------------------------------------- data of each kind */

static void put_size(FILE *f, int size)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        putc(size >> shift & 255, f);
}

static void write_idx(const char *images, const char *labels, int count)
{
    FILE *a = create(images), *b = create(labels);
    if (a && b) {
        put_size(a, 0x803), put_size(a, count), put_size(a, 28), put_size(a, 28);
        put_size(b, 0x801), put_size(b, count);
        put_bytes(a, count * 784);
        for (int i = 0; i < count; i++)
            putc(i % 10, b);
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
}

static void make_idx(void)
{
    write_idx("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 40);
    write_idx("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 20);
}

static void write_cifar(const char *name)
{
    FILE *f = create(name);
    for (int i = 0; f && i < 10; i++) {
        putc(i, f);
        put_bytes(f, 3072);
    }
    if (f)
        fclose(f);
}

static void make_cifar(void)
{
    char name[40];
    for (int i = 1; i <= 5; i++) {
        snprintf(name, sizeof name, "data_batch_%d.bin", i);
        write_cifar(name);
    }
    write_cifar("test_batch.bin");
}

/* Numbers 0 to 6, the last column 0 or 1 in turn where it is two, else 1 to 300. */
static void write_table(const char *name, const char *head, int columns, bool two)
{
    FILE *f = create(name);
    if (!f)
        return;
    fprintf(f, "%s\n", head);
    for (int i = 0; i < 120; i++)
        for (int k = 0; k < columns; k++)
            fprintf(f, "%s%d%s", k ? "," : "",
                    k < columns - 1 ? (i * 31 + k * 17 + i * k * 7) % 101 % 7
                    : two           ? i % 2
                                    : i * 53 % 300 + 1,
                    k < columns - 1 ? "" : "\n");
    fclose(f);
}

static void make_diabetes(void)
{
    write_table("diabetes.csv", "age,sex,bmi,bp,tc,ldl,hdl,tch,ltg,glu,progression", 11, false);
}

static void make_randhie(void)
{
    write_table("randhie.csv", "lncoins,idp,lpi,fmde,physlm,disea,hlthg,hlthf,hlthp,mdvis", 10,
                false);
}

static void make_cancer(void)
{
    write_table("cancer.csv",
                "m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,"
                "m23,m24,m25,m26,m27,m28,m29,m30,benign",
                31, true);
}

static void make_anes96(void)
{
    write_table("anes96.csv", "popul,TVnews,selfLR,ClinLR,DoleLR,PID,age,educ,income,vote", 10,
                true);
}

/* The alphabet again and again, in lines. */
static void make_corpus(void)
{
    FILE *f = create("corpus.txt");
    for (int i = 0; f && i < 27 * 300; i++)
        putc(i % 27 == 26 ? '\n' : 'a' + i % 27, f);
    if (f)
        fclose(f);
}

/* Files to train and to test on: a head, and then two lines in turn, 40 in all. */
static void write_both(const char *train, const char *test, const char *head, const char *one,
                       const char *other)
{
    for (int k = 0; k < 2; k++) {
        FILE *f = create(k ? test : train);
        if (!f)
            return;
        fputs(head, f);
        for (int i = 0; i < 40; i++)
            fprintf(f, i % 2 ? other : one, i % 7);
        fclose(f);
    }
}

static void make_messages(void)
{
    write_both("messages.txt", "messages-test.txt", "", "ham\tsee you at %d\n",
               "spam\twin %d now now now\n");
}

/* Nine tokens, which others chose. */
static void make_vocabulary(void)
{
    make_messages();
    FILE *f = create("vocab.txt");
    if (!f)
        return;
    fputs("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nsee\nyou\nwin\nnow\n", f);
    fclose(f);
}

static void make_pairs(void)
{
    write_both("pairs.csv", "pairs-test.csv", "text,text_b,label\n", "it is %d,so it was,follows\n",
               "it is %d,no one came,other\n");
}

/* A word and its tag a line, and an empty one behind each sentence. */
static void make_tagged(void)
{
    write_both("tagged.txt", "tagged-test.txt", "", "ann\tB-name\nlee\tI-name\nhas\tO\n%d\tO\n\n",
               "so\t_\nhas\tO\nbob\tB-name\n%d\tO\n\n");
}

static void make_questions(void)
{
    write_both("questions.csv", "questions-test.csv", "question,context,answer\n",
               "who has it,ann has %d of it,ann\n", "who came,then bob lee came at %d,bob lee\n");
}

/* 16 bits, one channel, 8000 a second; two takes of the first for each digit. */
static void make_sounds(void)
{
    static const unsigned char head[44] = "RIFF\x44\x06\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f"
                                          "\0\0\x80\x3e\0\0\2\0\x10\0"
                                          "data\x20\x06\0";
    char name[40];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%d_ann_%d.wav", i % 10, i / 10 + 3);
        FILE *f = create(name);
        if (f && fwrite(head, 1, sizeof head, f) == sizeof head)
            put_bytes(f, 1568);
        if (f)
            fclose(f);
    }
}

/* Letters that are said in the sounds. */
static void make_said(void)
{
    make_sounds();
    FILE *f = create("said.csv");
    if (!f)
        return;
    fprintf(f, "file,text\n");
    for (int i = 0; i < 40; i++)
        fprintf(f, "%d_ann_%d.wav,%c%c\n", i % 10, i / 10 + 3, 'a' + i % 2, 'b' + i / 2 % 2);
    fclose(f);
}

static void make_ett(void)
{
    FILE *f = create("ETTh1.csv");
    if (!f)
        return;
    fprintf(f, "date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT\n");
    for (int i = 0; i < 300; i++) {
        fprintf(f, "2016-07-%02d %02d:00:00", 1 + i / 24, i % 24);
        for (int k = 0; k < 7; k++)
            fprintf(f, ",%d.5%s", (i * 31 + k * 17 + i * k * 7) % 101 % 7, k < 6 ? "" : "\n");
    }
    fclose(f);
}

static void make_sunspots(void)
{
    FILE *f = create("sunspots.csv");
    if (!f)
        return;
    fprintf(f, "\"YEAR\",\"SUNACTIVITY\"\n");
    for (int i = 0; i < 240; i++)
        fprintf(f, "%d,%d.5\n", 1700 + i, i % 11 * (i * 31 % 7));
    fclose(f);
}

/* Two digits, and their names. */
static void make_numbers(void)
{
    static const char *const names[] = {"one", "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine"};
    FILE *f = create("numbers.txt");
    for (int i = 0; f && i < 81; i++)
        fprintf(f, "%d%d\t%s %s\n", i / 9 + 1, i % 9 + 1, names[i / 9], names[i % 9]);
    if (f)
        fclose(f);
}

/* ---------------------------------------------------------------- the examples */

typedef struct example {
    const char *name;
    void (*make)(void); /* NULL: drawn */
    const char *path;   /* in the folder */
    const char *task;
    int64_t
        parameters; /* by hand: out (in + 1) of a linear, 2 of each channel of a batch norm... */
} example;

/* Nets of 6 (more + 1) + 2 layers with 8, 16 and 32 filters. */
#define PLAIN(more)                                                         \
    (8 * 27 + 16 + ((more) + 1) * (18 * 64 + 32) + 9 * 16 * (8 + 16) + 64 + \
     (more) * (18 * 256 + 64) + 9 * 32 * (16 + 32) + 128 + (more) * (18 * 1024 + 128) + 10 * 33)

/* The players of dcgan.yaml: what the generator and the discriminator take. */
#define DRAWS(in) ((in)*3136 + 2 * 64 + 64 * 32 * 16 + 2 * 32 + 32 * 16 + 1)
#define JUDGES(in) (32 * 16 * (in) + 32 + 64 * 32 * 16 + 64 + 3136 + 1)
/* A block of ddpm.yaml: two convolutions, a norm, a linear map of what was told. */
#define TOLD(in, out) \
    (9 * (in) * (out) + (out) + 2 * (out) + 65 * (out) + 9 * (out) * (out) + (out))
/* The bert_*.yaml: 56 tokens (5 special ones, 26 letters, and 25 parts of the alphabet), positions,
 * a norm, and twelve blocks; a norm behind those is 128 more. */
#define BERT (56 * 64 + 64 * 64 + 128 + 12 * (4 * 64 * 65 + 256 * 65 + 64 * 257 + 256))

static const example examples[] = {
    {"lenet.yaml", make_idx, "", "classification",
     25 * 32 + 32 + 25 * 32 * 64 + 64 + 512 * (3136 + 1) + 10 * 513},
    {"mlp.yaml", make_idx, "", "classification", 0},
    {"two_branch.yaml", make_idx, "", "classification",
     9 * 16 + 16 + 9 * 256 + 16 + 49 * 16 + 16 + 64 * (7 * 7 * 32 + 1) + 10 * 65},
    {"autoencoder.yaml", make_idx, "", "autoencoder", 256 * 785 + 32 * 257 + 256 * 33 + 784 * 257},
    /* 0.27 M: 269,722 with shortcuts without weights (He et al. 2015), and two of 1 x 1 here */
    {"resnet20.yaml", make_cifar, "", "classification", 269722 + 16 * 32 + 32 * 64 + 2 * (32 + 64)},
    {"regression.yaml", make_diabetes, "diabetes.csv", "regression", 16 * 11 + 17},
    {"count.yaml", make_randhie, "randhie.csv", "count", 32 * 10 + 33},
    {"table_embedding.yaml", make_anes96, "anes96.csv", "classification",
     3 * 3 * 8 + 16 * (6 + 9 + 1) + 2 * 17},
    {"spoken_digits.yaml", make_sounds, "", "classification",
     64 * 201 + 2 * 64 * 321 + 3 * 128 + 10 * 65},
    {"forecast.yaml", make_ett, "ETTh1.csv", "forecast", 3 * 64 * (7 + 64 + 2) + 7 * 65},
    {"siamese.yaml", make_idx, "", "similarity",
     16 * 10 + 32 * 145 + 128 * (7 * 7 * 32 + 1) + 32 * 129},
    /* three letters, what is new and the blank */
    {"ctc_digits.yaml", make_said, "said.csv", "transcription",
     64 * 201 + 64 * 321 + 2 * 3 * 64 * (64 + 64 + 2) + 5 * 129},
    {"vae.yaml", make_idx, "", "vae", 400 * 785 + 40 * 401 + 400 * 21 + 784 * 401},
    {"ddpm.yaml", make_idx, "", "diffusion",
     9 * 16 + 16 + 64 * (64 + 10 + 1) + TOLD(16, 16) + TOLD(16, 32) + TOLD(32, 64) + 4 * 64 * 32 +
         32 + TOLD(64, 32) + 4 * 32 * 16 + 16 + TOLD(32, 16) + 9 * 16 + 1},
    {"dcgan.yaml", make_idx, "", "gan", DRAWS(64) + JUDGES(1)},
    {"lsgan.yaml", make_idx, "", "gan", DRAWS(64) + JUDGES(1)},
    {"wgan_gp.yaml", make_idx, "", "gan", DRAWS(64) + JUDGES(1)},
    {"cgan.yaml", make_idx, "", "gan", DRAWS(64 + 10) + JUDGES(1 + 10)},
    {"denoising.yaml", make_idx, "", "autoencoder",
     16 * 9 + 16 + 32 * 16 * 9 + 32 + 32 * 16 * 16 + 16 + 16 * 16 + 1},
    {"gan_points.yaml", NULL, NULL, "gan", 64 * 9 + 64 * 65 + 2 * 65 + 64 * 3 + 64 * 65 + 65},
    /* 27 letters, padding and what is new: 29 rows of 64 numbers, and 29 (256 + 1) at the end */
    {"rnn_shakespeare.yaml", make_corpus, "corpus.txt", "language_model",
     29 * 64 + 256 * (64 + 256 + 2) + 29 * 257},
    {"gru_shakespeare.yaml", make_corpus, "corpus.txt", "language_model",
     29 * 64 + 3 * 256 * (64 + 256 + 2) + 29 * 257},
    {"lstm_shakespeare.yaml", make_corpus, "corpus.txt", "language_model",
     29 * 64 + 4 * 256 * (64 + 256 + 2) + 29 * 257},
    {"gpt_shakespeare.yaml", make_corpus, "corpus.txt", "language_model",
     (29 + 64) * 128 + 4 * (128 * 129 * 4 + 512 * 129 + 128 * 513 + 4 * 128) + 2 * 128},
    /* 38 words of the grammar, padding and what is new */
    {"tagging.yaml", NULL, NULL, "tagging", 40 * 16 + 2 * 3 * 16 * (16 + 16 + 2) + 8 * 33},
    /* 26 letters, padding and what is new are read; begin and end are written too, begin alone is
     * seen and not written */
    {"reverse.yaml", NULL, NULL, "sequence_to_sequence",
     28 * 32 + 31 * 32 + 2 * 3 * 64 * (32 + 64 + 2) + 4 * 64 * 65 + 64 * 129 + 30 * 65},
    {"sort.yaml", NULL, NULL, "sequence_to_sequence",
     28 * 64 + 2 * (4 * 64 * 65 + 128 * 65 + 64 * 129 + 4 * 64) + 2 * 64 + 31 * 64 +
         2 * (8 * 64 * 65 + 128 * 65 + 64 * 129 + 6 * 64) + 2 * 64 + 30 * 65},
    {"textcnn_sms.yaml", make_messages, "messages.txt", "classification", 0},
    {"fasttext_sms.yaml", make_messages, "messages.txt", "classification", 0},
    {"tcn_etth1.yaml", make_ett, "ETTh1.csv", "forecast", 32 * 8 + 8 * 32 * 97 + 7 * 33},
    {"tcn_sunspots.yaml", make_sunspots, "sunspots.csv", "forecast", 16 * 2 + 6 * 16 * 49 + 17},
    {"gru_sunspots.yaml", make_sunspots, "sunspots.csv", "forecast", 3 * 32 * (1 + 32 + 2) + 33},
    /* 9 digits are read, 14 letters and a blank are written; further rows as in reverse.yaml */
    {"number_words.yaml", make_numbers, "numbers.txt", "sequence_to_sequence",
     11 * 32 + 20 * 32 + 2 * 3 * 96 * (32 + 96 + 2) + 4 * 96 * 97 + 96 * 193 + 19 * 97},
    /* runs that are stored, of which the next ones take their vocabulary */
    {"bert_pretrain.yaml", make_corpus, "corpus.txt", "masked_language_model",
     BERT + 128 + 64 * 65 + 128 + 56},
    {"minilm_sms.yaml", make_vocabulary, "messages.txt", "classification",
     384 * (9 + 2 + 512 + 2) + 6 * (4 * 384 * 385 + 1536 * 385 + 384 * 1537 + 4 * 384) + 2 * 385},
    /* with a row for each of two segments */
    {"bert_next.yaml", make_corpus, "corpus.txt", "masked_language_model",
     BERT + 2 * 64 + 128 + 64 * 65 + 128 + 56 + 64 * 65 + 2 * 65},
    {"bert_sms.yaml", make_messages, "messages.txt", "classification",
     BERT + 2 * 64 + 128 + 64 * 65 + 2 * 65},
    {"bert_pairs.yaml", make_pairs, "pairs.csv", "classification",
     BERT + 2 * 64 + 128 + 64 * 65 + 2 * 65},
    {"bert_tags.yaml", make_tagged, "tagged.txt", "tagging", BERT + 128 + 3 * 65},
    {"bert_spans.yaml", make_questions, "questions.csv", "spans", BERT + 2 * 64 + 128 + 2 * 65},
    {"linear_regression.yaml", make_diabetes, "diabetes.csv", "regression", 11},
    /* one of the 30 columns of this table is the same everywhere, and left out */
    {"logistic_regression.yaml", make_cancer, "cancer.csv", "labels", 30},
    {"softmax_regression.yaml", make_idx, "", "classification", 7850},
    {"poisson_regression.yaml", make_randhie, "randhie.csv", "count", 10},
    {"wide_and_deep.yaml", make_anes96, "anes96.csv", "classification",
     2 * 7 + 3 * 8 * (2 + 4) + 32 * (6 + 12 + 1) + 2 * 33},
    {"nin.yaml", make_cifar, "", "classification",
     32 * 28 + 2 * 32 * 33 + 48 * 289 + 2 * 48 * 49 + 64 * 433 + 2 * 64 * 65 + 10 * 65 + 2 * 144},
    {"vgg.yaml", make_cifar, "", "classification",
     16 * 28 + (16 + 32) * 145 + (32 + 64) * 289 + 64 * 577 + 128 * 1025 + 10 * 129},
    {"highway.yaml", make_idx, "", "classification", 50 * 785 + 50 * 100 * 51 + 10 * 51},
    {"highway_plain.yaml", make_idx, "", "classification", 50 * 785 + 50 * 50 * 51 + 10 * 51},
    {"resnet_20.yaml", make_cifar, "", "classification",
     PLAIN(2) + 8 * 16 + 2 * 16 + 16 * 32 + 2 * 32},
    {"resnet_56.yaml", make_cifar, "", "classification",
     PLAIN(8) + 8 * 16 + 2 * 16 + 16 * 32 + 2 * 32},
    {"resnet_20_plain.yaml", make_cifar, "", "classification", PLAIN(2)},
    {"resnet_56_plain.yaml", make_cifar, "", "classification", PLAIN(8)},
    {"densenet.yaml", make_cifar, "", "classification",
     16 * 27 + 74 * (112 + 144 + 160) + 2 * 48 + 48 * 24 + 2 * 56 + 56 * 28 + 2 * 60 + 10 * 61},
    {"mobilenet.yaml", make_cifar, "", "classification",
     16 * 27 + 32 + 11 * (16 + 32 + 64 + 64 + 128) + 16 * 32 + 32 * 64 + 64 * 64 + 64 * 128 +
         128 * 128 + 2 * (32 + 64 + 64 + 128 + 128) + 10 * 129},
    {"vit.yaml", make_idx, "", "classification",
     64 * 50 + 16 * 64 + 3 * (4 * 64 * 65 + 128 * 65 + 64 * 129 + 4 * 64) + 2 * 64 + 10 * 65},
    {"unet.yaml", make_idx, "", "autoencoder",
     8 * 17 + 3 * 8 * 73 + 16 * 73 + 16 * 145 + 32 * 145 + 32 * 289 + 16 * 129 + 16 * 289 +
         16 * 145 + 8 * 65 + 8 * 145 + 9},
};

/* Those that have layers or a task beyond the core. */
static bool is_extra(const char *name)
{
    static const char *const names[] = {"nin.yaml",          "highway.yaml", "mobilenet.yaml",
                                        "fasttext_sms.yaml", "siamese.yaml", "ctc_digits.yaml",
                                        "ddpm.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}
#ifdef ADZE_EXTRAS
static const bool have_extras = true;
#else
static const bool have_extras = false;
#endif

enum { EXAMPLES = sizeof examples / sizeof *examples };

static int64_t parameters_of(ad_graph *g)
{
    int64_t count = 0;
    for (int i = 0; i < ad_variable_count(g); i++) {
        ad_tensor *v = ad_variable_at(g, i);
        ad_shape shape = ad_tensor_shape(v);
        int64_t values = ad_trainable(v);
        for (int k = 0; k < shape.rank; k++)
            values *= shape.size[k];
        count += values;
    }
    return count;
}

static bool is_called(const example *e, const char *name)
{
    return strcmp(e->name, name) == 0;
}

/* Where the run of an example is stored that others go on from; NULL: none does. */
static const char *stored(const example *e)
{
    return is_called(e, "bert_pretrain.yaml") ? "bert"
           : is_called(e, "bert_next.yaml")   ? "next"
                                              : NULL;
}

/* The run that an example goes on from, NULL: none. */
static const char *before(const example *e)
{
    bool of_next = e->make == make_pairs || e->make == make_tagged || e->make == make_questions;
    return of_next || is_called(e, "bert_sms.yaml") ? "next" : NULL;
}

/* The file to test on that write_both() has put beside x.y, x-test.y; NULL: there is none. */
static const char *test_of(const example *e)
{
    static char name[40];
    const char *end = e->path ? strchr(e->path, '.') : NULL;
    if (!end || (e->make != make_messages && e->make != make_vocabulary && !before(e)))
        return NULL;
    snprintf(name, sizeof name, "%.*s-test%s", (int)(end - e->path), e->path, end);
    return name;
}

static bool read_example(const example *e, ad_config **config)
{
    char path[300], data[300], test[300], from[300];
    const char *set[7] = {"train.epochs=1", "train.schedule.warmup=0", data, "train.steps=0"};
    int count = 4;
    snprintf(path, sizeof path, "%s/../example/%s", ADZE_TEST_DIR, e->name);
    snprintf(data, sizeof data, "data.path=%s", in_folder(e->path ? e->path : ""));
    if (!e->make)
        set[2] = "data.train_count=512";
    if (test_of(e)) {
        snprintf(test, sizeof test, "data.test=%s", in_folder(test_of(e)));
        set[count++] = test;
    }
    if (stored(e)) {
        set[count++] = "text.vocabulary=60";
        set[count++] = "data.validation=0.2";
    }
    if (before(e)) {
        snprintf(from, sizeof from, "text.from=%s", in_folder(before(e)));
        set[count++] = from;
    }
    if (e->make == make_vocabulary) {
        snprintf(from, sizeof from, "text.path=%s", in_folder("vocab.txt"));
        set[count++] = from;
    }
    return ad_config_read(path, set, count, config) == AD_OK;
}

static void check_example(const example *e)
{
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_run_network net = {0};
    ad_run_result result = {0};
    if (e->make)
        e->make();
    /* checking the graph of a deep net between passes takes longer than all else here */
    setenv("ADZE_CHECK", e->make == make_cifar || is_called(e, "highway.yaml") ? "0" : "1", 1);
    bool good = read_example(e, &config) && ad_run_sources(config, &data) == AD_OK &&
                ad_run_build(config, &data, 2, &net) == AD_OK;
    if (good) {
        CHECK_STREQ(data.task->record.name, e->task);
        if (e->parameters && parameters_of(net.graph) != e->parameters)
            TEST_FAILED("%s has %lld parameters, not %lld", e->name,
                        (long long)parameters_of(net.graph), (long long)e->parameters);
        ad_run_folder *run = NULL;
        if (stored(e))
            CHECK_OK(ad_run_open(in_folder(stored(e)), AD_RUN_NEW, &run));
        good = ad_run_train(
                   &(ad_run_options){.config = config, .data = &data, .network = &net, .run = run},
                   &result) == AD_OK;
        ad_run_close(run);
        CHECK_EQ(result.at.epoch, 1);
    }
    if (!good)
        TEST_FAILED("%s: %s", e->name, ad_kit_error());
    ad_run_network_done(&net);
    ad_run_data_done(&data);
    ad_config_free(config);
}

TEST(examples_are_built_and_trained)
{
    for (int i = 0; i < EXAMPLES; i++)
        if (have_extras || !is_extra(examples[i].name))
            check_example(&examples[i]);
}

/* A file that is put there has a row here. */
TEST(none_is_left_out)
{
    DIR *d = opendir(ADZE_TEST_DIR "/../example");
    REQUIRE(d);
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        const char *end = strrchr(entry->d_name, '.');
        bool known = !end || strcmp(end, ".yaml") != 0;
        for (int i = 0; i < EXAMPLES && !known; i++)
            known = strcmp(entry->d_name, examples[i].name) == 0;
        if (!known)
            TEST_FAILED("%s is in no row of examples[]", entry->d_name);
    }
    closedir(d);
}

TEST(nothing_is_left_behind)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK_EQ(system(command), 0);
}

int main(int count, char **arguments)
{
    ad_config *config = NULL;
    const char text[] = "data: {format: digits}\nmodel: [flatten, {linear: {out: 10}}]\n";
    ad_status status = ad_config_parse("x", text, strlen(text), NULL, 0, &config);
    ad_config_free(config);
    if (status == AD_ERROR_UNSUPPORTED || !mkdtemp(folder)) {
        puts("skipped: no libyaml, or no /tmp");
        return 77;
    }
    return test_main(count, arguments);
}
