/* The workloads of `adze bench`.
 *
 * A workload is a graph with one or more programs that together make a step: forward, loss,
 * gradients, clipping where named, optimizer; or one inference, or one kernel.  Sizes are those of
 * the PyTorch script that bench/beside runs next to it; variables have PyTorch's names, so that
 * weights can be compared after the same steps (bench/check.py). */
#ifndef ADZE_BENCH_H
#define ADZE_BENCH_H

#include <adze/adze.h>

enum { JOB_FEEDS = 4, JOB_PROGRAMS = 2, JOB_BATCHES = 4 };

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
    ad_type type;    /* f32; f64 when weights are compared */
    bool small;      /* fewer and shorter sequences and images: for comparing weights */
    bool no_dropout; /* likewise */
    bool training;
    job_feed feed[JOB_FEEDS];
    int feeds;
    job_part part[JOB_PROGRAMS];
    int parts;
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
 * times w plus b.  Forms 0, 1, ... of this machine; NULL: no more. */
typedef void hand_row(int64_t count, const float *x, const float *w, const float *b, float *y);
typedef hand_row *hand_forms(int form);
hand_forms hand_gelu, hand_softmax, hand_layer_norm;
enum { HAND_FORMS = 3, CEILING_FORMS = 3 }; /* most of a row, and of all that it is held against */
/* Of forms by AVX-512 and by AVX2, what this processor can run; NULL at the end of a list. */
hand_row *hand_here(int form, hand_row *const wide[HAND_FORMS], hand_row *const fused[HAND_FORMS]);

typedef struct workload {
    const char *name;
    void (*build)(job *j);
    int64_t bytes; /* read and written by a step at least, where memory is the limit */
    bound bound;
    hand_forms *hand; /* the row as a loop by hand; or NULL */
    int64_t rows;     /* that it goes through */
} workload;

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
/* The programs of all parts; false where one does not compile. */
bool job_compile(const job *j, ad_state *state, ad_program *program[JOB_PROGRAMS]);

/* ---- time */

typedef struct bench_times {
    double median, tenth, least; /* tenth: the 10th percentile */
} bench_times;

double bench_now(void); /* seconds */
/* Of count > 0 times, which are sorted. */
bench_times bench_statistics(double *times, int count);
/* work(user, thread) on so many threads at once, in rounds for so long; seconds of a round. */
bench_times bench_together(int threads, double seconds, void (*work)(void *user, int thread),
                           void *user);

/* ---- what the machine can do, measured now on so many threads at once */

double peak_gflops(int threads, const char *isa); /* fp32 multiply and add */
double peak_gbytes(int threads);                  /* reading memory, bytes a nanosecond */
/* Milliseconds of copies of a row's size, and of its loops by hand, by form, and how many there
 * are: none without memory, or where a loop by hand is wrong. */
int ceiling_copy(int threads, double seconds, double ms[CEILING_FORMS]);
int ceiling_hand(const struct workload *w, int threads, double seconds, double ms[CEILING_FORMS]);

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

#endif
