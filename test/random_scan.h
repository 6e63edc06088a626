/* Random graphs with scans in them, from a number: the same number, the same graph.  Bodies are
 * made of ops drawn at random over slices, carries and tensors from outside, scans within them
 * included; some of what they make is stacked, and there are gradients of it. */
#ifndef TEST_RANDOM_SCAN_H
#define TEST_RANDOM_SCAN_H

#include <adze/adze.h>

enum { SCAN_FEEDS = 8, SCAN_FETCHES = 48 };

struct random_scan {
    ad_graph *graph;
    ad_tensor *feed[SCAN_FEEDS];
    ad_array value[SCAN_FEEDS]; /* data to feed, owned */
    ad_tensor *fetch[SCAN_FETCHES];
    ad_tensor *loss, *real_feed[6];
    int fetches, real_feeds;
    bool twice;  /* with second derivatives */
    bool smooth; /* can be compared with finite differences */
    bool open;   /* sizes are open, but where the order is SCAN_FIXED */
};

/* In half of them three sizes are open, declared in one of six orders, 0 .. 5; SCAN_FIXED makes the
 * same scan of the same numbers with all sizes fixed.  false where something failed (ad_error). */
enum { SCAN_FIXED = -1 };
bool random_scan_make(struct random_scan *r, ad_context *context, uint64_t number, int size,
                      ad_type type, bool smooth, int order);
void random_scan_free(struct random_scan *r);

#endif
