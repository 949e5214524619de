/* SPDX-License-Identifier: Apache-2.0 */
/* What was found, in words, for people: English and French. */
#pragma once
#include "ids/ids.h"

enum sentence_language { SENTENCE_ENGLISH, SENTENCE_FRENCH };

/* A phrase without a full stop; never NULL, "" for IDS_CLEAN. It never holds
 * any part of the value. */
const char *sentence_of(enum ids_kind kind, enum ids_finding finding,
    enum sentence_language language);
