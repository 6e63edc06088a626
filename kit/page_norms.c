#include "page.h"

void page_norms(page *p)
{
    (void)p;
}
