/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traits to tags: keeps one index key per cell and version, made on first use
 * from the version's root. A question that hits no cell is tagged under cell
 * 0's key, so that it takes the same way and the same time.
 *
 * Two things never turn, and hang on a root of their own: the name q by which
 * the guard knows a question (a spent budget goes on answering whom it
 * answered), and the tag of a handle (who comes back gets his number back).
 */
#pragma once
#include "card/token.h"
#include "fhir/request.h"
#include "keeper/slot.h"
#include "msg/feed.h"
#include "registry/registry.h"

struct feed_traits_line;
struct tagger;

MUST_CHECK enum err tagger_new(
    const struct secret *question_root, struct tagger **ret);
void tagger_free(struct tagger *t);
/* A version of the index keys, newer than all there are: feeds are tagged
 * with it, the older ones find. ERR_FULL: RIGHTS_VERSIONS are there. */
MUST_CHECK enum err tagger_add(
    struct tagger *t, uint32_t version, const struct secret *index_root);
bool tagger_has(const struct tagger *t, uint32_t version);
void tagger_drop(struct tagger *t, uint32_t version);
uint32_t tagger_newest(const struct tagger *t);	/* 0: none */
/* Names of decoys (keeper/decoys.h), which outlive t's use of them. */
void tagger_decoys(struct tagger *t, const struct map *names);

/*
 * Fills s's tags of all versions, proof and question key q: of one alias as it
 * is, of several a hash of all in their order. insurer NULL: cell 0. Traits
 * that may match nobody (fictive NIR) leave the question with tags that no
 * feed has. OPENING_DECOY is in proof when one of the aliases is a decoy's.
 */
MUST_CHECK enum err tagger_tags(struct tagger *t,
    const struct registry_insurer *insurer, const struct fhir_question *q,
    const struct card_token *card, struct slot *s);

/* The tag of a handle in a cell: it never turns. Errors of ident_ref. */
MUST_CHECK enum err tagger_handle(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    struct span handle, uint8_t ret[static RIGHTS_TAG]);

/* The same traits from the feed of an insurer: a line for the vault, with the
 * newest version's tags to keep and the older ones' to join by. ERR_EXISTS: it
 * names a decoy. */
MUST_CHECK enum err tagger_line(struct tagger *t,
    const struct registry_insurer *insurer, uint32_t cell,
    const struct feed_traits_line *in, struct feed_line *ret);
