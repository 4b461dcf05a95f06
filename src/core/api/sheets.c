/*
 * sheets: tables into registers and out of them (docs/design/contract.md). Runs in cored.
 *
 * Invariants: a table is parsed by sheetd's worker, never here; a batch is seen and applied by who
 * sent it alone, on the LGWAN portal; what is approved is the digest of the preview that was shown.
 */
#include "core/api/calls.h"
#include "core/api/names.h"

#include "base/crypt/hash.h"
#include "base/os/file.h"
#include "core/api/export.h"
#include "core/api/sheeting.h"
#include "core/sheet/batch.h"
#include "core/store/id.h"
#include "format/sheet/sheet.h"

#include <string.h>
#include <sys/mman.h>

enum { NAME_BYTES = 200, PASTE_BYTES = 4 << 20 };

static int
at_desk(struct api_call *call, struct err *err)
{
    bool desk = str_equal_z(call->zone, "lgwan") && api_config(call->api)->sheeting != NULL;
    return desk ? 0 : ERR(err, "not_found", "register");
}

/* Size and SHA-256 of the call's sealed file. */
static int
file_known(const struct api_call *call, uint64_t most, struct batch *ret, struct err *err)
{
    int64_t size = file_sealed_size(call->file, most, err);
    if (size < 0) {
        return ERR(err, "sheet.size", "%llu", (unsigned long long)most);
    }
    void *p = size == 0 ? NULL : mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, call->file, 0);
    if (p == MAP_FAILED || size == 0) {
        return size == 0 ? ERR(err, "sheet.empty", "%s", "0")
                         : ERR_ERRNO(err, "file.read", "sheet");
    }
    sha256_of(p, (size_t)size, ret->file_digest);
    munmap(p, (size_t)size);
    ret->bytes = (uint64_t)size;
    return 0;
}

static int
batch_make(struct api_call *call, bool pasted, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct batch batch = {.person = call->known.person,
                          .name = api_query_or(call, "name", pasted ? "貼り付け" : "table"),
                          .encoding =
                              pasted ? STR("utf-8") : api_query_or(call, "encoding", "auto"),
                          .sheet = api_query_or(call, "sheet", ""),
                          .pasted = pasted};
    if (at_desk(call, err) < 0) {
        return -1;
    }
    const struct register_def *def = register_def_find(config->registers, call->part[0]);
    if (def == NULL || def->shape) {
        return ERR(err, "not_found", "register");
    }
    batch.reg = def->name;
    if (str_equal_z(def->states[0].route, "given")) {
        return ERR(err, "sheet.not_register", "%.*s", STR_FMT(def->name));
    }
    if (sheet_encoding_of(batch.encoding) == SHEET_ENCODINGS || batch.name.n > NAME_BYTES ||
        batch.sheet.n > NAME_BYTES) {
        return ERR(err, "api.field",
                   batch.name.n > NAME_BYTES    ? "name"
                   : batch.sheet.n > NAME_BYTES ? "sheet"
                                                : "encoding");
    }
    if (!sheeting_has_room(config->sheeting)) {
        return ERR(err, "sheet.busy", "%d", SHEETING_WAITING_MOST);
    }
    if (file_known(call, pasted ? PASTE_BYTES : SHEET_FILE_BYTES, &batch, err) < 0 ||
        batch_add(config->store, &batch, err) < 0) {
        return -1;
    }
    call->made = batch.id;
    return 0;
}

static int
import_write(struct api_call *call, struct err *err)
{
    return batch_make(call, false, err);
}

static int
paste_write(struct api_call *call, struct err *err)
{
    return batch_make(call, true, err);
}

static int
import_begun(struct api_call *call, json_t **ret, struct err *err)
{
    char id[ID_CHARS + 1];
    (void)err;
    sheeting_read(api_config(call->api)->sheeting, call->made, call->file);
    call->file = -1;
    id_format(call->made, id);
    *ret = json_pack("{ss}", "import", id);
    return 0;
}

/* The batch of the path when it is the caller's, else not_found. */
static int
path_batch(struct api_call *call, struct batch *ret, struct err *err)
{
    uint64_t id = 0;
    if (at_desk(call, err) < 0) {
        return -1;
    }
    int rc = id_parse(call->part[0], &id)
                 ? batch_get(api_config(call->api)->store, call->arena, id, ret, err)
                 : 1;
    if (rc < 0) {
        return -1;
    }
    return rc == 0 && ret->person == call->known.person ? 0 : ERR(err, "not_found", "import");
}

static int
import_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct batch batch;
    return path_batch(call, &batch, err) < 0
               ? -1
               : batch_json(api_config(call->api)->store, &batch, ret, err);
}

/* Adds what the ids in the rows of a preview are called. */
static int
rows_names(struct api_call *call, const struct register_def *def, json_t *page, struct err *err)
{
    json_t *names = json_object();
    const json_t *rows = json_object_get(page, "rows");
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        rc = names_add_fields(call, def, json_object_get(row, "fields"), names, err);
    }
    (void)json_object_set_new(page, "names", names);
    return rc;
}

static int
rows_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct batch batch;
    uint64_t after = 0, limit = 100;
    struct batch_page page = {.kind = api_query_or(call, "kind", "")};
    if (path_batch(call, &batch, err) < 0) {
        return -1;
    }
    if (!str_to_u64(api_query_or(call, "after", "0"), &after) ||
        !str_to_u64(api_query_or(call, "limit", "100"), &limit) || limit > BATCH_PAGE_MOST) {
        return ERR(err, "api.field", "after");
    }
    page.after = after;
    page.most = (size_t)limit;
    if (batch_rows_json(api_config(call->api)->store, &batch, &page, ret, err) < 0) {
        return -1;
    }
    const struct register_def *def = register_def_find(api_config(call->api)->registers, batch.reg);
    return def == NULL ? 0 : rows_names(call, def, *ret, err);
}

static int
list_read(struct api_call *call, json_t **ret, struct err *err)
{
    return at_desk(call, err) < 0
               ? -1
               : batch_list_json(api_config(call->api)->store, call->known.person, ret, err);
}

static int
apply_write(struct api_call *call, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct batch batch;
    unsigned char digest[32];
    if (path_batch(call, &batch, err) < 0) {
        return -1;
    }
    if (!api_digest(call, "digest", digest)) {
        return ERR(err, "sheet.preview_changed", "digest");
    }
    const struct register_def *def = register_def_find(config->registers, batch.reg);
    if (def == NULL) {
        return ERR(err, "not_found", "register");
    }
    return batch_begin(config->store, &batch, digest, def->digest, str_of(call->known.factors),
                       err);
}

static int
apply_begun(struct api_call *call, json_t **ret, struct err *err)
{
    sheeting_apply(api_config(call->api)->sheeting);
    return import_read(call, ret, err);
}

static int
discard_write(struct api_call *call, struct err *err)
{
    struct batch batch;
    return path_batch(call, &batch, err) < 0
               ? -1
               : batch_drop(api_config(call->api)->store, batch.id, err);
}

const struct api_route api_sheet_routes[] = {
    {"POST", "registers/:/import", 202, import_write, import_begun, .raw = true,
     .file_bytes = SHEET_FILE_BYTES},
    {"POST", "registers/:/paste", 202, paste_write, import_begun, .raw = true,
     .file_bytes = PASTE_BYTES},
    {"GET", "registers/:/export", 200, .later = export_begin},
    {"GET", "import", 200, .read = list_read},
    {"GET", "import/:", 200, .read = import_read, .quiet = true},
    {"GET", "import/:/rows", 200, .read = rows_read},
    {"POST", "import/:/apply", 202, apply_write, apply_begun},
    {"POST", "import/:/discard", 200, discard_write, import_read},
};
const size_t api_sheet_route_count = sizeof api_sheet_routes / sizeof *api_sheet_routes;
