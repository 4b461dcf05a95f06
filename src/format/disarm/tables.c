/*
 * tables: look-ups in the generated tables. Pure; runs in the disarm worker.
 */
#include "format/disarm/tables.h"

#include "base/mem/ensure.h"

#include <string.h>

static uint32_t
row_hash(unsigned ns, const char *local, size_t n)
{
    uint32_t h = 2166136261U ^ ns * 0x9E3779B1U;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)local[i]) * 16777619U;
    return h ^ h >> 15;
}

const struct ox_row *
ox_find(unsigned ns, const char *local, size_t n)
{
    if (ns >= OX_UNKNOWN)
        return NULL;
    uint32_t slot = row_hash(ns, local, n) % OX_SLOTS;
    for (; ox_slots[slot] != 0; slot = (slot + 1) % OX_SLOTS) {
        const struct ox_row *row = &ox_rows[ox_slots[slot] - 1];
        if (row->ns == ns && strncmp(row->name, local, n) == 0 && row->name[n] == '\0')
            return row;
    }
    return NULL;
}

unsigned
ox_namespace(const char *uri, int *ret_strict)
{
    *ret_strict = 0;
    for (unsigned i = 0; i < ox_namespace_count; i++) {
        if (strcmp(ox_namespaces[i].uri, uri) == 0)
            return i;
        if (ox_namespaces[i].strict != NULL && strcmp(ox_namespaces[i].strict, uri) == 0) {
            *ret_strict = 1;
            return i;
        }
    }
    return OX_UNKNOWN;
}

/* True if the part that REL leads to may stand in the family of FOLDER. */
static int
part_fits(const struct ox_rel *rel, const char *folder)
{
    if (rel->part < 0)
        return 1;
    const char *pattern = ox_parts[rel->part].pattern;
    size_t n = strlen(folder);
    return pattern[0] == '{' || (strncmp(pattern, folder, n) == 0 && pattern[n] == '/');
}

const struct ox_rel *
ox_relationship(const char *type, const char *folder, int *ret_strict)
{
    static const char od[] = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    static const char iso[] = "http://purl.oclc.org/ooxml/officeDocument/relationships/";
    static const char ms[] = "http://schemas.microsoft.com/office/";
    const char *prefix = "";
    *ret_strict = strncmp(type, iso, sizeof iso - 1) == 0;
    if (*ret_strict) {
        prefix = "od:";
        type += sizeof iso - 1;
    } else if (strncmp(type, od, sizeof od - 1) == 0) {
        prefix = "od:";
        type += sizeof od - 1;
    } else if (strncmp(type, ms, sizeof ms - 1) == 0) {
        prefix = "ms:";
        type += sizeof ms - 1;
    }
    size_t skip = strlen(prefix);
    for (size_t i = 0; i < ox_rel_count; i++)
        if (strncmp(ox_rels[i].type, prefix, skip) == 0 &&
            strcmp(ox_rels[i].type + skip, type) == 0 && part_fits(&ox_rels[i], folder))
            return &ox_rels[i];
    return NULL;
}

int
ox_part_find(const char *name)
{
    size_t i = 0;
    while (i < ox_part_count && strcmp(ox_parts[i].name, name) != 0)
        i++;
    ensure(i < ox_part_count);
    return (int)i;
}
