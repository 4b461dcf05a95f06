/*
 * scanner: see scanner.h. Runs in gated. A probe asks for the version, then streams the files of
 * probe.h one after another. One wrong answer: down, and a leaf gate.probe that names the case.
 */
#include "edge/gate/scanner.h"

#include "edge/gate/leaf.h"
#include "edge/gate/probe.h"

#include "base/mem/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBE_MS = 3600 * 1000, AGAIN_MS = 500, AGAIN_MOST_MS = 60000 };

/* What is asked now: the version, or a case of probe.h. */
enum { STAGE_VERSION = -1 };

struct scanner {
    struct gate *gate;
    struct loop_timer *timer;
    struct clamd *clamd;
    int stage;
    bool up, told, sent;
    uint64_t again_ms;
    struct buf file; /* what the running stage streams */
    char engine[CLAMD_NAME_BYTES], signatures[CLAMD_NAME_BYTES];
};

static const char *
stage_word(const struct scanner *scanner)
{
    return scanner->stage == STAGE_VERSION ? "version"
                                           : probe_word((enum probe_case)scanner->stage);
}

static int
source(void *arg, struct str *ret_part, struct err *err)
{
    struct scanner *scanner = arg;
    (void)err;
    *ret_part = scanner->sent ? STR("") : buf_str(&scanner->file);
    scanner->sent = true;
    return 0;
}

static void
probe_leaf(struct scanner *scanner, bool right)
{
    struct err err;
    char failed[40];
    snprintf(failed, sizeof failed, "[\"%s\"]", stage_word(scanner));
    const char *signatures = scanner->signatures[0] != '\0' ? "signatures" : NULL;
    const struct leaf_field fields[] = {
        {.key = "cases", .number = PROBE_CASES},
        {.key = scanner->engine[0] != '\0' ? "engine" : NULL, .text = scanner->engine},
        {.key = right ? NULL : "failed", .text = failed, .list = true},
        {.key = "result", .text = right ? "right" : "wrong"},
        {.key = signatures, .text = scanner->signatures},
    };
    if (leaf_put(scanner->gate, "gate.probe", fields, 5, NULL, NULL, &err) != 0)
        scanner->gate->config.event("gate.leaf_refused", "kind", "gate.probe", &err);
}

/* The probe is over. A leaf is written when the state changed, or hourly when it is right. */
static void
probe_end(struct scanner *scanner, bool right)
{
    bool changed = !scanner->told || scanner->up != right;
    scanner->up = right;
    scanner->told = true;
    if (changed)
        scanner->gate->config.event(right ? "gate.scanner_up" : "gate.scanner_down", "probe",
                                    stage_word(scanner), NULL);
    if (changed || right)
        probe_leaf(scanner, right);
    if (changed) {
        gate_state_send(scanner->gate);
        jobs_kick(scanner->gate);
    }
    scanner->again_ms = right ? AGAIN_MS : scanner->again_ms * 2;
    if (scanner->again_ms > AGAIN_MOST_MS)
        scanner->again_ms = AGAIN_MOST_MS;
    loop_timer_start(scanner->timer, right ? PROBE_MS : scanner->again_ms);
}

static void stage_start(struct scanner *scanner);

static bool
stage_right(struct scanner *scanner, struct str answer)
{
    struct clamd_answer read;
    if (scanner->stage == STAGE_VERSION)
        return clamd_version_read(answer, scanner->engine, scanner->signatures);
    clamd_answer_read(answer, &read);
    return probe_right((enum probe_case)scanner->stage, read.result);
}

static void
stage_done(void *arg, struct str answer, const struct err *err)
{
    struct scanner *scanner = arg;
    scanner->clamd = NULL;
    if (err != NULL || !stage_right(scanner, answer)) {
        probe_end(scanner, false);
    } else if (scanner->stage == PROBE_CASES - 1) {
        probe_end(scanner, true);
    } else {
        scanner->stage++;
        stage_start(scanner);
    }
}

static void
stage_start(struct scanner *scanner)
{
    scanner->sent = false;
    buf_clear(&scanner->file);
    if (scanner->stage != STAGE_VERSION)
        probe_put((enum probe_case)scanner->stage, &scanner->file);
    scanner->clamd =
        clamd_start(scanner->gate->config.loop, scanner->gate->config.clamd,
                    scanner->stage == STAGE_VERSION ? NULL : source, stage_done, scanner);
}

static void
probe(void *arg)
{
    struct scanner *scanner = arg;
    if (scanner->clamd != NULL)
        return;
    scanner->stage = STAGE_VERSION;
    stage_start(scanner);
}

struct scanner *
scanner_new(struct gate *gate)
{
    struct scanner *scanner = calloc(1, sizeof *scanner);
    ensure(scanner != NULL);
    scanner->gate = gate;
    scanner->again_ms = AGAIN_MS;
    buf_init(&scanner->file, PROBE_BYTES);
    scanner->timer = loop_timer_new(gate->config.loop, probe, scanner);
    if (gate->config.clamd != NULL)
        loop_timer_start(scanner->timer, 0);
    return scanner;
}

bool
scanner_is_none(const struct scanner *scanner)
{
    return scanner->gate->config.clamd == NULL;
}

bool
scanner_is_up(const struct scanner *scanner)
{
    return scanner->up;
}

const char *
scanner_word(const struct scanner *scanner)
{
    return scanner_is_none(scanner) ? "none" : scanner->up ? "up" : "down";
}

const char *
scanner_engine(const struct scanner *scanner)
{
    return scanner_is_none(scanner) ? "none" : scanner->engine;
}

const char *
scanner_signatures(const struct scanner *scanner)
{
    return scanner->signatures;
}

void
scanner_doubt(struct scanner *scanner)
{
    if (!scanner->up)
        return;
    scanner->up = false;
    scanner->gate->config.event("gate.scanner_down", "probe", "scan", NULL);
    gate_state_send(scanner->gate);
    loop_timer_start(scanner->timer, 0);
}
