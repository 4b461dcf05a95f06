/*
 * cross_fuzz: two hostile files of one body, read and held against each other. The input is cut in
 * the middle; the halves become a basic policy and a standard.
 */
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "format/lint/cross.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* TITLE and TEXT as the reader's answer, into SET. */
static int
add(struct arena *arena, struct clause_set *set, const char *title, struct str text)
{
    struct policy_tree *tree;
    struct buf source, out;
    struct err err;
    buf_init(&source, 1 << 20);
    buf_init(&out, 64 << 20);
    buf_put_z(&source, title);
    buf_put_str(&source, text);
    int rc = buf_done(&source, &err);
    if (rc == 0)
        rc = policy_read(arena, str_dup(arena, buf_str(&source)), &tree, &err);
    if (rc == 0) {
        policy_put_json(&out, tree, str_of(title), STR(""));
        rc = clause_set_add(set, buf_str(&out), &err);
    }
    buf_free(&source);
    buf_free(&out);
    return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(256 << 20);
    struct clause_set set;
    struct cross_answer answer;
    struct err err;
    struct str all = {(const char *)data, size};
    size_t middle = size / 2;
    while (middle < size && (data[middle] & 0xc0) == 0x80)
        middle++;
    clause_set_init(&set, arena);
    if (add(arena, &set, "海山町情報セキュリティ基本方針\n", str_slice(all, 0, middle)) == 0 &&
        add(arena, &set, "海山町情報セキュリティ対策基準\n", str_slice(all, middle, size)) == 0 &&
        cross_check(arena, &set, &answer, &err) == 0)
        for (size_t i = 0; i < answer.count; i++) {
            ensure(answer.findings[i].doc < set.doc_count);
            ensure(answer.findings[i].clause == CLAUSE_NONE ||
                   answer.findings[i].clause < set.clause_count);
        }
    arena_free(arena);
    return 0;
}
