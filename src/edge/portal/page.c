/*
 * page: pages and files of the bundle. Runs in portald. GET and HEAD only; the scripts below
 * /app/HASH/ may be kept for ever because the hash covers their bytes, everything else never.
 */
#include "edge/portal/request.h"

static void
file_answer(struct request *r, unsigned status, const struct bundle_file *file)
{
    bool zip = file->gzip.n > 0 && header_takes_gzip(request_header(r, "Accept-Encoding"));
    struct str body = zip ? file->gzip : file->plain;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);
    answer_header(response, "Content-Type", file->type.p);
    answer_header(response, "Vary",
                  file->immutable ? "Accept-Encoding" : "Accept-Encoding, Accept-Language");
    if (zip)
        answer_header(response, "Content-Encoding", "gzip");
    if (file->immutable)
        answer_header(response, "Cache-Control", "public, max-age=31536000, immutable");
    request_answer(r, status, response, NULL);
}

static void
page_begin(struct request *r)
{
    bool english = header_likes_english(request_header(r, "Accept-Language"));
    if (!str_equal_z(r->method, "GET") && !str_equal_z(r->method, "HEAD")) {
        request_refuse(r, 405, "portal.method", "");
        return;
    }
    const struct bundle_file *file = bundle_find(r->portal->bundle, r->path, english);
    if (file != NULL)
        file_answer(r, 200, file);
    else
        file_answer(r, 404, bundle_missing(r->portal->bundle, english));
}

const struct request_kind request_page = {.begin = page_begin};
