/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traits to tags: keeps one index key per cell, made on first use from the
 * index root. A question that hits no cell is tagged under cell 0's key, so
 * that it takes the same way and the same time.
 */
#pragma once
#include "card/token.h"
#include "fhir/request.h"
#include "keeper/slot.h"
#include "msg/feed.h"
#include "registry/registry.h"

#define TAGGER_VERSION 1	/* of the index keys now in use */

struct feed_traits_line;
struct tagger;

MUST_CHECK enum err tagger_new(
    const struct secret *index_root, struct tagger **ret);
void tagger_free(struct tagger *t);

/*
 * Fills s's tags, proof and question key q: the tag itself when the question
 * shows one alias, else a hash of all in their order. insurer NULL: cell 0.
 * Traits that may match nobody (fictive NIR) leave the question with tags that
 * no feed has.
 */
MUST_CHECK enum err tagger_tags(struct tagger *t,
    const struct registry_insurer *insurer, const struct fhir_question *q,
    const struct card_token *card, struct slot *s);

/* The same traits from the feed of an insurer: a line for the vault. */
MUST_CHECK enum err tagger_line(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    const struct feed_traits_line *in, struct feed_line *ret);
