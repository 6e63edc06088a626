/* The workloads of `adze bench`.
 *
 * A workload is a graph with one or more programs that together make a step: forward, loss,
 * gradients, clipping where named, optimizer; or one inference, or one kernel.  Sizes are those of
 * the PyTorch script that bench/beside runs next to it; variables have PyTorch's names, so that
 * weights can be compared after the same steps (bench/check.py). */
#ifndef ADZE_BENCH_H
#define ADZE_BENCH_H

#include <adze/adze.h>

enum { JOB_FEEDS = 4, JOB_PARTS = 2, JOB_PROGRAMS = 64, JOB_BATCHES = 4 };

/* What a feed is filled with. */
typedef enum feed_fill {
    FILL_NORMAL, /* mean 0, deviation 1 */
    FILL_BITS,   /* 0 or 1 */
    FILL_NUMBERS /* whole numbers below .limit */
} feed_fill;

typedef struct job_feed {
    ad_tensor *tensor;
    feed_fill fill;
    int64_t limit;
} job_feed;

/* One program of a step, and the feeds it takes. */
typedef struct job_part {
    ad_tensor *fetch;
    int feed[JOB_FEEDS], feeds; /* numbers of the job's feeds */
} job_part;

typedef struct job {
    ad_graph *graph;
    ad_type type;    /* f32; f64 when weights are compared, and where a row is of it */
    bool small;      /* fewer and shorter sequences and images: for comparing weights */
    bool no_dropout; /* likewise */
    bool naive;      /* by the interpreter */
    bool training;
    job_feed feed[JOB_FEEDS];
    int feeds;
    job_part part[JOB_PARTS];
    int parts;
    int copies; /* so many programs of the one part, on one state; 0: one of each part */
} job;

/* What a row's speed is held against, measured in the same run. */
typedef enum bound {
    BOUND_MULTIPLY, /* the peak of multiply and add */
    BOUND_READ,     /* reading memory */
    BOUND_COPY,     /* y = x over arrays of the row's size */
    BOUND_HAND      /* a fused loop written by hand for this row */
} bound;

/* Of the rows with the last two; near: in the second cache, where computing is the limit. */
enum { ROWS = 8192, GELU_ROWS = 16384, NEAR_ROWS = 64, COLUMNS = 1024 };

/* A row of count numbers, a multiple of 64, by hand: gelu(x w + b), softmax of x, or x normalized
 * times w plus b.  Forms 0, 1, ... of an instruction set; NULL: no more. */
typedef void hand_row(int64_t count, const float *x, const float *w, const float *b, float *y);
typedef hand_row *hand_forms(int form, const char *isa);
hand_forms hand_gelu, hand_softmax, hand_layer_norm;
enum { HAND_FORMS = 3, CEILING_FORMS = 3 }; /* most of a row, and of all that it is held against */
/* Of forms by AVX-512 and by AVX2, those of the set that the row itself has: a row that is held to
 * AVX2 is held against AVX2.  NULL at the end of a list, and for other sets. */
hand_row *hand_of(const char *isa, int form, hand_row *const wide[HAND_FORMS],
                  hand_row *const fused[HAND_FORMS]);

typedef struct workload {
    const char *name;
    void (*build)(job *j);
    int64_t bytes; /* read and written by a step at least, where memory is the limit */
    bound bound;
    hand_forms *hand; /* the row as a loop by hand; or NULL */
    int64_t rows;     /* that it goes through */
    int copies;    /* so many programs on one state, that threads of the caller share out; 0: one,
                      which has all threads */
    bool winograd; /* ad_context_options.winograd */
} workload;

/* A row that multiplies and adds, but for its name and what makes it. */
#define WORK(name, build)                                 \
    {                                                     \
        name, build, 0, BOUND_MULTIPLY, NULL, 0, 0, false \
    }
#define WORKS_END WORK(NULL, NULL)

const workload *bench_at(int i);       /* of all of them; NULL past the last */
bool bench_is_part(const workload *w); /* a single op, layer or optimizer: --all leaves it out */

/* ---- building */

ad_tensor *job_feed_new(job *j, const char *name, ad_type type, ad_shape shape, feed_fill fill,
                        int64_t limit);
/* A program that takes all feeds made so far. */
void job_program(job *j, ad_tensor *fetch, bool training);
/* `full`, or `small` where weights are compared. */
int64_t job_size(const job *j, int64_t full, int64_t small);

void build_logistic(job *j);
void build_mlp_tiny(job *j);
void build_mlp(job *j);
void build_mlp_500(job *j);
void build_cnn_small(job *j);
void build_lenet(job *j);
void build_resnet20(job *j);
void build_textcnn(job *j);
void build_bag(job *j);
void build_rnn(job *j);
void build_lstm(job *j);
void build_gru(job *j);
void build_gpt(job *j);
void build_bert(job *j);
void build_dcgan(job *j);
void build_mobilenet(job *j);
void build_unet(job *j);
void build_attention_1024(job *j);
void build_wide_deep(job *j);
void build_mlp_f64(job *j);
void build_layers_2000(job *j);
void build_adam(job *j);
void build_infer_mlp(job *j);
void build_infer_lenet(job *j);
void build_infer_resnet20_1(job *j);
void build_infer_resnet20_128(job *j);
void build_infer_lstm(job *j);
void build_infer_gpt(job *j);
void build_sgemm_square(job *j);
void build_sgemm_wide(job *j);
void build_sgemm_turned(job *j);
void build_convolution_5x5(job *j);
void build_convolution_5x5_input(job *j);
void build_convolution_5x5_weight(job *j);
void build_convolution_3x3(job *j);
void build_convolution_3x3_input(job *j);
void build_convolution_3x3_weight(job *j);
void build_gelu_chain(job *j);
void build_gelu_near(job *j);
void build_softmax(job *j);
void build_softmax_near(job *j);
void build_layer_norm(job *j);
void build_layer_norm_near(job *j);

ad_tensor *job_sgd(ad_tensor *loss); /* as most rows train */
/* Numbers of one batch in memory of their own (free), from a generator's state, which is not 0. */
bool job_fill(const job_feed *feed, ad_array *array, uint32_t *random);
int job_programs(const job *j);       /* how many a step runs */
int job_part_of(const job *j, int i); /* which part program i makes */
/* All of them; false where one does not compile. */
bool job_compile(const job *j, ad_state *state, ad_program *program[JOB_PROGRAMS]);

/* ---- time */

typedef struct bench_times {
    double median, tenth, least; /* tenth: the 10th percentile */
} bench_times;

double bench_now(void); /* seconds */
/* Of count > 0 times, which are sorted. */
bench_times bench_statistics(double *times, int count);
/* Threads, the caller one of them, that do work(user, thread) once each in a round; aborts where
 * they can't be had. */
typedef struct bench_gathering bench_gathering;
bench_gathering *bench_gather(int threads, void (*work)(void *user, int thread), void *user);
void bench_round(bench_gathering *g);
void bench_disperse(bench_gathering *g); /* takes NULL */
/* Rounds of so many threads for so long; seconds of a round. */
bench_times bench_together(int threads, double seconds, void (*work)(void *user, int thread),
                           void *user);

/* ---- what the machine can do, measured now on so many threads at once */

double peak_gflops(int threads, const char *isa, ad_type type); /* multiply and add */
double peak_gbytes(int threads); /* reading memory, bytes a nanosecond */
/* Milliseconds of copies of a row's size, and of its loops by hand, by form, and how many there
 * are: none without memory, or where a loop by hand is wrong. */
int ceiling_copy(int threads, double seconds, double ms[CEILING_FORMS]);
int ceiling_hand(const struct workload *w, int threads, const char *isa, double seconds,
                 double ms[CEILING_FORMS]);

/* ---- measuring */

typedef struct bench_options {
    int threads;
    double seconds;
    bool json;
    bool text; /* print the compiled programs instead of timing them */
    int steps; /* so many steps, untimed; 0: time them */
} bench_options;

/* Prints a row for each workload; 0, or the number of those that failed. */
int bench_run(const workload *const *work, int count, const bench_options *options);
/* Trains in f64 from the weights and batches in a safetensors file that bench/check.py made, and
 * prints the largest difference from the weights it expects; true where they agree. */
bool bench_check(const workload *work, const char *path);
/* Largest difference relative to the largest number of b, or 1e-3. */
double bench_difference(const ad_array *a, const ad_array *b);
/* Some steps of the row, small, by the kernels and by the interpreter: in f32, whose fetches are
 * compared, and in f64, with weights too.  Prints the largest differences; true where they agree.
 */
bool bench_check_naive(const workload *work);

#endif
