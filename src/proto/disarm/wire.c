/*
 * wire: see wire.h. Pure; used by gated, the command line and the workers. Each side treats the
 * other's packet as hostile.
 */
#include "proto/disarm/wire.h"

enum { TYPE_JOB = 'j', TYPE_DONE = 'd' };

static void
put_number(struct buf *buf, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_put_char(buf, (char)(v >> (8 * i) & 0xFF));
}

static void
put_text(struct buf *buf, struct str s)
{
    put_number(buf, s.n, 4);
    buf_put_str(buf, s);
}

static void
put_head(struct buf *buf, char type)
{
    buf_put_z(buf, "skd1");
    buf_put_char(buf, type);
}

void
wire_put_job(struct buf *buf, const struct wire_job *job)
{
    put_head(buf, TYPE_JOB);
    put_text(buf, job->name);
    put_text(buf, job->type);
    put_text(buf, job->profile);
}

void
wire_put_done(struct buf *buf, const struct wire_done *done)
{
    put_head(buf, TYPE_DONE);
    put_number(buf, done->verdict, 8);
    put_number(buf, done->output_bytes, 8);
    put_number(buf, done->report_bytes, 8);
    put_number(buf, done->removed, 8);
    put_number(buf, done->inflated, 8);
    put_text(buf, done->sha256);
    put_text(buf, done->name);
    put_text(buf, done->kind);
    put_text(buf, done->reason);
    put_text(buf, done->layers);
}

struct reader {
    struct str rest;
    bool bad;
};

static uint64_t
get_number(struct reader *r, unsigned bytes)
{
    uint64_t v = 0;
    if (r->bad || r->rest.n < bytes) {
        r->bad = true;
        return 0;
    }
    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | (unsigned char)r->rest.p[i];
    r->rest = str_slice(r->rest, bytes, r->rest.n);
    return v;
}

static struct str
get_text(struct reader *r)
{
    uint64_t n = get_number(r, 4);
    if (r->bad || n > r->rest.n) {
        r->bad = true;
        return (struct str){"", 0};
    }
    struct str s = str_slice(r->rest, 0, (size_t)n);
    r->rest = str_slice(r->rest, (size_t)n, r->rest.n);
    return s;
}

static struct reader
get_head(struct str packet, char type)
{
    bool fits = packet.n >= 5 && str_starts(packet, STR("skd1")) && packet.p[4] == type;
    return (struct reader){str_slice(packet, 5, packet.n), !fits};
}

int
wire_get_job(struct str packet, struct wire_job *ret, struct err *err)
{
    struct reader r = get_head(packet, TYPE_JOB);
    struct wire_job job = {.name = get_text(&r)};
    job.type = get_text(&r);
    job.profile = get_text(&r);
    if (r.bad || r.rest.n > 0)
        return ERR(err, "disarm.wire", "job");
    *ret = job;
    return 0;
}

int
wire_get_done(struct str packet, struct wire_done *ret, struct err *err)
{
    struct reader r = get_head(packet, TYPE_DONE);
    struct wire_done done = {.verdict = get_number(&r, 8)};
    done.output_bytes = get_number(&r, 8);
    done.report_bytes = get_number(&r, 8);
    done.removed = get_number(&r, 8);
    done.inflated = get_number(&r, 8);
    done.sha256 = get_text(&r);
    done.name = get_text(&r);
    done.kind = get_text(&r);
    done.reason = get_text(&r);
    done.layers = get_text(&r);
    if (r.bad || r.rest.n > 0 || done.verdict >= WIRE_VERDICTS)
        return ERR(err, "disarm.wire", "done");
    *ret = done;
    return 0;
}
