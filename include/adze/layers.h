/* Layers beyond the core.  more.h includes this. */
#ifndef ADZE_LAYERS_H
#define ADZE_LAYERS_H

#include <adze/adze.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- norms
 * x (batch, ..., channels), of f32 or f64.  Variables weight and bias (channels), where .affine. */

typedef struct ad_norm_more_options {
    AD_HEAD_(ad_norm_more_options);
    double epsilon AD_IS(AD_AUTO); /* AD_AUTO: 1e-5; of ad_rms_norm 2^-23 in f32, 2^-52 in f64 */
    /* weight of the new batch in the moving averages, 0 to 1; AD_AUTO: 0.1; ad_sync_norm: see there
     */
    double momentum AD_IS(AD_AUTO);
    const char *name AD_IS(NULL);
    int64_t groups AD_IS(0); /* group norm, which needs it: of neighbouring channels */
    ad_tensor *(*join)(void *user, ad_tensor *sums)AD_IS(NULL); /* sync norm */
    void *user AD_IS(NULL);
    bool affine AD_IS(true); /* a learned scale and offset */
    bool track AD_IS(false); /* instance norm */
} ad_norm_more_options;
/* The same, with ad_instance_norm's defaults. */
typedef struct ad_instance_norm_options {
    AD_HEAD_(ad_instance_norm_options);
    double epsilon AD_IS(AD_AUTO), momentum AD_IS(AD_AUTO);
    const char *name AD_IS(NULL);
    int64_t groups AD_IS(0);
    ad_tensor *(*join)(void *user, ad_tensor *sums)AD_IS(NULL);
    void *user AD_IS(NULL);
    bool affine AD_IS(false);
    bool track AD_IS(false); /* keep moving averages, and use them in inference */
} ad_instance_norm_options;

/* x / sqrt(mean(x^2) + epsilon) weight over the last axis (Zhang and Sennrich 2019); no bias. */
AD_API ad_tensor *ad_rms_norm(ad_tensor *x, const ad_norm_more_options *options);
/* (x - mean) / sqrt(variance + epsilon) weight + bias, of each example's groups of channels, over
 * all places (Wu and He 2018).  A group of one number gives the bias. */
AD_API ad_tensor *ad_group_norm(ad_tensor *x, const ad_norm_more_options *options);
/* The same of each channel alone, x with places (Ulyanov et al. 2016).  With .track buffers
 * running_mean and running_var move by the means over the batch of the examples' means and unbiased
 * variances; where there is one place only, or no example, there is no variance: then the averages
 * are used, and stay.  Without it one place gives the bias. */
AD_API ad_tensor *ad_instance_norm(ad_tensor *x, const ad_instance_norm_options *options);
/* Batch norm of a batch that several devices share, or whose averages weigh all batches alike: as
 * ad_batch_norm, with a counter num_batches_tracked more (i64).  .momentum AD_AUTO: 1 / (batches so
 * far), so that the averages are means of all batches (PyTorch's momentum=None).
 * .join: sums over all devices, from those of this one: it gets (channels + 1), sums and behind
 * them a count, twice: for the sums of x and for those of squared distances from the mean of all.
 * What it returns, of the same type and shape, has to pass gradients back as a sum does. */
AD_API ad_tensor *ad_sync_norm(ad_tensor *x, const ad_norm_more_options *options);

typedef struct ad_local_response_norm_options {
    AD_HEAD_(ad_local_response_norm_options);
    int64_t size AD_IS(5); /* channels: size / 2 before, (size - 1) / 2 behind, and itself */
    double alpha AD_IS(1e-4), beta AD_IS(0.75), k AD_IS(1);
} ad_local_response_norm_options;
/* x / (k + alpha / size sum of x^2 over the channels around)^beta (Krizhevsky et al. 2012, with
 * PyTorch's division by size, which TensorFlow lacks). */
AD_API ad_tensor *ad_local_response_norm(ad_tensor *x,
                                         const ad_local_response_norm_options *options);

/* g v / |v|, |v| over all axes of v but one, g one number for each place of that axis: of shape
 * (size), or of v's rank with sizes 1 beside it (Salimans and Kingma 2016).  A row of zeros gives
 * NaN. */
AD_API ad_tensor *ad_weight_norm(ad_tensor *v, ad_tensor *g, int axis);

typedef struct ad_spectral_norm_options {
    AD_HEAD_(ad_spectral_norm_options);
    int64_t iterations AD_IS(1); /* steps of the power method in each training run, from 1 */
    double epsilon AD_IS(1e-12); /* the least length that u and v are divided by */
    const char *name AD_IS(NULL);
} ad_spectral_norm_options;
/* weight / s, s = u . W v its largest singular value, W = weight with that axis first and all
 * others joined (Miyato et al. 2018).  Buffers name._u and name._v move in training runs, before
 * they are used: u = W v / |W v|, v = W^T u / |W^T u|; gradients take them for constants.  They
 * start with 15 such steps from random numbers where weight is a variable, as PyTorch's
 * parametrization does. */
AD_API ad_tensor *ad_spectral_norm(ad_tensor *weight, int axis,
                                   const ad_spectral_norm_options *options);

/* How a layer makes its weight; variables are called as torch.nn.utils.parametrizations does:
 * parametrizations.weight.original0 (g, which starts with |v|) and original1 (v), or
 * parametrizations.weight.original, .0._u and .0._v. */
typedef enum ad_normed {
    AD_NORMED_NOT,
    AD_NORMED_WEIGHT,  /* ad_weight_norm of axis 0 */
    AD_NORMED_SPECTRAL /* ad_spectral_norm of axis 0, of transposed convolutions 1 */
} ad_normed;

/* ---------------------------------------------------------------- convolution
 * x is (batch, places..., channels) with up to three axes of places; shapes among the options as in
 * ops.h.  Variables weight and bias, of PyTorch's shapes. */

typedef struct ad_conv_nd_options {
    AD_HEAD_(ad_conv_nd_options);
    int64_t filters AD_IS(AD_SAME); /* channels after; has to be given, but of depthwise */
    ad_shape kernel AD_IS({});      /* has to be given, but of x (batch, channels) */
    /* as in ad_window_nd_options */
    ad_shape stride AD_IS({}), padding AD_IS({}), padding_after AD_IS({});
    ad_shape dilation AD_IS({}), output_padding AD_IS({});
    int64_t groups AD_IS(1);
    int64_t multiplier AD_IS(1); /* depthwise, separable: results for each channel */
    const char *name AD_IS(NULL);
    ad_normed normed AD_IS({});
    bool bias AD_IS(true);
    /* padding of dilation (kernel - 1) in all, half of it, rounded down, before: keeps the size at
     * stride 1 */
    bool same AD_IS(false);
    /* along the first axis of places all of that padding stands before; .same is for the others */
    bool causal AD_IS(false);
} ad_conv_nd_options;
/* Of (batch, channels) it is a linear layer: the way to one whose weight is normed. */
AD_API ad_tensor *ad_conv_nd(ad_tensor *x, const ad_conv_nd_options *options);
/* size after: (size - 1) stride - padding - padding_after + dilation (kernel - 1) + output_padding
 * + 1 */
AD_API ad_tensor *ad_conv_transpose_nd(ad_tensor *x, const ad_conv_nd_options *options);
/* Each channel by filters of its own: .groups are the channels, .filters channels times multiplier
 * (Howard et al. 2017). */
AD_API ad_tensor *ad_depthwise_conv(ad_tensor *x, const ad_conv_nd_options *options);
/* A depthwise convolution without bias, name.depthwise, and one of size 1 behind it,
 * name.pointwise, as Keras' SeparableConv. */
AD_API ad_tensor *ad_separable_conv(ad_tensor *x, const ad_conv_nd_options *options);
/* Filters of their own at each place, as Keras' LocallyConnected: weight (places, kernel...
 * channels, filters), bias (places..., filters); sizes are numbers. */
AD_API ad_tensor *ad_local_conv(ad_tensor *x, const ad_conv_nd_options *options);
/* A convolution, name.0, and two of size 1 with as many filters, name.2 and name.4, relu behind
 * each (Lin et al. 2013). */
AD_API ad_tensor *ad_mlp_conv(ad_tensor *x, const ad_conv_nd_options *options);

/* ---------------------------------------------------------------- recurrent */

typedef enum ad_cell_kind { AD_CELL_RNN, AD_CELL_GRU, AD_CELL_LSTM } ad_cell_kind;

typedef struct ad_cell_options {
    AD_HEAD_(ad_cell_options);
    ad_cell_kind kind AD_IS({});
    /* width, layers, states and lengths, as ad_rnn and its kin take them; has to be given */
    const ad_recurrent_options *base AD_IS(NULL);
    bool relu AD_IS(false); /* rnn: h' = max(a + b, 0) */
    /* gru: n = tanh(a_n + (r h) U_n + b_n), the reset gate before the product (Cho et al. 2014, v1;
     * Keras' reset_after=False), and not behind it */
    bool reset_before AD_IS(false);
    /* lstm: i and f see the cell before the step and o that behind it, each unit its own: weight
     * weight_peephole_l0 (3, width) of i, f, o is multiplied with it and added before the sigmoid
     * (Gers and Schmidhuber 2000) */
    bool peephole AD_IS(false);
    /* lstm: h = (o tanh(c)) weight_hr^T of so many features, less than width; weight_hr_l0
     * (project, width), and weight_hh_l0 is (4 width, project) (Sak et al. 2014; PyTorch's
     * proj_size); 0: none. .initial and .last are of these, .initial_cell and .last_cell of width
     */
    int64_t project AD_IS(0);
    /* lstm: the forget gate's bias_ih starts with this number and its bias_hh with 0 (Jozefowicz et
     * al. 2015); AD_AUTO: as the others */
    double forget_bias AD_IS(AD_AUTO);
    /* chance of an element of h, of lstm's c, to stay as it was for the step in training; at
     * inference rate before + (1 - rate) after (Krueger et al. 2017); from 0 to below 1.  The
     * base's .clip_gradient limits by h and c as the step leaves them, after zoneout and
     * projection; h is made of lstm's c before zoneout, so with zoneout_cell its part is not
     * limited again */
    double zoneout AD_IS(0), zoneout_cell AD_IS(0);
    /* share of the features of each layer's input, and of h in the products, set to 0 in training
     * by one mask for all steps, the rest divided by 1 - share (Gal and Ghahramani 2016); from 0 to
     * below 1 */
    double input_dropout AD_IS(0), state_dropout AD_IS(0);
    /* out: of each step h, lstm's c, and the gates behind their functions in the order of the
     * weights (of rnn what relu or tanh gives): (batch, time, layers features), those of layers and
     * ways side by side as in .last; past the end of an example they mean nothing */
    ad_tensor **states AD_IS(NULL), **cells AD_IS(NULL), **gates AD_IS(NULL);
    /* out: zeros (batch, time, layers features) that are added to each h: the gradient with regard
     * to it is dL/dh_t with all that later steps make of h_t, as it is before .clip_gradient limits
     * it.  (With regard to .states it is what reaches h_t directly.)  Past the end of an example it
     * is 0 */
    ad_tensor **probe AD_IS(NULL);
} ad_cell_options;
/* ad_rnn, ad_gru or ad_lstm with more to a step:
 *
 *     ad_recurrent_options base = AD_OPTIONS(ad_recurrent_options, .width = 64, .layers = 2);
 *     ad_tensor *y = ad_cell(x, .kind = AD_CELL_LSTM, .base = &base, .peephole = true);
 *
 * An option of another kind is refused.  For truncated back-propagation (Williams and Peng 1990)
 * cut a series in windows and begin each with ad_stop_gradient(last of the one before), or feed
 * what the run before fetched of .last to .initial: states go on, gradients end there. */
AD_API ad_tensor *ad_cell(ad_tensor *x, const ad_cell_options *options);

/* ---------------------------------------------------------------- attention */

/* Places that turn (Su et al. 2021): feature pairs of x (batch, time, heads, width) are turned by
 * the angle t theta^(-2 i / width), t the step and i the pair.  Pair i is features i and i + width
 * / 2 (GPT-NeoX, Llama's weights at Hugging Face), or with pairs 2 i and 2 i + 1 (the paper, GPT-J,
 * Llama's own weights).  Angles are computed in f64. */
AD_API ad_tensor *ad_rotary(ad_tensor *x, double theta, bool pairs);

typedef enum ad_rotary_kind { AD_ROTARY_NONE, AD_ROTARY_HALVES, AD_ROTARY_PAIRS } ad_rotary_kind;

typedef struct ad_grouped_options {
    AD_HEAD_(ad_grouped_options);
    /* (batch, keys, features): k and v are of it, q of x; its steps past .to_length are seen by
     * none.  NULL: x itself */
    ad_tensor *to AD_IS(NULL), *to_length AD_IS(NULL);
    int64_t heads AD_IS(0); /* of q; has to be given; divides the features */
    /* of k and v; divides heads; 1: multi-query (Shazeer 2019); AD_SAME: as many as heads */
    int64_t kv_heads AD_IS(AD_SAME);
    bool causal AD_IS(false); /* a step sees those up to itself */
    /* sliding window: a step sees only those less than so many steps away, itself too; 0: all */
    int64_t window AD_IS(0);
    ad_rotary_kind rotary AD_IS({}); /* turns q and k, by ad_rotary */
    double theta AD_IS(10000);
    /* slope |key - query| is taken off the scores: slopes 2^(-8 i / heads), i from 1 on; of heads
     * that are no power of two as the paper's code has it (Press et al. 2022) */
    bool alibi AD_IS(false);
    bool bias AD_IS(true); /* of all linear maps */
    /* bool, broadcast to (batch, heads, queries, keys): true where a query may look; beside
     * lengths, .causal and .window */
    ad_tensor *mask AD_IS(NULL);
    /* of x's type, broadcast so too: added to the scores */
    ad_tensor *score AD_IS(NULL);
    ad_tensor *length AD_IS(NULL); /* as in ad_self_attention_options */
    const char *name AD_IS(NULL);
} ad_grouped_options;
/* Grouped-query attention (Ainslie et al. 2023): x (batch, time, features) gives the same shape. q,
 * k, v = q_proj, k_proj, v_proj of x, linear maps with weights (heads w, features) and (kv_heads w,
 * features), w = features / heads, cut into heads, of which heads / kv_heads neighbours share one
 * of k and v; softmax(q k^T / sqrt(w) + score) v; heads side by side through o_proj.  A query that
 * may look nowhere gives zeros.  With .score or .alibi the scores lie in memory. */
AD_API ad_tensor *ad_grouped_attention(ad_tensor *x, const ad_grouped_options *options);

typedef struct ad_additive_options {
    AD_HEAD_(ad_additive_options);
    ad_tensor *to AD_IS(NULL), *to_length AD_IS(NULL); /* as in ad_grouped_options */
    int64_t width AD_IS(0);                            /* has to be given */
    const char *name AD_IS(NULL);
} ad_additive_options;
/* Additive attention (Bahdanau et al. 2015): softmax(v tanh(q W^T + k U^T)) k over the keys; x
 * (batch, queries, features), .to (batch, keys, values) give (batch, queries, values).  Weights
 * query.weight (width, features), key.weight (width, values), score.weight (1, width). */
AD_API ad_tensor *ad_additive_attention(ad_tensor *x, const ad_additive_options *options);

typedef struct ad_llama_options {
    AD_HEAD_(ad_llama_options);
    int64_t heads AD_IS(0), kv_heads AD_IS(AD_SAME); /* as in ad_grouped_options */
    int64_t width AD_IS(AD_SAME); /* of the gated map; AD_SAME: 4 times the features */
    int64_t window AD_IS(0);
    double theta AD_IS(10000);
    bool pairs AD_IS(false); /* see ad_rotary */
    double epsilon AD_IS(1e-6);
    ad_tensor *length AD_IS(NULL);
    const char *name AD_IS(NULL);
} ad_llama_options;
/* A block of a language model (Touvron et al. 2023): y = x + attention(norm(x)), causal and by
 * rotary places, then y + down(swish(gate(norm(y))) up(norm(y))); norm(x) = x / sqrt(mean(x^2) +
 * epsilon) weight; no biases.  Variables as Hugging Face's LlamaDecoderLayer:
 * input_layernorm.weight, self_attn.q_proj.weight, k_proj, v_proj, o_proj,
 * post_attention_layernorm.weight, mlp.gate_proj.weight, up_proj, down_proj. */
AD_API ad_tensor *ad_llama(ad_tensor *x, const ad_llama_options *options);

/* Generation with a cache of keys and values: a graph of one step that looks back.
 *
 *     ad_cache *cache = ad_cache_new(g);   // before the layers
 *     ad_tensor *token = ad_feed(g, "token", AD_I32, AD_SHAPE(batch, 1));
 *     ad_tensor *logits = my_model(token); // the same layers, of one step
 *
 * In that graph ad_self_attention, ad_transformer, ad_grouped_attention and ad_llama, which have to
 * be causal there, are of the step numbered ad_cache_position (i32, rank 0, a feed) and see the
 * keys and values of those before, which are feeds; ad_positions and ad_rotary take the row of that
 * step.  What attends .to another series is as ever.  ad_decoder runs it. */
typedef struct ad_cache ad_cache;
/* Belongs to the graph, which has one; NULL without memory. */
AD_API ad_cache *ad_cache_new(ad_graph *graph);
AD_API ad_tensor *ad_cache_position(const ad_cache *cache);
/* How many feeds there are, and feed i, (keys, batch, heads, width) with open keys, of which those
 * from the position on may hold anything; *fresh: (1, batch, heads, width), what belongs at its
 * place number position for the next step. */
AD_API int ad_cache_count(const ad_cache *cache);
AD_API ad_tensor *ad_cache_at(const ad_cache *cache, int i, ad_tensor **fresh);

/* Rows of tokens that grow step by step, all of one length, over a graph with a cache.  A decoder
 * is for one thread at a time. */
typedef struct ad_decoder ad_decoder;
/* state: of the cache's graph, with the weights (ad_load, or ad_state_take); token: a feed (batch,
 * 1), i32; logits of it, (batch, 1, classes) or (batch, classes); size: steps at most.  NULL on
 * failure.  The state stays until the decoder is freed. */
AD_API ad_decoder *ad_decoder_new(ad_state *state, ad_tensor *token, ad_tensor *logits,
                                  int64_t size);
AD_API void ad_decoder_free(ad_decoder *decoder);
/* One token more for each row: token (batch); logits (batch, classes) of what follows.  They are
 * those of the whole series in a graph without a cache, bit for bit on one instruction set. */
AD_API AD_CHECKED ad_status ad_decoder_step(ad_decoder *decoder, const int32_t *token,
                                            float *logits);
/* How many there are; and back to the first `position` of them, 0 or more. */
AD_API int64_t ad_decoder_position(const ad_decoder *decoder);
AD_API AD_CHECKED ad_status ad_decoder_rewind(ad_decoder *decoder, int64_t position);
/* Row i goes on from what row from[i] has. */
AD_API AD_CHECKED ad_status ad_decoder_reorder(ad_decoder *decoder, const int32_t *from);
AD_API int64_t ad_decoder_batch(const ad_decoder *decoder);
AD_API int64_t ad_decoder_classes(const ad_decoder *decoder);

typedef struct ad_generate_options {
    AD_HEAD_(ad_generate_options);
    double temperature AD_IS(1); /* logits are divided by it; 0: the first of the largest */
    int64_t top_k AD_IS(0);      /* only so many of the likeliest (Fan et al. 2018); 0: all */
    /* of these only the likeliest whose chances come to so much (Holtzman et al. 2020) */
    double top_p AD_IS(1);
    int64_t seed AD_IS(0);
    int64_t number AD_IS(0); /* of the draw, ad_pick; tokens of ad_generate count from it on */
    int64_t end AD_IS(-1);   /* token that ends a row; -1: none */
    /* ad_generate: a beam search over all rows of the decoder instead of draws; of ended ones the
     * sum of log chances over length^length_penalty counts (Wu et al. 2016 without its 5) */
    bool beam AD_IS(false);
    double length_penalty AD_IS(1);
} ad_generate_options;
/* A token by e^(logit / temperature) among those that top_k and top_p leave; of equal ones at the
 * edge the first.  logits (count) hold the chances afterwards.  -1 and ad_error where no logit is
 * above -infinity, one is NaN or an option is out of range. */
AD_API int64_t ad_pick(float *logits, int64_t count, const ad_generate_options *options);
/* Goes on from the prompt, at least one token, behind what the decoder has: writes tokens until
 * *count are there or the end, which is not written; *count then says how many.  The last one
 * written is not yet in the decoder.  Of a decoder of several rows each begins with the prompt;
 * without .beam there is one row. */
AD_API AD_CHECKED ad_status ad_generate(ad_decoder *decoder, const int32_t *prompt, int64_t length,
                                        int32_t *tokens, int64_t *count,
                                        const ad_generate_options *options);
/* Values of the variables and buffers of another state that have the same name, type and shape;
 * fails where one of `to` is not there. */
AD_API AD_CHECKED ad_status ad_state_take(ad_state *to, const ad_state *from);

/* ---------------------------------------------------------------- embedding
 * Tables with what PyTorch's Embedding and EmbeddingBag have beside ad_embedding. */

/* What is made of the rows of a bag; of none zeros.  Of equal largest ones each gets a part of the
 * gradient (PyTorch: the first). */
typedef enum ad_bag_mode { AD_BAG_MEAN, AD_BAG_SUM, AD_BAG_MAX } ad_bag_mode;

typedef struct ad_table_options {
    AD_HEAD_(ad_table_options);
    int64_t count AD_IS(0); /* as those of ad_embedding_options */
    int64_t width AD_IS(0);
    ad_type type AD_IS(AD_F32);
    const char *name AD_IS(NULL);
    ad_tensor *weight AD_IS(NULL);
    double normal AD_IS(1);
    /* this row begins as zeros and gets no gradient, and a bag leaves it out; AD_SAME: none */
    int64_t padding AD_IS(AD_SAME);
    /* rows that are asked for and whose p-norm is above become row max_norm / (norm + 1e-7), in the
     * table too where it is a training run; the gradient is that by the rows after.  AD_AUTO: any
     */
    double max_norm AD_IS(AD_AUTO), norm_type AD_IS(2); /* p, 1 to INFINITY */
    /* bags alone */
    ad_bag_mode mode AD_IS({});
    ad_tensor *length AD_IS(NULL);        /* index (batch, most): how many of each count, as ever */
    ad_tensor *sample_weight AD_IS(NULL); /* of the index's shape: factors, mode SUM alone */
    /* i32 or i64 (bags): the index is a flat list (count), bag b of it begins at offset[b], which
     * is 0, then as large as the one before or larger, and ends where the next one or the list
     * does; a number outside of 0 to count fails the run, as does a first one above 0 */
    ad_tensor *offset AD_IS(NULL);
    bool last_offset AD_IS(false); /* offset (bags + 1): the last one is where the last bag ends */
} ad_table_options;
/* Rows by number, (...) to (..., width) */
AD_API ad_tensor *ad_padded_embedding(ad_tensor *index, const ad_table_options *options);
/* What is made of a list of rows each: (batch, most), or with .offset (count), to (batch, width) */
AD_API ad_tensor *ad_embedding_bag(ad_tensor *index, const ad_table_options *options);

/* ---------------------------------------------------------------- blocks
 * Features or channels are the last axis.  What a residual or dense block adds or puts beside its
 * input is ad_add(x, f(x)) and ad_concat: in a file `residual` and `branches`. */

typedef struct ad_highway_options {
    AD_HEAD_(ad_highway_options);
    const char *name AD_IS(NULL);
    double carry AD_IS(2);  /* the gate's bias begins as minus that: x goes through at first */
    bool tanh AD_IS(false); /* in the place of the ReLU */
} ad_highway_options;
/* t relu(h) + (1 - t) x; h and t's logit are x weight^T + bias, weight (2 features, features)
 * (Srivastava, Greff and Schmidhuber 2015) */
AD_API ad_tensor *ad_highway(ad_tensor *x, const ad_highway_options *options);

typedef struct ad_excite_options {
    AD_HEAD_(ad_excite_options);
    const char *name AD_IS(NULL);
    int64_t reduction AD_IS(16); /* channels for each hidden one, of which there is one at least */
    bool swish AD_IS(false);     /* in the place of the ReLU */
    bool hard AD_IS(false);      /* ad_hard_sigmoid in the place of ad_sigmoid */
} ad_excite_options;
/* x sigmoid(fc2(relu(fc1(mean of x over all axes between)))): x (batch, ..., channels); fc1 and fc2
 * are linear maps (Hu, Shen and Sun 2018) */
AD_API ad_tensor *ad_squeeze_excite(ad_tensor *x, const ad_excite_options *options);

typedef struct ad_inception_options {
    AD_HEAD_(ad_inception_options);
    const char *name AD_IS(NULL);
    /* of 1 x 1; 1 x 1, then 3 x 3; 1 x 1, then 5 x 5; 1 x 1 behind the largest of 3 x 3 */
    int64_t filters[6];
    bool norm AD_IS(false); /* batch norm, epsilon 1e-3, in the place of biases */
} ad_inception_options;
/* Four branches side by side, a ReLU behind each convolution: (batch, height, width, channels) to
 * (..., f0 + f2 + f4 + f5).  Variables as in torchvision: branch1.conv.weight,
 * branch2.0.conv.weight..., with .norm branch1.bn.weight...; its branch3 has a kernel of 3, this
 * one of 5 (Szegedy et al. 2015) */
AD_API ad_tensor *ad_inception(ad_tensor *x, const ad_inception_options *options);

typedef struct ad_bilinear_options {
    AD_HEAD_(ad_bilinear_options);
    const char *name AD_IS(NULL);
    int64_t out AD_IS(0); /* has to be given */
    bool bias AD_IS(true);
} ad_bilinear_options;
/* y[k] = x^T weight[k] z + bias[k]: (..., in1), (..., in2) to (..., out); weight (out, in1, in2),
 * uniform in +-1/sqrt(in1) as PyTorch's */
AD_API ad_tensor *ad_bilinear(ad_tensor *x, ad_tensor *z, const ad_bilinear_options *options);

/* ---------------------------------------------------------------- noise
 * In training alone, with .always ever: by random numbers as ad_dropout's, x of f32 or f64. */

/* Whole channels, the last axis, of each example are 0 (Tompson et al. 2015): (batch, ...,
 * channels) */
AD_API ad_tensor *ad_spatial_dropout(ad_tensor *x, const ad_dropout_options *options);
/* Whole examples are 0 (Huang et al. 2016, stochastic depth): put it where a residual branch ends
 */
AD_API ad_tensor *ad_drop_path(ad_tensor *x, const ad_dropout_options *options);
/* a x + c, and where dropped d: SELU's lowest value, -1.7581, stands for 0 there, and a and c keep
 * mean 0 and variance 1 (Klambauer et al. 2017); rate below 1 */
AD_API ad_tensor *ad_alpha_dropout(ad_tensor *x, const ad_dropout_options *options);
/* x plus normal numbers, mean 0 and that deviation */
AD_API ad_tensor *ad_gaussian_noise(ad_tensor *x, double deviation);
/* x times normal numbers, mean 1 and variance rate / (1 - rate); rate 0 to below 1 (Srivastava et
 * al. 2014) */
AD_API ad_tensor *ad_gaussian_dropout(ad_tensor *x, double rate);

/* ad_linear, of whose weight in training that share is 0 and the rest divided by 1 - rate, anew in
 * each run (Wan et al. 2013); not with .weight */
AD_API ad_tensor *ad_drop_connect(ad_tensor *x, double rate, const ad_linear_options *options);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "layers_call.h"

#endif
