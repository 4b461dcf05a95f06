/*
 * duty_scene: a town with two departments, and a data folder of its own for tests of the year's
 * duties: the shipped roles, calendar, routes, archetypes and system registers, and two small
 * registers written here. What the shipped groups of registers order or open does not matter there.
 */
#ifndef TESTS_DUTY_SCENE_H
#define TESTS_DUTY_SCENE_H

#include "base/os/file.h"
#include "core/store/store.h"
#include "tests/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SCENE_FILE_BYTES = 1 << 20 };

/* Sections 11 and 12 of department 10, and 20 of a board. 1 ciso, 2 chief, 3 department officer, 4
 * manager of 11, 5 system manager, 6 clerk of 11; nobody answers for 12 and 20. */
static const struct store_statement scene_town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999),"
           " (2, 'board', '教育委員会', 'board', 1, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (10, 1, 'A', '町長部局', '', NULL, 0, 99999),"
           " (11, 1, 'A1', '住民課', '', 10, 0, 99999), (12, 1, 'A2', '税務課', '', 10, 0, 99999),"
           " (20, 2, 'B1', '事務局', '', NULL, 0, 99999)"},
    {"t3",
     "INSERT INTO post VALUES (100, 10, 'deputy', '副町長', 1, 1, 9, 0, 99999),"
     " (101, 12, 'head', '情報課長', 3, 1, 9, 0, 99999),"
     " (102, 10, 'head', '総務課長', 3, 0, 9, 0, 99999),"
     " (103, 11, 'head', '住民課長', 3, 1, 9, 0, 99999),"
     " (104, 12, 'it', '係長', 5, 0, 9, 0, 99999), (105, 11, 'clerk', '主事', 9, 0, 9, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:a', '森', ''), (2, 'p:b', '石橋', ''),"
           " (3, 'p:c', '髙橋', ''), (4, 'p:d', '山﨑', ''), (5, 'p:e', '渡邉', ''),"
           " (6, 'p:f', '佐藤', '')"},
    {"t5", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999), (3, 3, 'S3', 'staff', 0, 99999),"
           " (4, 4, 'S4', 'staff', 0, 99999), (5, 5, 'S5', 'staff', 0, 99999),"
           " (6, 6, 'S6', 'staff', 0, 99999)"},
    {"t6", "INSERT INTO appointment VALUES (1, 1, 100, 'main', 0, 99999, ''),"
           " (2, 2, 101, 'main', 0, 99999, ''), (3, 3, 102, 'main', 0, 99999, ''),"
           " (4, 4, 103, 'main', 0, 99999, ''), (5, 5, 104, 'main', 0, 99999, ''),"
           " (6, 6, 105, 'main', 0, 99999, '')"},
    {"t7", "INSERT INTO role_slot VALUES (1, 'ciso', 'body', 1, 100, NULL, 0, 99999),"
           " (2, 'chief', 'body', 1, 101, NULL, 0, 99999),"
           " (3, 'committee', 'body', 1, 100, NULL, 0, 99999),"
           " (4, 'department_officer', 'section', 10, 102, NULL, 0, 99999),"
           " (5, 'section_manager', 'section', 11, 103, NULL, 0, 99999),"
           " (6, 'system_manager', 'body', 1, 104, NULL, 0, 99999)"},
};

/* Opens for its owner as a draft, with nothing but the year known: it is closed when `found` is
 * there, or given up. */
static const char scene_draft[] =
    "register: policy_review\nversion: 1\ntitle: {ja: 見直し, en: Review}\ntopics: [\"10(3)\"]\n"
    "clauses: []\nnumber: \"見-{fy}-{seq:2}\"\nretain: {years: 5, from: closed, then: review}\n"
    "fields:\n"
    "  - {key: year, type: number, min: 2000, max: 2999, required: true, title: {ja: 年度, en: "
    "Year}}\n"
    "  - {key: found, type: text, max: 200, required: true, title: {ja: 結果, en: Found}}\n"
    "access:\n  - {role: chief, rows: all}\n"
    "states:\n  draft: {title: {ja: 下書き, en: Draft}}\n"
    "  closed: {title: {ja: 終了, en: Closed}, end: done}\n"
    "  given_up: {title: {ja: 中止, en: Given up}, end: void}\n"
    "moves:\n  close: {from: draft, to: closed, by: owner, need: [found], title: {ja: 終了する, "
    "en: "
    "Close}}\n"
    "  give_up: {from: draft, to: given_up, by: owner, reason: true, title: {ja: 中止する, en: "
    "Give "
    "up}}\n";

/* Stands as it is entered, so it must be whole at once: no duty can open it. */
static const char scene_whole[] =
    "register: improvement_plan\nversion: 1\nextends: base/journal\n"
    "title: {ja: 改善, en: Improvement}\ntopics: [\"2(7)\"]\nclauses: []\n"
    "number: \"改-{fy}-{seq:2}\"\nretain: {years: 5, from: closed, then: review}\n"
    "fields:\n  - {key: what, type: text, max: 200, required: true, title: {ja: 内容, en: What}}\n";

struct scene_copy {
    int from, to; /* data folders */
    const char *folder;
};

static inline int
scene_write(int dir, const char *path, struct str text, struct err *err)
{
    int fd = file_open(dir, path, O_WRONLY | O_CREAT | O_EXCL, 0600, err);
    int rc = fd < 0 ? -1 : file_write(fd, text.p, text.n, err);
    file_close(&fd);
    return rc;
}

static inline int
scene_copy_file(const struct scene_copy *copy, const char *path, struct err *err)
{
    struct buf text;
    buf_init(&text, SCENE_FILE_BYTES);
    int rc = file_read(copy->from, path, SCENE_FILE_BYTES, &text, err);
    rc = rc < 0 ? -1 : scene_write(copy->to, path, buf_str(&text), err);
    buf_free(&text);
    return rc;
}

static inline int
scene_visit(void *context, const char *name, const struct stat *stat, struct err *err)
{
    const struct scene_copy *copy = context;
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", copy->folder, name);
    return S_ISREG(stat->st_mode) ? scene_copy_file(copy, path, err) : 0;
}

static inline int
scene_fill(struct scene_copy *copy, struct err *err)
{
    static const char *const files[] = {"roles.yaml", "calendar/ja.yaml", "registers/routes.yaml",
                                        "registers/sets.yaml", "registers/approvers.yaml"};
    static const char *const folders[] = {"calendar", "registers/base", "registers/system",
                                          "registers/own"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        copy->folder = folders[i];
        if (file_mkdirs(copy->to, folders[i], 0700, err) < 0 ||
            (i == 1 || i == 2 ? file_walk(copy->from, folders[i], scene_visit, copy, err) : 0) <
                0) {
            return -1;
        }
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (scene_copy_file(copy, files[i], err) < 0) {
            return -1;
        }
    }
    return scene_write(copy->to, "registers/own/policy_review.yaml", str_of(scene_draft), err) < 0
               ? -1
               : scene_write(copy->to, "registers/own/improvement_plan.yaml", str_of(scene_whole),
                             err);
}

/* Makes the folder FOLDER, which is empty, a data folder. 0 or -1 with the codes of base/os/file.
 */
static inline int
scene_data(const char *folder, struct err *err)
{
    struct scene_copy copy = {.from = file_open_dir(AT_FDCWD, SEKISHO_SOURCE_DIR "/data", err),
                              .to = -1};
    copy.to = copy.from < 0 ? -1 : file_open_dir(AT_FDCWD, folder, err);
    int rc = copy.to < 0 ? -1 : scene_fill(&copy, err);
    file_close(&copy.to);
    file_close(&copy.from);
    return rc;
}

static inline int
scene_remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* Removes FOLDER with everything in it. */
static inline int
scene_remove(const char *folder)
{
    return nftw(folder, scene_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- what a list of duties says ---- */

/* The text KEY of OBJECT; empty when there is none. */
static inline const char *
word(const json_t *object, const char *key)
{
    const char *z = json_string_value(json_object_get(object, key));
    return z != NULL ? z : "";
}

/* How many duties of ROOT have KEY (NULL: any) and STATE (NULL: any). */
static inline size_t
count_of(const json_t *root, const char *key, const char *state)
{
    size_t n = 0, i;
    json_t *row;
    json_array_foreach(json_object_get(root, "duties"), i, row)
    {
        n += (key == NULL || strcmp(word(row, "key"), key) == 0) &&
             (state == NULL || strcmp(word(row, "state"), state) == 0);
    }
    return n;
}

/* How many findings of ROOT have CODE and are about DUTY (NULL: any). */
static inline size_t
findings_of(const json_t *root, const char *code, const char *duty)
{
    size_t n = 0, i;
    json_t *row;
    json_array_foreach(json_object_get(root, "findings"), i, row)
    {
        n += strcmp(word(row, "code"), code) == 0 &&
             (duty == NULL || strcmp(word(row, "duty"), duty) == 0);
    }
    return n;
}

/* The first duty of ROOT with KEY; there must be one. */
static inline json_t *
first_of(const json_t *root, const char *key)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(root, "duties"), i, row)
    {
        if (strcmp(word(row, "key"), key) == 0) {
            return row;
        }
    }
    fail_msg("no duty %s", key);
    return NULL;
}

#endif
