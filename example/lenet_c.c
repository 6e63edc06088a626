/* LeNet (LeCun et al. 1998), small, and its whole training step as one plain C file.
 *
 *     ./lenet_c [test/golden/lenet_c.txt]
 *
 * What to see here: ad_program_c prints a compiled program (forward, gradients, update) as C
 * without malloc, for a machine that has no Adze.  This program trains with the library, then
 * compiles the printed file with the system's compiler ($CC, or cc), loads it, trains again from
 * the same start, and finds the same bits.  The file stays: lenet_step_f32.c is there to be read.
 * Where there is no compiler, that part is skipped, and the program ends with 77. */
#include "common.h"

#include <dlfcn.h>

enum { BATCH = 8, CLASSES = 10, STEPS = 20 };

/* Sums on the way of one step: two convolutions, two layers, forward and backward; a filter's
 * gradient over all its places. */
enum { ADDITIONS = STEPS * (2 * (25 + 36 + 32 + 32) + BATCH * (144 + 16)) };

/* What the printed file offers, here with the prefix lenet. */
typedef struct printed {
    void *library;
    size_t
        state_bytes; /* size_t lenet_state_bytes: memory for the variables, aligned to 64 bytes */
    int variable_count;      /* int lenet_variable_count */
    const char *const *name; /* const char *const lenet_variable_name[]: as in ad_tensor_name */
    const size_t *offset;    /* size_t lenet_variable_offset[]: where each lies in the state */
    int (*run)(void *state, const void *const *feeds,
               void *const *fetches); /* lenet_run: 0 when all went well */
} printed;

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_state *state, *start; /* start keeps the first values */
    ad_program *train;
} model;

/* Images (batch, 16, 16, 1) to logits (batch, 10). */
static ad_tensor *lenet(ad_tensor *x)
{
    x = ad_relu(ad_conv2d(x, .filters = 4, .kernel = 5, .name = "conv1"));
    x = ad_relu(ad_conv2d(ad_max_pool(x, .window = 2), .filters = 8, .kernel = 3, .name = "conv2"));
    x = ad_flatten(ad_max_pool(x, .window = 2));
    x = ad_relu(ad_linear(x, .out = 32, .name = "hidden"));
    return ad_linear(x, .out = CLASSES, .name = "out");
}

static bool open_model(model *m, example *e)
{
    m->context = ad_context_new(.threads = 2, .allocator = e->allocator);
    m->graph = m->context == NULL ? NULL : ad_graph_new(m->context);
    if (m->graph == NULL)
        return false;
    ad_dim batch = ad_open(m->graph, "batch");
    ad_tensor *image = ad_feed(m->graph, "image", e->type, AD_SHAPE(batch, 16, 16, 1));
    ad_tensor *label = ad_feed(m->graph, "label", AD_I32, AD_SHAPE(batch));
    ad_tensor *loss =
        ad_sgd(ad_cross_entropy(lenet(image), label), .rate = 0.125, .momentum = 0.75);

    m->state = ad_state_new(m->graph, 1);
    if (m->state == NULL || !set_weights(m->state, m->graph))
        return false;
    m->start = ad_state_clone(m->state);
    if (m->start == NULL)
        return false;
    m->train = ad_compile(m->state, .fetch = {loss}, .feed = {image, label}, .training = true);
    return m->train != NULL;
}

static void close_model(model *m)
{
    ad_program_free(m->train);
    ad_state_free(m->state);
    ad_state_free(m->start);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

/* Class k is a bright bar: upright at column 3k for k < 5, lying at row 3(k - 5) for the others. */
static void fill(const ad_array feeds[2], int step)
{
    array_noise(&feeds[0], "image", 0.5, step);
    for (int b = 0; b < BATCH; b++) {
        int label = whole("label", step * BATCH + b, CLASSES), from = 3 * (label % 5);
        array_put(&feeds[1], b, label);
        for (int i = 0; i < 3 * 16; i++) {
            int across = from + i / 16, along = i % 16;
            int64_t at = b * 256 + (label < 5 ? along * 16 + across : across * 16 + along);
            array_put(&feeds[0], at, 1 + ad_array_item(&feeds[0], at));
        }
    }
}

static bool train(model *m, example *e, const ad_array feeds[2], double loss[STEPS])
{
    for (int step = 0; step < STEPS; step++) {
        fill(feeds, step);
        if (!run_step(m->train, feeds, &loss[step]))
            return false;
        if (step == 0)
            compare_weights(e, "step1", m->graph, m->state);
    }
    printf("loss %.4f -> %.4f\n", loss[0], loss[STEPS - 1]);
    compare(e, "loss", ad_f64(loss, AD_SHAPE(STEPS)));
    compare_weights(e, "last", m->graph, m->state);
    return true;
}

/* ---------------------------------------------------------------- the same by the printed file */

/* Any value with that name in the library; false where it is missing. */
static bool symbol(void *library, const char *name, void *pointer)
{
    void *found = dlsym(library, name);
    if (found == NULL)
        printf("WRONG: the printed file has no %s\n", name);
    memcpy(pointer, &found, sizeof found);
    return found != NULL;
}

static bool load(printed *p, const char *path)
{
    const size_t *state_bytes = NULL;
    const int *count = NULL;
    p->library = dlopen(path, RTLD_NOW);
    if (p->library == NULL)
        printf("WRONG: %s\n", dlerror());
    bool ok = p->library != NULL && symbol(p->library, "lenet_state_bytes", &state_bytes) &&
              symbol(p->library, "lenet_variable_count", &count) &&
              symbol(p->library, "lenet_variable_name", &p->name) &&
              symbol(p->library, "lenet_variable_offset", &p->offset) &&
              symbol(p->library, "lenet_run", &p->run);
    if (ok) {
        p->state_bytes = *state_bytes;
        p->variable_count = *count;
    }
    return ok;
}

static bool write_and_compile(model *m, const char *base)
{
    const char *text = ad_program_c(m->train, "lenet"), *compiler = getenv("CC");
    char path[64], command[512];
    snprintf(path, sizeof path, "%s.c", base);
    FILE *file = text == NULL ? NULL : fopen(path, "w");
    if (file == NULL)
        return false;
    bool written = fputs(text, file) >= 0;
    written = fclose(file) == 0 && written;
    printf("%s: %zu bytes of C\n", path, strlen(text));
    snprintf(command, sizeof command,
             "%s -std=c17 -O2 -ffp-contract=off -shared -fPIC -o %s.so %s -lm",
             compiler == NULL ? "cc" : compiler, base, path);
    return written && system(command) == 0;
}

/* The values of a state to the memory of the printed program, or compared with it bit for bit. */
static bool each_variable(const printed *p, char *memory, model *m, ad_state *state, bool comparing)
{
    for (int i = 0; i < p->variable_count; i++) {
        ad_tensor *variable = ad_find(m->graph, p->name[i]);
        ad_array value = {0};
        if (variable == NULL || ad_get(state, variable, &value) != AD_OK)
            return false;
        if (!comparing)
            memcpy(memory + p->offset[i], value.data, ad_array_bytes(&value));
        else if (memcmp(memory + p->offset[i], value.data, ad_array_bytes(&value)) != 0)
            return false;
    }
    return p->variable_count > 0;
}

static bool train_printed(const printed *p, model *m, example *e, const ad_array feeds[2],
                          const double *loss)
{
    char *memory = aligned_alloc(64, (p->state_bytes + 63) / 64 * 64);
    bool ok = memory != NULL && each_variable(p, memory, m, m->start, false);
    for (int step = 0; ok && step < STEPS; step++) {
        double number = 0;
        fill(feeds, step);
        ok = p->run(memory, (const void *[]){feeds[0].data, feeds[1].data}, (void *[]){&number}) ==
             0;
        ad_array fetch = {.type = e->type, .data = &number};
        expect(e, ok && ad_array_item(&fetch, 0) == loss[step], "a loss of the printed program");
    }
    expect(e, ok && each_variable(p, memory, m, m->state, true), "a weight of the printed program");
    free(memory);
    return ok;
}

static bool print_and_train(model *m, example *e, const ad_array feeds[2], const double *loss)
{
    char base[32], library[64];
    printed p = {0};
    snprintf(base, sizeof base, "lenet_step_%s", ad_type_name(e->type));
    snprintf(library, sizeof library, "./%s.so", base);
    bool ok =
        write_and_compile(m, base) && load(&p, library) && train_printed(&p, m, e, feeds, loss);
    if (p.library != NULL)
        dlclose(p.library);
    remove(library);
    return ok;
}

static bool have_compiler(void)
{
    const char *compiler = getenv("CC");
    char command[256];
    snprintf(command, sizeof command, "%s --version > /dev/null 2>&1",
             compiler == NULL ? "cc" : compiler);
    return system(command) == 0;
}

static bool run(example *e)
{
    model m = {0};
    double loss[STEPS];
    ad_array feeds[] = {array_new(e->type, AD_SHAPE(BATCH, 16, 16, 1)),
                        array_new(AD_I32, AD_SHAPE(BATCH))};
    bool ok = open_model(&m, e) && train(&m, e, feeds, loss);
    if (ok && have_compiler())
        ok = print_and_train(&m, e, feeds, loss);
    close_model(&m);
    arrays_free(feeds, 2);
    return ok;
}

int main(int argc, char **argv)
{
    int status = example_main(argc, argv, run, ADDITIONS);
    return status == 0 && !have_compiler() ? 77 : status;
}
