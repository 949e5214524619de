/* SPDX-License-Identifier: Apache-2.0 */
/* What was found, in words, for people: English and French. */
#pragma once
#include "ids/ids.h"

enum sentence_language { SENTENCE_ENGLISH, SENTENCE_FRENCH };

/* A phrase without a full stop; never NULL, "" for IDS_CLEAN. It never holds
 * any part of the value. */
const char *sentence_of(enum ids_kind kind, enum ids_finding finding,
    enum sentence_language language);
/* From the environment as setlocale(3) reads it: LC_ALL, then LC_MESSAGES,
 * then LANG, the first that is not empty. */
enum sentence_language sentence_language_now(void);
