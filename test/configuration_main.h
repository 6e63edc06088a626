/* The main of tests that read configurations: a build without libyaml skips them.  first: what is
 * done before all of them, a call or nothing. */
#ifndef CONFIGURATION_MAIN_H
#define CONFIGURATION_MAIN_H

#include "test.h"

bool yaml_available(void); /* kit/yaml.h */

#define TEST_MAIN_OF_CONFIGURATIONS(first)              \
    int main(int count, char **arguments)               \
    {                                                   \
        if (!yaml_available()) {                        \
            printf("skipped: built without libyaml\n"); \
            return 77;                                  \
        }                                               \
        first;                                          \
        return test_main(count, arguments);             \
    }

#endif
