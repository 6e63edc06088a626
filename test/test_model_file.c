/* Stored models that are not what was stored: any bit turned, cut off anywhere, with a note that is
 * another though its sums are right.  They are refused with words, or predict; nothing is read or
 * written beside its place. */
#include "test.h"

#include <adze/kit.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kit/run.h"
#include "../kit/yaml.h"
#include "random.h"

static char folder[] = "/tmp/adze-model-XXXXXX";
static char model[300], other[300], table[300];

static const char job[] = "data: {csv: t.csv, target: y}\n"
                          "train: {epochs: 1}\n"
                          "model:\n"
                          "  - embedding: {width: 2, from: kind, name: e}\n"
                          "  - concat: {from: [input, e]}\n"
                          "  - linear: {out: 3}\n"
                          "  - relu\n"
                          "  - linear: {out: 1}\n";

static void write_table(void)
{
    FILE *f = fopen(table, "w");
    fprintf(f, "a,b,kind,y\n");
    for (int i = 0; f && i < 40; i++) {
        char b[16] = "";
        if (i % 7)
            snprintf(b, sizeof b, "%.2f", (i * 53 % 97) / 9.0);
        fprintf(f, "%.1f,%s,%s,%.2f\n", (i * 37 % 101) / 10.0, b, i % 3 ? "red" : "blue",
                (i * 37 % 101) / 3.0);
    }
    if (f)
        fclose(f);
}

static bool train(void)
{
    ad_config *c = NULL;
    ad_run_folder *run = NULL;
    ad_run_data data = {0};
    ad_run_network net = {0};
    ad_run_result result;
    char path[320];
    snprintf(path, sizeof path, "%s/job.yaml", folder);
    snprintf(model, sizeof model, "%s/run/model.safetensors", folder);
    snprintf(other, sizeof other, "%s/other.safetensors", folder);
    snprintf(table, sizeof table, "%s/t.csv", folder);
    write_table();
    bool good = ad_config_parse(path, job, strlen(job), NULL, 0, &c) == AD_OK;
    snprintf(path, sizeof path, "%s/run", folder);
    good = good && ad_run_open(path, AD_RUN_NEW, &run) == AD_OK &&
           ad_run_sources(c, &data) == AD_OK && ad_run_build(c, &data, 1, &net) == AD_OK &&
           ad_run_train(&(ad_run_options){.config = c, .data = &data, .network = &net, .run = run},
                        &result) == AD_OK;
    if (!good)
        printf("%s\n", ad_kit_error());
    ad_run_network_done(&net);
    ad_run_data_done(&data);
    ad_run_close(run);
    ad_config_free(c);
    return good;
}

static unsigned char *bytes_of(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    unsigned char *bytes = calloc(1, 1 << 20);
    *size = f && bytes ? fread(bytes, 1, 1 << 20, f) : 0;
    if (f)
        fclose(f);
    return bytes;
}

static void write_bytes(const void *bytes, size_t size)
{
    FILE *f = fopen(other, "wb");
    if (f) {
        fwrite(bytes, 1, size, f);
        fclose(f);
    }
}

/* Predicts the table's rows; false with words where the model cannot be loaded, or not used. */
static bool predict(const char *path, float *out, int64_t most)
{
    ad_model *m = NULL;
    ad_source *items = NULL;
    const char *file = table;
    bool good = ad_model_load(path, &m) == AD_OK && ad_model_items(m, &file, 1, &items) == AD_OK;
    int64_t count = good ? ad_source_count(items) : 0;
    if (good && count * ad_model_width(m) <= most)
        good = ad_model_predict(m, items, 0, count, out) == AD_OK;
    CHECK(good || *ad_kit_error());
    ad_source_free(items);
    ad_model_free(m);
    return good;
}

enum { MOST = 4096 };
static float right[MOST], now[MOST];

TEST(any_bit_may_turn)
{
    size_t size;
    unsigned char *bytes = bytes_of(model, &size);
    REQUIRE(predict(model, right, MOST));
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (unsigned char)(1 << i % 8);
        write_bytes(bytes, size);
        bytes[i] ^= (unsigned char)(1 << i % 8);
        if (predict(other, now, MOST) && memcmp(right, now, sizeof right) != 0)
            TEST_FAILED("byte %zu of %zu is not missed", i, size);
    }
    free(bytes);
}

TEST(cut_off_anywhere)
{
    size_t size;
    unsigned char *bytes = bytes_of(model, &size);
    for (size_t i = 0; i < size; i += 1 + i / 16) {
        write_bytes(bytes, i);
        CHECK(!predict(other, now, MOST));
    }
    free(bytes);
}

/* ---------------------------------------------------------------- other notes */

typedef struct stored {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    char *note;
} stored;

static bool stored_open(stored *s)
{
    ad_run_data data = {0};
    char *graph = NULL;
    uint64_t sum;
    *s = (stored){.note = calloc(1, 1 << 20)};
    bool good = run_read_model(model, &data, &graph, &sum) == AD_OK &&
                ad_file_note(model, s->note, 1 << 20) == AD_OK;
    s->context = ad_context_new(.threads = 1);
    s->graph = good ? ad_graph_read(s->context, graph) : NULL;
    s->state = s->graph ? ad_state_new(s->graph, 1) : NULL;
    good = s->state && ad_load(s->state, model, .weights_only = true) == AD_OK;
    ad_run_data_done(&data);
    free(graph);
    return good;
}

static void stored_close(stored *s)
{
    ad_state_free(s->state);
    ad_graph_free(s->graph);
    ad_context_free(s->context);
    free(s->note);
}

/* The model with that note, its last line the right sum. */
static void write_note(const stored *s, char *note)
{
    char *check = strstr(note, "\ncheck ");
    for (char *p = check; p; p = strstr(p + 1, "\ncheck "))
        check = p;
    size_t size = check ? (size_t)(check - note) + 1 : strlen(note);
    sprintf(note + size, "check %016llx\n", (unsigned long long)run_sum(1, note, size));
    (void)!ad_save(s->state, other, .weights_only = true, .note = note);
}

/* One number becomes another, or one byte, or a line goes, or comes twice; sizes of texts are put
 * right where only bytes change. */
static void mutate(char *note, uint64_t *r)
{
    static const char *const numbers[] = {"0",        "-1",      "1", "99999999999",
                                          "16777216", "1000000", "9"};
    size_t size = strlen(note), at = random_below(r, (int)size - 24);
    int how = random_below(r, 4);
    char *line = note + at, *end;
    while (line > note && line[-1] != '\n')
        line--;
    end = strchr(line, '\n') ? strchr(line, '\n') + 1 : note + size;
    if (how == 0) {
        memmove(line, end, strlen(end) + 1);
    } else if (how == 1) {
        memmove(end, line, strlen(line) + 1);
    } else if (how == 2) {
        size_t digit = at;
        while (note[digit] && (note[digit] < '0' || note[digit] > '9'))
            digit++;
        size_t digits = strspn(note + digit, "0123456789");
        const char *put = numbers[random_below(r, 7)];
        char *rest = strdup(note + digit + digits);
        sprintf(note + digit, "%s%s", put, rest);
        free(rest);
    } else {
        note[at] = (char)(32 + random_below(r, 95));
    }
}

/* The texts of a note, and what stands before and behind them. */
enum { HEAD, SCHEMA, TRANSFORM, GRAPH, TAIL, PIECES };
static const char *const piece_key[] = {
    [SCHEMA] = "schema", [TRANSFORM] = "transform", [GRAPH] = "graph"};

static bool cut_note(const char *note, char *piece[PIECES])
{
    const char *at = note;
    for (int i = SCHEMA; i <= GRAPH; i++) {
        char key[32];
        snprintf(key, sizeof key, "\n%s ", piece_key[i]);
        const char *line = strstr(at, key);
        if (!line)
            return false;
        if (i == SCHEMA)
            piece[HEAD] = strndup(note, (size_t)(line + 1 - note));
        size_t size = strtoul(line + strlen(key), NULL, 10);
        at = strchr(line + 1, '\n') + 1;
        piece[i] = strndup(at, size);
        at += size;
    }
    piece[TAIL] = strdup(at + 1);
    return true;
}

static void join_note(char *const piece[PIECES], char *note)
{
    note += sprintf(note, "%s", piece[HEAD]);
    for (int i = SCHEMA; i <= GRAPH; i++)
        note += sprintf(note, "%s %zu\n%s\n", piece_key[i], strlen(piece[i]), piece[i]);
    sprintf(note, "%s", piece[TAIL]);
}

/* One of the texts is another, and its size is told as it is then. */
static void mutate_piece(const char *from, char *note, uint64_t *r)
{
    char *piece[PIECES] = {NULL}, *text = calloc(1, 1 << 20);
    if (cut_note(from, piece) && text) {
        int which = random_below(r, GRAPH + 1);
        strcpy(text, piece[which]);
        mutate(text, r);
        free(piece[which]);
        piece[which] = text;
        text = NULL;
        join_note(piece, note);
    }
    free(text);
    for (int i = 0; i < PIECES; i++)
        free(piece[i]);
}

TEST(notes_that_say_something_else)
{
    stored s;
    const int rounds = getenv("ADZE_SOAK") ? 10000 : 200;
    REQUIRE(stored_open(&s));
    char *note = calloc(1, 1 << 21);
    uint64_t r = 7;
    int good = 0;
    for (int i = 0; i < rounds; i++) {
        mutate_piece(s.note, note, &r);
        write_note(&s, note);
        good += predict(other, now, MOST);
    }
    CHECK(good > rounds / 10 && good < rounds);
    free(note);
    stored_close(&s);
}

static void check_words(const char *path, const char *words)
{
    ad_model *m = NULL;
    CHECK(ad_model_load(path, &m) != AD_OK);
    if (!strstr(ad_kit_error(), words))
        TEST_FAILED("%s gives %s, without %s", path, ad_kit_error(), words);
}

TEST(what_is_no_model)
{
    write_bytes("", 0);
    check_words(other, "it has 0 bytes");
    write_bytes("a,b\n1,2\n3,4\n", 12);
    check_words(other, "name a run folder");
    check_words(table, "name a run folder");
    check_words("/nowhere/at/all", "cannot be opened");
    check_words(folder, "model.safetensors: cannot be opened");
}

int main(int count, char **arguments)
{
    if (!yaml_available()) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    if (!mkdtemp(folder) || !train())
        return 1;
    return test_main(count, arguments);
}
