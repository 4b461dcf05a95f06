/*
 * samples: files to try the checkpoint with. All are made by our own writers and harmless: what
 * looks like active content is there to be found and removed, and does nothing.
 */
#ifndef CMD_SEKISHO_TOWN_SAMPLES_H
#define CMD_SEKISHO_TOWN_SAMPLES_H

#include "base/mem/err.h"

/* Writes STATE_DIR/samples/: 案内.docx 申請書.xlsx 写真.jpg 資料.zip 名簿.csv 広報.pdf. -1 with
 * file.*. */
int samples_make(const char *state_dir, struct err *err);

#endif
