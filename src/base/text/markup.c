/*
 * markup: see markup.h. Runs in portald and the command line.
 */
#include "base/text/markup.h"

void
markup_put(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            buf_put_z(out, "&amp;");
            break;
        case '<':
            buf_put_z(out, "&lt;");
            break;
        case '>':
            buf_put_z(out, "&gt;");
            break;
        case '"':
            buf_put_z(out, "&quot;");
            break;
        case '\'':
            buf_put_z(out, "&#39;");
            break;
        default:
            buf_put_char(out, text.p[i]);
        }
    }
}
