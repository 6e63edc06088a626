/* ad_fit: against a loop by hand, stopped and gone on at every step, early stopping, players, what
 * is measured, checkpoints that are not whole, and what is refused. */
#include "test.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <adze/train.h>

enum { COUNT = 70, SIZE = 16 };

/* Points (x, y) of two classes round a line, and a target. */
static ad_source *points(uint64_t seed)
{
    static float x[2 * COUNT], y[COUNT];
    static int32_t label[COUNT];
    for (int i = 0; i < COUNT; i++) {
        uint64_t key[2] = {seed, (uint64_t)i};
        x[2 * i] = (float)(2 * ad_random_at(key, 0) - 1);
        x[2 * i + 1] = (float)(2 * ad_random_at(key, 1) - 1);
        y[i] = x[2 * i] - 0.5f * x[2 * i + 1];
        label[i] = y[i] + 0.3 * ad_random_at(key, 2) > 0.15;
    }
    ad_named_array list[] = {{"x", ad_f32(x, AD_SHAPE(COUNT, 2))},
                             {"label", ad_i32(label, AD_SHAPE(COUNT))},
                             {"y", ad_f32(y, AD_SHAPE(COUNT))}};
    return ad_source_arrays(list, 3, .name = "points");
}

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *label, *rate, *logits, *loss, *step;
    ad_state *state;
};

/* With dropout, so that random numbers count too. */
static struct net net_new(double rate, int threads)
{
    struct net n = {.context = ad_context_new(.threads = threads)};
    n.graph = ad_graph_new(n.context);
    ad_dim batch = ad_open(n.graph, "batch");
    n.x = ad_feed(n.graph, "x", AD_F32, AD_SHAPE(batch, 2));
    n.label = ad_feed(n.graph, "label", AD_I32, AD_SHAPE(batch));
    ad_tensor *h = ad_tanh(ad_linear(n.x, .out = 8, .name = "a"));
    n.logits = ad_linear(ad_dropout(h, .rate = 0.2), .out = 2, .name = "b");
    n.loss = ad_cross_entropy(n.logits, n.label);
    if (rate == 0)
        n.rate = ad_feed(n.graph, "rate", AD_F32, AD_SCALAR);
    n.step = n.rate ? ad_adam(n.loss, .rate_tensor = n.rate) : ad_adam(n.loss, .rate = rate);
    n.state = ad_state_new(n.graph, 5);
    return n;
}

static void net_free(struct net *n)
{
    ad_state_free(n->state), ad_graph_free(n->graph), ad_context_free(n->context);
}

static bool same_values(const struct net *a, const struct net *b)
{
    bool same = ad_state_step(a->state) == ad_state_step(b->state);
    for (int i = 0; i < ad_variable_count(a->graph); i++) {
        ad_array x, y;
        same = same && ad_get(a->state, ad_variable_at(a->graph, i), &x) == AD_OK &&
               ad_get(b->state, ad_variable_at(b->graph, i), &y) == AD_OK &&
               ad_array_bytes(&x) == ad_array_bytes(&y) &&
               !memcmp(x.data, y.data, ad_array_bytes(&x));
    }
    return same;
}

/* What ad_fit means, written out. */
static void train_by_hand(struct net *n, ad_source *source, int epochs)
{
    ad_program *p =
        ad_compile(n->state, .fetch = {n->step}, .feed = {n->x, n->label}, .training = true);
    float x[2 * SIZE], y[SIZE];
    int32_t label[SIZE];
    int64_t order[COUNT];
    REQUIRE(p);
    for (int epoch = 0; epoch < epochs; epoch++) {
        ad_shuffle(order, COUNT, 9, (uint64_t)epoch);
        for (int64_t at = 0; at < COUNT; at += SIZE) {
            int64_t count = COUNT - at < SIZE ? COUNT - at : SIZE;
            ad_array into[] = {ad_f32(x, AD_SHAPE(count, 2)), ad_i32(label, AD_SHAPE(count)),
                               ad_f32(y, AD_SHAPE(count))},
                     out = {0};
            CHECK_OK(ad_source_read(source, order + at, count, (uint64_t)epoch, into));
            CHECK_OK(ad_run(p, into, &out));
        }
    }
    ad_program_free(p);
}

TEST(the_bits_of_a_loop_by_hand)
{
    ad_source *s = points(1);
    for (int threads = 0; threads < 4; threads++) {
        struct net a = net_new(0.01, 1), b = net_new(0.01, 1 + threads);
        train_by_hand(&a, s, 4);
        ad_fit_position at;
        ad_fit_end end;
        CHECK_OK(ad_fit(
            b.state, .train = s, .player = {{.step = b.step}}, .epochs = 4,
            .batches = AD_OPTIONS(ad_batches_options, .size = SIZE, .seed = 9, .threads = threads),
            .position = &at, .end = &end));
        CHECK(same_values(&a, &b));
        CHECK(at.step == 20 && at.epoch == 4 && at.batch == 0 && end == AD_END_PLAN);
        net_free(&a), net_free(&b);
    }
    ad_source_free(s);
}

/* ---- a folder of its own for a test */

static void folder_new(char *folder)
{
    strcpy(folder, "/tmp/adze-test-XXXXXX");
    REQUIRE(mkdtemp(folder));
}

static void folder_free(const char *folder)
{
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK_EQ(system(command), 0);
}

static int files_in(const char *folder, const char *ending)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        n += strstr(e->d_name, ending) != NULL;
    if (d)
        closedir(d);
    return n;
}

/* Stops after that many steps of this call. */
static bool stop_after(void *user, const ad_event *e)
{
    int *left = user;
    return e->kind != AD_EVENT_STEP || --*left > 0;
}

static ad_status part_of(struct net *n, ad_source *s, ad_source *held, const char *folder, int most,
                         int threads)
{
    ad_schedule schedule =
        AD_OPTIONS(ad_schedule, .shape = AD_RATE_COSINE, .rate = 0.05, .steps = 15, .warmup = 3);
    return ad_fit(n->state, .train = s, .validation = held, .player = {{.step = n->step}},
                  .loss = n->loss, .measure = {{ad_measure_find("accuracy"), n->logits, n->label}},
                  .rate = n->rate, .schedule = &schedule, .epochs = 3, .keep_best = true,
                  .batches = AD_OPTIONS(ad_batches_options, .size = SIZE, .threads = threads),
                  .folder = folder, .resume = true, .event = stop_after, .user = &most);
}

TEST(stopped_at_any_step_and_gone_on)
{
    ad_source *s = points(1), *held = points(2);
    char whole_folder[40], folder[40];
    struct net whole = net_new(0, 1);
    folder_new(whole_folder);
    CHECK_OK(part_of(&whole, s, held, whole_folder, 1000, 1));
    for (int stop = 1; stop < 15; stop++) {
        folder_new(folder);
        struct net first = net_new(0, 1), second = net_new(0, 2);
        CHECK_OK(part_of(&first, s, held, folder, stop, 2));
        CHECK_OK(part_of(&second, s, held, folder, 1000, 0));
        CHECK(same_values(&whole, &second));
        net_free(&first), net_free(&second);
        folder_free(folder);
    }
    net_free(&whole);
    folder_free(whole_folder);
    ad_source_free(s), ad_source_free(held);
}

#ifdef ADZE_EXTRAS
/* ---- schedules that look at more than the step */

struct rates {
    double first, last;
    int steps, left, drops;
};

static bool note_rate(void *user, const ad_event *e)
{
    struct rates *r = user;
    if (e->kind != AD_EVENT_STEP)
        return true;
    r->first = r->steps ? r->first : e->rate;
    r->drops += r->steps && e->rate < r->last;
    r->last = e->rate;
    r->steps++;
    return --r->left > 0;
}

static ad_status on_plateau(struct net *n, ad_source *s, ad_source *held, const char *folder,
                            struct rates *r)
{
    ad_schedule schedule = AD_OPTIONS(ad_schedule, .shape = AD_RATE_PLATEAU, .rate = 0.25,
                                      .factor = 0.5, .patience = 1);
    return ad_fit(n->state, .train = s, .validation = held, .player = {{.step = n->step}},
                  .loss = n->loss, .rate = n->rate, .schedule = &schedule, .epochs = 12,
                  .validate_every = 2, .batches = AD_OPTIONS(ad_batches_options, .size = SIZE),
                  .folder = folder, .resume = true, .event = note_rate, .user = r);
}

TEST(a_plateau_goes_on_where_it_stopped)
{
    ad_source *s = points(1), *held = points(2);
    char whole_folder[40], folder[40];
    struct net whole = net_new(0, 1);
    folder_new(whole_folder);
    struct rates all = {.left = 1000};
    CHECK_OK(on_plateau(&whole, s, held, whole_folder, &all));
    CHECK(all.first == 0.25 && all.drops >= 2 && all.last == 0.25 * pow(0.5, all.drops));
    for (int stop = 1; stop < all.steps; stop += 7) {
        struct rates a = {.left = stop}, b = {.left = 1000};
        folder_new(folder);
        struct net first = net_new(0, 1), second = net_new(0, 2);
        CHECK_OK(on_plateau(&first, s, held, folder, &a));
        CHECK_OK(on_plateau(&second, s, held, folder, &b));
        CHECK(a.steps + b.steps == all.steps && b.last == all.last);
        CHECK(same_values(&whole, &second));
        net_free(&first), net_free(&second);
        folder_free(folder);
    }
    net_free(&whole);
    folder_free(whole_folder);
    ad_source_free(s), ad_source_free(held);
}

/* The weights of a training in which momentum and rate come by feeds are those of one in which
 * every step has its own numbers. */
TEST(momentum_goes_against_the_rate)
{
    ad_source *s = points(1);
    ad_schedule schedule =
        AD_OPTIONS(ad_schedule, .shape = AD_RATE_ONE_CYCLE, .rate = 0.1, .steps = 15);
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        static float kept[16];
        struct net n = net_new(1, 1);
        ad_tensor *rate = ad_feed(n.graph, "rate", AD_F64, AD_SCALAR);
        ad_tensor *momentum = ad_feed(n.graph, "momentum", AD_F32, AD_SCALAR), *t = NULL;
        ad_tensor *m = momentum;
        if (by_hand) { /* the number of this step, looked up */
            double list[15];
            for (int i = 0; i < 15; i++)
                list[i] = ad_schedule_momentum(&schedule, i);
            t = ad_constant(n.graph, ad_f64(list, AD_SHAPE(15)));
            m = ad_cast(ad_gather(t, ad_step(n.graph), 0), AD_F32);
        }
        ad_tensor *step = ad_sgd(n.loss, .rate_tensor = rate, .momentum_tensor = m);
        CHECK_OK(ad_fit(n.state, .train = s, .player = {{.step = step}}, .rate = rate,
                        .momentum = by_hand ? NULL : momentum, .schedule = &schedule, .epochs = 3,
                        .batches = AD_OPTIONS(ad_batches_options, .size = SIZE)));
        ad_array value;
        CHECK_OK(ad_get(n.state, ad_find(n.graph, "a.weight"), &value));
        if (by_hand)
            CHECK(!memcmp(kept, value.data, sizeof kept));
        memcpy(kept, value.data, sizeof kept);
        net_free(&n);
    }
    struct net n = net_new(0, 1);
    ad_schedule constant = AD_OPTIONS(ad_schedule, .rate = 1);
    CHECK(ad_fit(n.state, .train = s, .player = {{.step = n.step}}, .rate = n.rate,
                 .momentum = n.rate, .schedule = &constant, .epochs = 1) == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "one-cycle or cyclic");
    constant.shape = AD_RATE_PLATEAU;
    CHECK(ad_fit(n.state, .train = s, .player = {{.step = n.step}}, .rate = n.rate,
                 .schedule = &constant, .epochs = 1) == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "a plateau needs");
    net_free(&n);
    ad_source_free(s);
}
#endif

TEST(a_finished_training_is_not_gone_on_with)
{
    ad_source *s = points(1), *held = points(2);
    char folder[40];
    struct net a = net_new(0, 1), b = net_new(0, 1);
    folder_new(folder);
    CHECK_OK(part_of(&a, s, held, folder, 1000, 1));
    CHECK_OK(part_of(&b, s, held, folder, 1000, 1));
    CHECK(same_values(&a, &b));
    net_free(&a), net_free(&b);
    folder_free(folder);
    ad_source_free(s), ad_source_free(held);
}

/* ---- checkpoints */

struct passed {
    int passed, checkpoints;
    int64_t begun;
};

static bool count_events(void *user, const ad_event *e)
{
    struct passed *p = user;
    p->passed += e->kind == AD_EVENT_PASSED;
    p->checkpoints += e->kind == AD_EVENT_CHECKPOINT;
    if (e->kind == AD_EVENT_BEGIN)
        p->begun = e->at->step;
    return true;
}

static ad_status fit_in(struct net *n, ad_source *s, const char *folder, int64_t steps, bool resume,
                        struct passed *p)
{
    *p = (struct passed){0};
    return ad_fit(n->state, .train = s, .player = {{.step = n->step}}, .steps = steps,
                  .batches = AD_OPTIONS(ad_batches_options, .size = SIZE), .folder = folder,
                  .save_steps = 2, .save_epochs = 0, .keep = 3, .resume = resume,
                  .event = count_events, .user = p);
}

static void damage(const char *path, int how)
{
    struct stat about;
    REQUIRE(stat(path, &about) == 0);
    FILE *f = fopen(path, "r+b");
    REQUIRE(f);
    if (how == 0)
        CHECK_EQ(ftruncate(fileno(f), about.st_size / 2), 0);
    if (how == 1) { /* one bit of a number */
        CHECK_EQ(fseek(f, about.st_size - 5, SEEK_SET), 0);
        int byte = fgetc(f);
        CHECK_EQ(fseek(f, about.st_size - 5, SEEK_SET), 0);
        fputc(byte ^ 4, f);
    }
    if (how == 2)
        CHECK_EQ(ftruncate(fileno(f), 0), 0);
    fclose(f);
}

TEST(a_checkpoint_that_is_not_whole_is_passed_over)
{
    ad_source *s = points(1);
    for (int how = 0; how < 3; how++) {
        char folder[40], path[100];
        struct passed p;
        folder_new(folder);
        struct net a = net_new(0.01, 1), b = net_new(0.01, 1), c = net_new(0.01, 1);
        CHECK_OK(fit_in(&a, s, folder, 10, false, &p));
        CHECK_EQ(files_in(folder, "step-"), 3);
        snprintf(path, sizeof path, "%s/step-00000010.safetensors", folder);
        damage(path, how);
        CHECK_OK(fit_in(&b, s, folder, 10, true, &p));
        CHECK(p.passed == 1 && p.begun == 8);
        CHECK(same_values(&a, &b));
        for (int i = 6; i <= 10; i += 2) {
            snprintf(path, sizeof path, "%s/step-%08d.safetensors", folder, i);
            damage(path, how);
        }
        CHECK(fit_in(&c, s, folder, 10, true, &p) != AD_OK);
        net_free(&a), net_free(&b), net_free(&c);
        folder_free(folder);
    }
    ad_source_free(s);
}

/* A folder that holds a longer training: what is written now stays. */
TEST(later_checkpoints_of_another_training_do_not_push_out_new_ones)
{
    ad_source *s = points(1);
    char folder[40], path[100];
    struct passed p;
    folder_new(folder);
    struct net a = net_new(0.01, 1), b = net_new(0.01, 1);
    CHECK_OK(fit_in(&a, s, folder, 20, false, &p));
    CHECK_OK(fit_in(&b, s, folder, 6, false, &p));
    snprintf(path, sizeof path, "%s/step-00000006.safetensors", folder);
    CHECK_EQ(access(path, R_OK), 0);
    CHECK_EQ(files_in(folder, "step-"), 3);
    net_free(&a), net_free(&b);
    folder_free(folder);
    ad_source_free(s);
}

/* Validation between checkpoints: the best weights and the checkpoint go together, wherever it
 * stops. */
static ad_status validated(struct net *n, ad_source *s, ad_source *held, const char *folder,
                           int most, int64_t steps)
{
    return ad_fit(n->state, .train = s, .validation = held, .player = {{.step = n->step}},
                  .loss = n->loss, .steps = steps, .validate_every = 3, .save_steps = 7,
                  .save_epochs = 0, .keep_best = true,
                  .batches = AD_OPTIONS(ad_batches_options, .size = SIZE), .folder = folder,
                  .resume = true, .event = stop_after, .user = &most);
}

TEST(the_best_weights_after_a_stop_are_those_of_a_whole_training)
{
    ad_source *s = points(1), *held = points(2);
    char folder[40], other[40];
    struct net whole = net_new(0.3, 1);
    folder_new(other);
    CHECK_OK(validated(&whole, s, held, other, 1000, 23));
    for (int stop = 2; stop < 23; stop += 4) {
        folder_new(folder);
        struct net first = net_new(0.3, 1), second = net_new(0.3, 1);
        CHECK_OK(validated(&first, s, held, folder, stop, 23));
        CHECK_OK(validated(&second, s, held, folder, 1000, 23));
        CHECK(same_values(&whole, &second));
        net_free(&first), net_free(&second);
        folder_free(folder);
    }
    net_free(&whole);
    folder_free(other);
    ad_source_free(s), ad_source_free(held);
}

TEST(other_data_or_batches_are_not_gone_on_with)
{
    ad_source *s = points(1), *other = points(3);
    char folder[40];
    struct passed p;
    folder_new(folder);
    struct net a = net_new(0.01, 1), b = net_new(0.01, 1);
    CHECK_OK(fit_in(&a, s, folder, 4, true, &p)); /* an empty folder begins */
    CHECK_EQ(fit_in(&b, other, folder, 8, true, &p), AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_error(), "other data"));
    CHECK_EQ(ad_fit(b.state, .train = s, .player = {{.step = b.step}}, .steps = 8, .folder = folder,
                    .resume = true),
             AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_error(), "batches of 16"));
    net_free(&a), net_free(&b);
    folder_free(folder);
    ad_source_free(s), ad_source_free(other);
}

TEST(a_folder_that_cannot_be_written_is_said)
{
    ad_source *s = points(1);
    struct passed p;
    struct net a = net_new(0.01, 1);
    CHECK_EQ(fit_in(&a, s, "/proc/no/such", 4, false, &p), AD_ERROR_FILE);
    CHECK(strstr(ad_error(), "/proc/no"));
    net_free(&a);
    ad_source_free(s);
}

/* ---- what is measured, and stopping early */

struct seen {
    int validations, epochs, better, last_best;
    double accuracy, loss;
};

static bool see(void *user, const ad_event *e)
{
    struct seen *s = user;
    s->epochs += e->kind == AD_EVENT_EPOCH;
    if (e->kind != AD_EVENT_VALIDATION)
        return true;
    s->validations++;
    s->better += e->best;
    CHECK(e->measures == 2 && !strcmp(e->measured[0].name, "loss") &&
          !strcmp(e->measured[1].name, "accuracy"));
    CHECK(e->measured[1].low <= e->measured[1].value &&
          e->measured[1].value <= e->measured[1].high);
    s->loss = e->measured[0].value;
    return true;
}

TEST(it_stops_early_and_keeps_the_best)
{
    ad_source *s = points(1), *held = points(2);
    struct net n = net_new(0.3, 1);
    struct seen seen = {0};
    ad_fit_end end;
    ad_fit_position at;
    CHECK_OK(ad_fit(n.state, .train = s, .validation = held, .player = {{.step = n.step}},
                    .loss = n.loss, .measure = {{ad_measure_find("accuracy"), n.logits, n.label}},
                    .epochs = 500, .patience = 5, .keep_best = true, .event = see, .user = &seen,
                    .end = &end, .position = &at));
    CHECK(end == AD_END_EARLY && at.waited == 5 && seen.validations == at.epoch);
    ad_measured measured[2];
    int measures;
    CHECK_OK(ad_evaluate(n.state, held, .loss = n.loss, .measured = measured, .measures = &measures,
                         .measure = {{ad_measure_find("accuracy"), n.logits, n.label}},
                         .size = 32));
    CHECK_EQ(measures, 2);
    CHECK(fabs(measured[0].value - at.best) < 1e-6 && measured[0].value <= seen.loss + 1e-6);
    CHECK(measured[1].value > 0.8);
    net_free(&n);
    ad_source_free(s), ad_source_free(held);
}

static double measure_one(const char *name, ad_array prediction, ad_array target, double *low)
{
    const ad_measure_record *r = ad_measure_find(name);
    double sums[8] = {0};
    ad_array out[] = {prediction, target};
    ad_measured m = {.name = name};
    CHECK(r && r->bytes <= sizeof sums);
    CHECK_OK(r->add(sums, out, target.shape.size[0]));
    r->value(sums, &m);
    if (low)
        *low = m.low;
    return m.value;
}

/* Right values from scikit-learn 1.9.1 (accuracy_score, log_loss, mean_squared_error,
 * mean_absolute_error, r2_score) and of statsmodels 0.15.0 (proportion_confint(3, 4,
 * method="wilson")). */
TEST(measures_are_right)
{
    float logits[] = {1, 2, 0, 3, 0, 1, 0, 0, 5, 2, 1, 0};
    int32_t label[] = {1, 0, 2, 1};
    double p[] = {2.5, 0.0, 2, 8}, y[] = {3, -0.5, 2, 7}, low;
    ad_array a = ad_f32(logits, AD_SHAPE(4, 3)), l = ad_i32(label, AD_SHAPE(4));
    ad_array x = ad_f64(p, AD_SHAPE(4)), t = ad_f64(y, AD_SHAPE(4));
    CHECK(measure_one("accuracy", a, l, &low) == 0.75);
    CHECK(fabs(low - 0.30064184258240184) < 1e-12);
    CHECK(fabs(measure_one("log_loss", a, l, NULL) - 0.49961096254162385) < 1e-12);
    CHECK(measure_one("mse", x, t, NULL) == 0.375);
    CHECK(measure_one("mae", x, t, NULL) == 0.5);
    CHECK(fabs(measure_one("r2", x, t, NULL) - 0.9486081370449679) < 1e-15);
    CHECK(!ad_measure_find("speed") && !ad_measure_at(99) && !ad_measure_at(-1));
}

/* ---- schedules and players */

TEST(schedules_at_every_step_and_past_the_end)
{
    ad_schedule s = AD_OPTIONS(ad_schedule, .shape = AD_RATE_COSINE, .rate = 2, .steps = 10,
                               .warmup = 2, .final = 1);
    CHECK(ad_schedule_rate(&s, 0) == 1 && ad_schedule_rate(&s, 1) == 2);
    CHECK(ad_schedule_rate(&s, 2) == 2 && fabs(ad_schedule_rate(&s, 6) - 1.5) < 1e-15);
    CHECK(ad_schedule_rate(&s, 10) == 1 && ad_schedule_rate(&s, 1000) == 1);
    s = AD_OPTIONS(ad_schedule, .shape = AD_RATE_STEPS, .rate = 2, .every = 3, .factor = 0.5);
    CHECK(ad_schedule_rate(&s, 2) == 2 && ad_schedule_rate(&s, 3) == 1 &&
          ad_schedule_rate(&s, 6) == 0.5);
    s = AD_OPTIONS(ad_schedule, .rate = 0);
    CHECK(ad_schedule_rate(&s, 5) == 0);
}

static bool note_players(void *user, const ad_event *e)
{
    char **at = user;
    if (e->kind == AD_EVENT_STEP)
        *(*at)++ = (char)('a' + e->player);
    return true;
}

TEST(players_take_turns)
{
    ad_source *s = points(1);
    struct net n = net_new(0.01, 1);
    ad_tensor *other = ad_sgd(n.loss, .rate = 0.1);
    char order[20] = {0}, *at = order;
    CHECK_OK(
        ad_fit(n.state, .train = s,
               .player = {{.step = n.step, .turns = 2, .name = "a"}, {.step = other, .name = "b"}},
               .steps = 8, .batches = AD_OPTIONS(ad_batches_options, .size = SIZE),
               .event = note_players, .user = &at));
    CHECK(!strcmp(order, "aabaabaa"));
    net_free(&n);
    ad_source_free(s);
}

/* ---- what is refused, before the first step */

static bool never(void *user, const ad_event *e)
{
    (void)user;
    CHECK(e->kind != AD_EVENT_STEP);
    return true;
}

#define REFUSED(words, ...)                                                   \
    do {                                                                      \
        ad_status status_ = ad_fit(n.state, .event = never, __VA_ARGS__);     \
        if (status_ == AD_OK || !strstr(ad_error(), words))                   \
            TEST_FAILED("\"%s\" is not said, but \"%s\"", words, ad_error()); \
    } while (0)

TEST(what_makes_no_sense_is_refused)
{
    ad_source *s = points(1);
    struct net n = net_new(0.01, 1), fed = net_new(0, 1);
    float f[4] = {0};
    ad_named_array flat[] = {{"x", ad_f32(f, AD_SHAPE(4))}};
    ad_named_array none[] = {{"z", ad_f32(f, AD_SHAPE(4))}};
    ad_source *wrong = ad_source_arrays(flat, 1, .name = "flat.csv"),
              *strange = ad_source_arrays(none, 1, .name = "strange.csv"),
              *empty = ad_source_part(s, NULL, 0);
    ad_schedule schedule = AD_OPTIONS(ad_schedule, .rate = 1);
    REFUSED("source .train is NULL", .player = {{.step = n.step}}, .epochs = 1);
    REFUSED("nobody learns", .train = s, .epochs = 1);
    REFUSED("how long", .train = s, .player = {{.step = n.step}});
    REFUSED("below 0", .train = s, .player = {{.step = n.step}}, .epochs = -3);
    REFUSED("need .validation", .train = s, .player = {{.step = n.step}}, .epochs = 1,
            .patience = 3);
    REFUSED("neither a loss nor a measure", .train = s, .validation = s,
            .player = {{.step = n.step}}, .epochs = 1);
    REFUSED("not among what is measured", .train = s, .validation = s, .player = {{.step = n.step}},
            .epochs = 1, .loss = n.loss, .watch = "speed");
    REFUSED(".folder", .train = s, .player = {{.step = n.step}}, .epochs = 1, .resume = true);
    REFUSED(".schedule is missing", .train = s, .player = {{.step = n.step}}, .epochs = 1,
            .rate = fed.rate);
    REFUSED(".rate and .schedule", .train = s, .player = {{.step = n.step}}, .epochs = 1,
            .schedule = &schedule);
    REFUSED(
        "\"x\" takes f32 (2) for each example, and the field of that name in flat.csv is f32 ()",
        .train = wrong, .player = {{.step = n.step}}, .epochs = 1);
    REFUSED("x", .train = strange, .player = {{.step = n.step}}, .epochs = 1);
    REFUSED(".validation has no examples", .train = s, .validation = empty,
            .player = {{.step = n.step}}, .epochs = 1, .loss = n.loss);
    REFUSED("has no batch", .train = empty, .player = {{.step = n.step}}, .epochs = 1);
    CHECK_EQ(ad_state_step(n.state), 0);
    ad_source_free(s), ad_source_free(wrong), ad_source_free(strange), ad_source_free(empty);
    net_free(&n), net_free(&fed);
}

TEST(a_loss_that_is_not_finite_ends_it)
{
    ad_source *s = points(1);
    struct net n = net_new(0.01, 1);
    ad_tensor *wild = ad_sgd(ad_scale(n.loss, 1e30), .rate = 1e30);
    ad_fit_end end;
    CHECK_EQ(ad_fit(n.state, .train = s, .player = {{.step = wild}}, .epochs = 50, .end = &end),
             AD_ERROR_NOT_FINITE);
    CHECK(end == AD_END_DIVERGED && strstr(ad_error(), "diverged"));
    net_free(&n);
    ad_source_free(s);
}

/* average = d average + (1 - d) weight with d = min(decay, (1 + t) / (10 + t)), by hand; what is
 * computed with averages is what a state that took them computes. */
TEST(averages_of_weights)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(3, 2));
    ad_tensor *y = ad_linear(x, .out = 1, .name = "fc");
    ad_tensor *loss = ad_mean(ad_square(y), AD_ALL), *after = ad_averaged(loss);
    ad_tensor *step = ad_average(ad_sgd(loss, .rate = 0.05, .momentum = 0.9), 0.3);
    CHECK(after == loss); /* there were none */
    after = ad_averaged(loss);
    ad_state *s = ad_state_new(g, 4);
    ad_program *train = ad_compile(s, .fetch = {step}, .feed = {x}, .training = true);
    ad_program *measure = ad_compile(s, .fetch = {after}, .feed = {x});
    static const double numbers[] = {1, 2, -1, 0.5, 3, -2};
    ad_array in = ad_f64(numbers, AD_SHAPE(3, 2)), out = {0}, w = {0}, a = {0};
    double average[2] = {0};
    REQUIRE(train && measure);
    for (int t = 0; t < 6; t++) {
        CHECK_EQ(ad_run(train, &in, &out), AD_OK);
        CHECK_EQ(ad_get(s, ad_find(g, "fc.weight"), &w), AD_OK);
        CHECK_EQ(ad_get(s, ad_find(g, "average.fc.weight"), &a), AD_OK);
        double d = t == 0 ? 0 : fmin(0.3, (1.0 + t) / (10.0 + t));
        for (int i = 0; i < 2; i++) {
            average[i] = d * average[i] + (1 - d) * ad_array_item(&w, i);
            CHECK(fabs(ad_array_item(&a, i) - average[i]) < 1e-14);
        }
    }
    CHECK_EQ(ad_run(measure, &in, &out), AD_OK);
    double averaged = ad_array_item(&out, 0);
    ad_state *other = ad_state_clone(s);
    CHECK_EQ(ad_take_averages(other), AD_OK);
    ad_program *plain = ad_compile(other, .fetch = {loss}, .feed = {x});
    REQUIRE(plain);
    CHECK_EQ(ad_run(plain, &in, &out), AD_OK);
    CHECK(ad_array_item(&out, 0) == averaged);
    CHECK(ad_tensor_error(ad_average(step, 1)) != NULL);
    ad_program_free(train);
    ad_program_free(measure);
    ad_program_free(plain);
    ad_state_free(s);
    ad_state_free(other);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST_MAIN
