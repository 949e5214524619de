/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contracts of the mutuelles: texts that they signed, one row for each
 * code and first day, kept in the store with the rights. Those that were asked
 * for last are held ready for pricing, and a mutuelle of many contracts takes no
 * place of one that has fewer; a new version counts from the next question on.
 */
#pragma once
#include "msg/contracts.h"
#include "price/price.h"
#include "store/store.h"

struct catalogue;

/* folder: of data/rules, which lives on. One that cannot be read is told in
 * the log, and nothing can be priced. Errors: store_migrate. */
MUST_CHECK enum err catalogue_open(struct store *s, const char *folder,
    struct catalogue **ret);
void catalogue_close(struct catalogue *c);	/* NULL is fine */
/*
 * Reads the rules again. Only once all of them were read do they count, from
 * the next question on; a row that is wrong changes nothing. out: the body of
 * MSG_RULES_SAID.
 */
void catalogue_reload(struct catalogue *c, struct buf *out);
const struct rules *catalogue_rules(const struct catalogue *c);

/* Outside of transactions: all or nothing. said's spans live until the next
 * call; what it says is never an error of this function's. */
void catalogue_put(struct catalogue *c, const struct contracts_put *in,
    struct contracts_said *said);

/*
 * The version of that code in force on a day: the last one that began. *ret is
 * NULL if there is none, or if the rules no longer know what it names; the
 * plan lives until the next call. The store's errors.
 */
MUST_CHECK enum err catalogue_plan(struct catalogue *c, uint32_t cell,
    struct span code, int32_t day, const struct price_plan **ret);
/* Is any version of that code there? The store's errors. */
MUST_CHECK enum err catalogue_has(struct catalogue *c, uint32_t cell,
    struct span code, bool *ret);
/* A contract that pays nothing: shows whether acts can be priced at all. NULL
 * without rules. */
const struct price_plan *catalogue_nothing(const struct catalogue *c);

