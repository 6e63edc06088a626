/* Runs: a training that is killed at each call that changes its folder, and gone on with, ends with
 * the bits of one that never was; one folder has one training; what may not change is refused. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <adze/kit.h>

/* ---- calls that change a folder: the linker sends them here (--wrap); number kill_at kills */

static int calls, kill_at;

static void count(void)
{
    if (++calls == kill_at)
        kill(getpid(), SIGKILL);
}

#ifdef ADZE_WRAPPED /* not where the library is a shared one */
#define WRAP(type, name, parameters, arguments) \
    type __real_##name parameters;              \
    type __wrap_##name parameters;              \
    type __wrap_##name parameters               \
    {                                           \
        count();                                \
        return __real_##name arguments;         \
    }

WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, rmdir, (const char *path), (path))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, fsync, (int handle), (handle))
WRAP(ssize_t, write, (int handle, const void *data, size_t size), (handle, data, size))
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode))
WRAP(int, fputs, (const char *words, FILE *f), (words, f))
WRAP(int, fflush, (FILE * f), (f))
WRAP(int, fclose, (FILE * f), (f))
#else
#define __real_fopen fopen
#define __real_fclose fclose
#endif

/* ---- trainings */

static char in_memory[] = "/dev/shm/adze_run_XXXXXX", on_disk[] = "/tmp/adze_run_XXXXXX", *top;

static const char text[] =
    "data: {format: digits, train_count: 40, test_count: 10}\n"
    "model: [flatten, {linear: {out: 4}}, relu, {dropout: {rate: 0.3}}, {linear: {out: 10}}]\n"
    "train: {epochs: 3, batch: 16, checkpoint: {steps: 2, keep: 2}}\n";

/* Two who learn, by turns. */
static const char game[] =
    "task: gan\n"
    "data: {format: blobs, train_count: 40, test_count: 10}\n"
    "gan: {noise: 3, turns: 2, penalty: 0.1}\n"
    "generator: [{linear: {out: 6}}, relu, {batch_norm: {}}, {linear: {out: 2}}]\n"
    "discriminator: [{linear: {out: 8}}, relu, {dropout: {rate: 0.3}}, {linear: {out: 1}}]\n"
    "train: {epochs: 3, batch: 16, checkpoint: {steps: 2, keep: 2}}\n";

static const char *trained = text;

static const char *const held[] = {"data.validation=0.2", "train.early_stopping.patience=2"};

static char *in_top(const char *name, char *path)
{
    snprintf(path, 256, "%s/%s", top, name);
    return path;
}

/* An exit code: 0 done, 2 no configuration, 3 the folder, 4 the training; words to stderr. */
static int train_with(const char *folder, ad_run_mode mode, const ad_config *config, int threads,
                      ad_run_result *result)
{
    ad_run_folder *run = NULL;
    ad_run_data data = {0};
    ad_run_network net = {0};
    int code = ad_run_open(folder, mode, &run) == AD_OK ? 0 : 3;
    ad_fit_position at;
    if (code == 0 && mode == AD_RUN_RESUME && ad_run_check(run, config, &at) != AD_OK)
        code = 3;
    if (code == 0 &&
        (ad_run_sources(config, &data) != AD_OK ||
         ad_run_build(config, &data, threads, &net) != AD_OK ||
         ad_run_train(
             &(ad_run_options){.config = config, .data = &data, .network = &net, .run = run},
             result) != AD_OK))
        code = 4;
    ad_run_network_done(&net);
    ad_run_data_done(&data);
    ad_run_close(run);
    return code;
}

static int train(const char *folder, ad_run_mode mode, int settings, int threads)
{
    ad_config *config;
    ad_run_result result;
    if (ad_config_parse("net", trained, strlen(trained), held, settings, &config) != AD_OK)
        return 2;
    int code = train_with(folder, mode, config, threads, &result);
    ad_config_free(config);
    return code;
}

/* In a process of its own; true where it was killed. */
static bool train_and_die(const char *folder, ad_run_mode mode, int settings, int at)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        calls = 0, kill_at = at;
        _exit(train(folder, mode, settings, 1));
    }
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* ---- files */

static size_t read_file(const char *folder, const char *name, char *bytes, size_t room)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = __real_fopen(path, "r");
    size_t size = f ? fread(bytes, 1, room, f) : 0;
    if (f)
        __real_fclose(f);
    return size;
}

static bool same_file(const char *a, const char *b, const char *name)
{
    static char first[1 << 20], second[1 << 20];
    size_t size = read_file(a, name, first, sizeof first);
    return size > 0 && size == read_file(b, name, second, sizeof second) &&
           memcmp(first, second, size) == 0;
}

static void remove_folder(const char *folder)
{
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK_EQ(system(command), 0);
}

static int lines_of(const char *folder, const char *name)
{
    static char bytes[1 << 16];
    size_t size = read_file(folder, name, bytes, sizeof bytes);
    int lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    return lines;
}

static bool has(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* ---- killed at each call */

/* What a kill left is gone on with, or where nothing was stored yet, begun again. */
static void go_on(const char *folder, int settings, int at)
{
    int code = train(folder, AD_RUN_RESUME, settings, 2);
    if (code == 3 && ad_run_why() == AD_RUN_NO_CHECKPOINT)
        code = train(folder, AD_RUN_NEW, settings, 2);
    if (code == 3 && ad_run_why() == AD_RUN_MISSING)
        code = train(folder, AD_RUN_NEW, settings, 2);
    if (code != 0)
        TEST_FAILED("after a kill at call %d: %s", at, ad_kit_error());
}

static void kill_everywhere(int settings)
{
#ifdef ADZE_WRAPPED
    const int least = 50;
#else
    const int least = 0;
    (void)count;
#endif
    char whole[256], killed[256];
    in_top("whole", whole), in_top("killed", killed);
    remove_folder(whole);
    CHECK_EQ(train(whole, AD_RUN_NEW, settings, 1), 0);
    int at = 1;
    for (bool died = true; died; at++) {
        remove_folder(killed);
        died = train_and_die(killed, AD_RUN_NEW, settings, at);
        go_on(killed, settings, at);
        if (!same_file(whole, killed, "model.safetensors"))
            TEST_FAILED("after a kill at call %d the weights differ", at);
        if (lines_of(killed, "history.csv") != 4 || lines_of(killed, "history.jsonl") != 3)
            TEST_FAILED("after a kill at call %d the history has %d and %d lines", at,
                        lines_of(killed, "history.csv"), lines_of(killed, "history.jsonl"));
    }
    CHECK(at > least);
}

TEST(a_kill_at_any_call_changes_no_bit)
{
    kill_everywhere(0);
}

TEST(nor_with_validation_and_best_weights)
{
    kill_everywhere(2);
}

TEST(nor_where_two_learn)
{
    trained = game;
    kill_everywhere(0);
    kill_everywhere(2);
    trained = text;
}

/* Either the old run is there, whole, or the new one is. */
TEST(a_run_is_replaced_or_not)
{
    char old[256], new[256], killed[256];
    in_top("old", old), in_top("new", new), in_top("over", killed);
    CHECK_EQ(train(old, AD_RUN_NEW, 0, 1), 0);
    CHECK_EQ(train(new, AD_RUN_NEW, 2, 1), 0);
    int olds = 0, news = 0, at = 1;
    for (bool died = true; died; at++) {
        remove_folder(killed);
        CHECK_EQ(train(killed, AD_RUN_NEW, 0, 1), 0);
        died = train_and_die(killed, AD_RUN_OVER, 2, at);
        ad_run_folder *run;
        CHECK_EQ(ad_run_open(killed, AD_RUN_RESUME, &run), AD_OK); /* puts it in order */
        ad_run_close(run);
        CHECK(!has(killed, "old") && !has(killed, "old.part"));
        bool is_old = same_file(old, killed, "data.txt"),
             is_new = same_file(new, killed, "data.txt");
        olds += is_old, news += is_new;
        CHECK_EQ(train(killed, AD_RUN_RESUME, is_new ? 2 : 0, 1), 0);
        CHECK(same_file(is_new ? new : old, killed, "model.safetensors"));
    }
#ifdef ADZE_WRAPPED
    CHECK(olds > 10 && news > 10);
#else
    CHECK(olds + news == 1);
#endif
}

/* ---- folders */

TEST(one_training_has_the_folder)
{
    char folder[256];
    ad_run_folder *run = NULL, *other = NULL;
    CHECK_EQ(ad_run_open(in_top("deep/one", folder), AD_RUN_NEW, &run), AD_OK);
    CHECK_EQ(ad_run_open(folder, AD_RUN_NEW, &other), AD_ERROR_BUSY);
    CHECK_EQ(ad_run_why(), AD_RUN_LOCKED);
    CHECK(strstr(ad_kit_error(), folder) && !other);
    ad_run_close(run);
    CHECK_EQ(ad_run_open(folder, AD_RUN_NEW, &run), AD_OK);
    ad_run_close(run);
    CHECK(ad_run_open(folder, AD_RUN_RESUME, &run) != AD_OK);
    CHECK_EQ(ad_run_why(), AD_RUN_NO_CHECKPOINT);
    CHECK_EQ(train(folder, AD_RUN_NEW, 0, 1), 0);
    CHECK_EQ(train(folder, AD_RUN_NEW, 0, 1), 3);
    CHECK_EQ(ad_run_why(), AD_RUN_THERE);
    CHECK(ad_run_open("/dev/null/x", AD_RUN_NEW, &run) != AD_OK);
    CHECK_EQ(ad_run_why(), AD_RUN_NOT_WRITTEN);
    CHECK(strstr(ad_kit_error(), "Not a directory"));
}

/* What goes on has to be what was begun. */
TEST(what_may_not_change_is_refused)
{
    char folder[256];
    ad_config *config;
    ad_run_result result;
    CHECK_EQ(train(in_top("same", folder), AD_RUN_NEW, 0, 1), 0);
    CHECK_EQ(train(folder, AD_RUN_RESUME, 1, 1), 3);
    CHECK_EQ(ad_run_why(), AD_RUN_OTHER_CONFIG);
    CHECK(strstr(ad_kit_error(), "'validation: 0.2'"));
    const char *lower[] = {"train.optimizer.rate=0.0005", "train.epochs=4"};
    CHECK_EQ(ad_run_config(folder, lower, 2, &config), AD_OK);
    CHECK_EQ(train_with(folder, AD_RUN_RESUME, config, 1, &result), 0);
    CHECK_EQ(result.at.epoch, 4);
    CHECK(has(folder, "step-00000012.safetensors"));
    ((ad_digits_options *)config->data.options)->seed =
        2; /* unnoticed by the texts where a file of data was changed */
    ad_run_data data = {0};
    ad_run_network net = {0};
    ad_run_folder *run;
    CHECK_EQ(ad_run_open(folder, AD_RUN_RESUME, &run), AD_OK);
    CHECK_EQ(ad_run_sources(config, &data), AD_OK);
    CHECK_EQ(ad_run_build(config, &data, 1, &net), AD_OK);
    ad_run_options o = {.config = config, .data = &data, .network = &net, .run = run};
    CHECK(ad_run_train(&o, &result) != AD_OK);
    CHECK_EQ(ad_run_why(), AD_RUN_OTHER_DATA);
    CHECK(strstr(ad_kit_error(), "it had 'training values: "));
    ad_run_network_done(&net), ad_run_data_done(&data), ad_run_close(run);
    ad_config_free(config);
}

/* The weights are those of the lowest validation loss also where nothing stops early. */
TEST(best_weights_are_kept)
{
    char folder[256];
    ad_config *config;
    ad_run_result result;
    const char *set[] = {"data.validation=0.5", "train.epochs=8",
                         "train.optimizer={method: sgd, rate: 0.9}"};
    CHECK_EQ(ad_config_parse("net", text, strlen(text), set, 3, &config), AD_OK);
    CHECK_EQ(train_with(in_top("best", folder), AD_RUN_NEW, config, 1, &result), 0);
    CHECK(result.best_epoch >= 1 && result.best_epoch < 8 && result.best < result.held);
    ad_run_data data = {0};
    ad_run_network net = {0};
    ad_measured loss;
    CHECK_EQ(ad_run_sources(config, &data), AD_OK);
    CHECK_EQ(ad_run_build(config, &data, 1, &net), AD_OK);
    CHECK_EQ(ad_run_model(folder, &net), AD_OK);
    CHECK_EQ(
        ad_evaluate(net.state, data.validation, .loss = net.loss, .size = 500, .measured = &loss),
        AD_OK);
    CHECK(loss.value == result.best);
    ad_run_network_done(&net), ad_run_data_done(&data);
    ad_config_free(config);
}

/* ---- checkpoints that are not whole */

static void copy_folder(const char *from, const char *to)
{
    char command[600];
    remove_folder(to);
    snprintf(command, sizeof command, "cp -r '%s' '%s'", from, to);
    CHECK_EQ(system(command), 0);
}

static void turn_bit(const char *folder, const char *name, long at, int bit)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = __real_fopen(path, "r+");
    int byte = f && fseek(f, at, SEEK_SET) == 0 ? getc(f) : EOF;
    CHECK(byte != EOF && fseek(f, at, SEEK_SET) == 0 && putc(byte ^ 1 << bit, f) != EOF);
    if (f)
        __real_fclose(f);
}

static int train_to_four(const char *folder)
{
    ad_config *config;
    ad_run_result result;
    const char *set[] = {"train.epochs=4"};
    if (ad_config_parse("net", text, strlen(text), set, 1, &config) != AD_OK)
        return 2;
    int code = train_with(folder, AD_RUN_RESUME, config, 1, &result);
    ad_config_free(config);
    return code;
}

static void check_same_end(const char *whole, const char *folder, const char *what, long at)
{
    int code = train_to_four(folder);
    if (code != 0 || !same_file(whole, folder, "model.safetensors"))
        TEST_FAILED("%s at byte %ld: exit code %d, %s", what, at, code,
                    code ? ad_kit_error() : "other weights");
}

/* Any bit of the header's 3 KB and of the values: the checkpoint before it is used. */
TEST(a_bit_that_turned_changes_no_bit)
{
    static const char newest[] = "step-00000009.safetensors";
    static char bytes[1 << 20];
    char three[256], whole[256], folder[256];
    in_top("three", three), in_top("four", whole), in_top("turned", folder);
    CHECK_EQ(train(three, AD_RUN_NEW, 0, 1), 0);
    copy_folder(three, whole);
    CHECK_EQ(train_to_four(whole), 0);
    long size = (long)read_file(three, newest, bytes, sizeof bytes);
    CHECK(size > 10000);
    for (long at = 0; at < size; at += at < 3000 ? 17 : size / 50) {
        copy_folder(three, folder);
        turn_bit(folder, newest, at, (int)(at % 8));
        check_same_end(whole, folder, "a bit turned", at);
    }
    for (long at = 0; at < size; at += at < 3000 ? 501 : size / 7) {
        char path[512];
        copy_folder(three, folder);
        snprintf(path, sizeof path, "%s/%s", folder, newest);
        CHECK_EQ(truncate(path, at), 0);
        check_same_end(whole, folder, "cut off", at);
    }
}

static void write_text(const char *folder, const char *name, const char *words)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = __real_fopen(path, "w");
    CHECK(f && fwrite(words, 1, strlen(words), f) == strlen(words));
    if (f)
        __real_fclose(f);
}

/* Lines cut off by a kill are made anew; what nobody wrote is named by its place. */
TEST(histories)
{
#define HEAD "epoch,step,rate,train_loss,seconds\n"
    static const struct {
        const char *words, *place; /* NULL: goes on */
        int lines;                 /* after it */
    } rows[] = {
        {HEAD "1,3,0.001,2.3,0.5\n2,6,0.001,2.2,1\n3,9,0.001,2.1,1", NULL, 3},
        {HEAD "1,3,0.001,2.3,0.5\n2,6,0.001,2.2,1\n3,9,0.001,2.1,1\n4,12,0.1,2,2\n", NULL, 4},
        {HEAD "1,3,,,\n2,6,0.001,2.2,1\n3,9,0.001,2.1,1\n", NULL, 4},
        {"epoch,st", NULL, 0},
        {"", NULL, 0},
        {"a,b,c,d\n1,2,3,4\n", "history.csv:1:", 0},
        {"epoch,step,epoch,rate,train_loss\n", "history.csv:1:", 0},
        {"\n", "history.csv:1:", 0},
        {"epoch,step\n", "history.csv:1:", 0},
        {HEAD "1,3,0.001,2.3,0.5\n2,6,0.001,2.2\n", "history.csv:3:", 0},
        {HEAD "1,3,0.001,2.3,0.5,7\n", "history.csv:2:", 0},
        {HEAD "2,6,0.001,2.3,0.5\n1,3,0.001,2.2,1\n", "history.csv:3:", 0},
        {HEAD "-1,3,0.001,2.3,0.5\n", "history.csv:2:", 0},
        {HEAD "nan,3,0.001,2.3,0.5\n", "history.csv:2:", 0},
        {HEAD "1e300,3,0.001,2.3,0.5\n", "history.csv:2:", 0},
        {HEAD "one,3,0.001,2.3,0.5\n", "history.csv:2:", 0},
    };
    char folder[256];
    in_top("told", folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        remove_folder(folder);
        CHECK_EQ(train(folder, AD_RUN_NEW, 0, 1), 0);
        write_text(folder, "history.csv", rows[i].words);
        int code = train(folder, AD_RUN_RESUME, 0, 1);
        CHECK_EQ(code, rows[i].place ? 3 : 0);
        if (rows[i].place) {
            CHECK_CONTAINS(ad_kit_error(), rows[i].place);
            CHECK_EQ(ad_run_why(), AD_RUN_DAMAGED);
        } else {
            CHECK_EQ(lines_of(folder, "history.csv"), rows[i].lines);
        }
    }
}

TEST(nothing_is_left_behind)
{
    remove_folder(top);
}

int main(int argument_count, char **arguments)
{
    ad_config *config;
    ad_status status = ad_config_parse("net", text, strlen(text), NULL, 0, &config);
    ad_config_free(config);
    top = mkdtemp(in_memory); /* where flushing is quick */
    if (!top)
        top = mkdtemp(on_disk);
    if (status == AD_ERROR_UNSUPPORTED || !top) {
        puts("skipped: no libyaml, or no /tmp");
        return 77;
    }
    return test_main(argument_count, arguments);
}
