/*
 * link: the URL rule. Only absolute http, https and mailto links and jumps inside the document
 * stay; everything else loses its address and keeps its words. RFC 3986, RFC 6068; normalised first
 * (blanks, controls, full width, percent-coded schemes), matched after.
 */
#ifndef FORMAT_DISARM_LINK_H
#define FORMAT_DISARM_LINK_H

#include "base/mem/buf.h"
#include "format/disarm/checks.h"

#include <stdbool.h>

enum { LINK_MOST = 2083 };

struct link_verdict {
    bool keep;
    enum check_id id; /* why it goes (LINK_01..15), or what is worth a note; LINK_16 plain */
    bool note;        /* kept, but reported: bare IP, other script in the host */
    struct str host;  /* borrowed from the judged text; may be empty */
};

/* Judges TEXT as the target of a hyperlink. An in-document jump begins with '#'. */
struct link_verdict link_judge(struct str text);

/* Appends the kept link in its own form: trimmed, blanks and quotes percent-coded, scheme in small
 * letters. Judging that form again gives the same verdict and the same bytes. */
void link_put(struct buf *buf, struct str text);

#endif
