/* Recurrent layers and attention beyond the core in a configuration: what refers to other layers,
 * what is carried, and mistakes. */
#include "configuration_main.h"
#include "job_run.h"
#include "test.h"

#include <adze/kit.h>

#define WORDS                                                                            \
    "task: sequence_to_sequence\n"                                                       \
    "data: {format: copy, form: reverse, letters: 5, train_count: 600, test_count: 40, " \
    "shortest: 1, longest: 6, validation: 0.1}\n"                                        \
    "text: {tokens: characters}\n"
#define NET                                                                                       \
    "model: [embedding: {width: 8}, lstm: {width: 12, project: 10, peephole: true, name: "        \
    "reader}, embedding: {from: written, width: 10}, gru: {width: 10, start: reader, name: "      \
    "writer, reset_before: true}, additive_attention: {width: 9, to: reader, name: seen}, "       \
    "grouped_attention: {from: writer, heads: 2, kv_heads: 1, to: reader, name: other}, concat: " \
    "{from: [writer, seen, other]}, linear]\n"

static ad_shape shape_of(const job *j, const char *name)
{
    ad_tensor *t = ad_find(j->net.graph, name);
    if (!t)
        TEST_FAILED("no %s", name);
    return t ? ad_tensor_shape(t) : (ad_shape){0};
}

TEST(layers_attend_to_and_start_from_others)
{
    job j;
    REQUIRE(train_on(&j, "words",
                     WORDS NET "train: {steps: 300, batch: 16, optimizer: {method: adam, rate: "
                               "0.01}}\n",
                     AD_RUN_NEW, 1));
    CHECK(j.result.loss < j.result.before || j.result.before == 0);
    CHECK(j.result.loss > 0 && j.result.loss < log(8.0)); /* 5 letters, and what is special */
    CHECK_EQ(shape_of(&j, "reader.weight_hr_l0").size[0], 10);
    CHECK_EQ(shape_of(&j, "seen.key.weight").size[1], 10);
    CHECK_EQ(shape_of(&j, "other.k_proj.weight").size[0], 5);
    done(&j);
}

#define CARRIED(layer)                                                                 \
    "task: language_model\ndata: {format: text, path: corpus.txt, form: corpus, "      \
    "validation: 0, test_share: 0, piece: 64}\nlanguage: {length: 8}\n"                \
    "model: [embedding: {width: 8}, llama: {heads: 2, kv_heads: 1, window: 4}, " layer \
    ", linear]\ntrain: {batch: 4, steps: 20}\n"

TEST(states_of_a_projection_are_carried)
{
    job j;
    FILE *file = fopen(scratch("corpus.txt"), "w");
    for (int i = 0; file && i < 400; i++)
        fprintf(file, "%s ", i % 3 ? "one" : "and two");
    REQUIRE(file && fclose(file) == 0);
    REQUIRE(train_on(&j, "carried",
                     CARRIED("lstm: {width: 6, project: 4, layers: 2, carry: true, zoneout: 0.1, "
                             "zoneout_cell: 0.1}"),
                     AD_RUN_NEW, 1));
    CHECK_EQ(shape_of(&j, "carried0.state").size[1], 8);
    CHECK_EQ(shape_of(&j, "carried1.cell").size[1], 12);
    CHECK(isfinite(j.result.loss));
    done(&j);
    REQUIRE(train_on(&j, "gru", CARRIED("gru: {width: 6, carry: true, state_dropout: 0.2}"),
                     AD_RUN_NEW, 1));
    CHECK_EQ(shape_of(&j, "carried0.state").size[1], 6);
    done(&j);
}

TEST(gradients_are_limited_at_each_step)
{
    static const char *const nets[] = {CARRIED("lstm: {width: 6, layers: 2}"),
                                       CARRIED("lstm: {width: 6, layers: 2, clip_gradient: 0}"),
                                       CARRIED("lstm: {width: 6, layers: 2, clip_gradient: 1e-5}")};
    double loss[3];
    for (int i = 0; i < 3; i++) {
        job j;
        REQUIRE(train_on(&j, "limited", nets[i], AD_RUN_OVER, 1));
        loss[i] = j.result.loss;
        done(&j);
    }
    CHECK(loss[1] == loss[0] && isfinite(loss[2]) && loss[2] != loss[0]);
    CHECK(refused(CARRIED("gru: {width: 6, clip_gradient: -1}"), "clip_gradient"));
    CHECK(refused(CARRIED("rnn: {width: 6, grad_clipping: 1}"), "'clip_gradient'"));
    CHECK(refused(CARRIED("rnn: {width: 6, clip_norm: 1}"), "rnn, gru and lstm have"));
}

TEST(mistakes_are_told)
{
    CHECK(refused(CARRIED("rnn: {width: 6, peephole: true}"), "peephole"));
    CHECK(refused(CARRIED("lstm: {width: 6, relu: true}"), "relu"));
    CHECK(refused(CARRIED("lstm: {width: 6, reset_before: true}"), ".reset_before is for gru"));
    CHECK(refused(CARRIED("lstm: {width: 6, project: 6}"), "less than .width"));
    CHECK(refused(CARRIED("gru: {width: 6, zoneout: 1}"), "zoneout"));
    CHECK(refused(CARRIED("grouped_attention: {heads: 3}"), ".heads is 3"));
    CHECK(refused(CARRIED("grouped_attention: {heads: 2, rotary: quarters}"), "halves"));
    CHECK(refused(CARRIED("grouped_attention: {heads: 2, to: nobody}"), "nobody"));
    CHECK(refused(CARRIED("additive_attention: {}"), "width"));
}

TEST_MAIN
