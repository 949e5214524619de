/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of an act, inside registry/ alone: each takes one line and changes
 * the registry, or says in w->words what is wrong. A word that is not lone
 * only adds records at the ends of the arrays; a lone one changes nothing
 * before all is checked. So an act that fails can be forgotten (apply.c).
 */
#pragma once
#include <stdbool.h>
#include "registry/registry.h"

/* One act on its way. */
struct words_work {
	struct registry *r;
	const struct act_head *head;
	int64_t live_ms;	/* the present time; 0: the log is replayed */
	int64_t taken_ms;	/* when the keeper took it: now, if live */
	struct act_line line;
	bool first;		/* the registry's entry 0 */
	bool instance, service;	/* the first entry said these */
	enum registry_wish wish;
	const char *words;	/* what is wrong */
};

typedef enum err (*words_fn)(struct words_work *w);

#define WORDS_NO_AMC                                                          \
	"no such AMC; of two operators' name one: AMC@OPERATOR"

/* What the words share. */
/* Sets w->words, gives e. */
MUST_CHECK enum err words_say(
    struct words_work *w, enum err e, const char *words);
/*
 * Is it live, and this time more than so many days behind the act's own? A
 * slip of the pen cannot be taken back once it is in the log; what an older
 * program let in is replayed as it stands.
 */
bool words_far(const struct words_work *w, int64_t time_ms, int32_t days);
/* Room for one more record of size bytes in *array, which has count. */
MUST_CHECK enum err words_grow(void **array, size_t count, size_t size);
/* Letters, digits and . _ - alone, one at least. */
bool words_is_id(struct span s);
/* The value of a name of the line, or an empty span. */
struct span words_value(const struct words_work *w, const char *name);
/* The same as an identifier, with a NUL. */
MUST_CHECK enum err words_id(
    struct words_work *w, const char *name, char *out, size_t size);
/* Takes what stands before the first comma off *list. ERR_CLOSED: nothing is
 * left; ERR_SHAPE: a comma with nothing behind it. */
MUST_CHECK enum err words_next(struct span *list, struct span *ret);

MUST_CHECK enum err words_spki(
    struct words_work *w, const char *name, struct sign_public **ret);

/* words.c */
MUST_CHECK enum err words_instance(struct words_work *w);
MUST_CHECK enum err words_service(struct words_work *w);
MUST_CHECK enum err words_admin(struct words_work *w);
MUST_CHECK enum err words_insurer(struct words_work *w);
/* Has a cell of this AMC (10 digits) this feed key, or had it before? */
bool words_feed_key_taken(const struct registry *r, struct span amc,
    const struct sign_public *key);
MUST_CHECK enum err words_site(struct words_work *w);
MUST_CHECK enum err words_professional(struct words_work *w);
MUST_CHECK enum err words_key(struct words_work *w);
MUST_CHECK enum err words_scope(struct words_work *w);
MUST_CHECK enum err words_clock(struct words_work *w);

/*
 * words_apart.c: an administrator's key, living or revoked, is nobody else's,
 * and no key of another becomes an administrator's. Asked of a live act alone:
 * a log that an older program wrote is replayed as it stands. ERR_EXISTS.
 */
MUST_CHECK enum err words_apart_admin(
    struct words_work *w, const uint8_t *raw);
MUST_CHECK enum err words_apart_raw(struct words_work *w, const uint8_t *raw);
MUST_CHECK enum err words_apart_key(
    struct words_work *w, const struct sign_public *key);

/* words_figures.c: budgets and modes */
MUST_CHECK enum err words_figures_profession(struct words_work *w);
MUST_CHECK enum err words_figures_wide(struct words_work *w);
MUST_CHECK enum err words_figures_mode(struct words_work *w);
MUST_CHECK enum err words_figures_budget(struct words_work *w);
MUST_CHECK enum err words_figures_cap(struct words_work *w);

/* words_list.c: what is read out of the journal, besides scope */
MUST_CHECK enum err words_list_who(struct words_work *w);
MUST_CHECK enum err words_list_release(struct words_work *w);
/* from, to and log, of scope too; shape: what is said of wrong times. */
MUST_CHECK enum err words_list_span(
    struct words_work *w, const char *shape);

/* words_past.c */
MUST_CHECK enum err words_past_continue(struct words_work *w);

/* words_vault.c: what vaults are told */
MUST_CHECK enum err words_vault_vault(struct words_work *w);
MUST_CHECK enum err words_vault_ceiling(struct words_work *w);

/* words_revoke.c */
MUST_CHECK enum err words_revoke(struct words_work *w);
/* The key of a key id in base64url; said when there is none. */
MUST_CHECK enum err words_key_named(struct words_work *w, struct span text,
    const struct registry_key **ret);

/* words_close.c */
MUST_CHECK enum err words_close(struct words_work *w);
MUST_CHECK enum err words_open(struct words_work *w);

/* words_decoy.c */
MUST_CHECK enum err words_decoy(struct words_work *w);

/* words_route.c: the directory */
MUST_CHECK enum err words_route(struct words_work *w);

/* words_purge.c */
MUST_CHECK enum err words_purge(struct words_work *w);

/* words_turn.c: generations of keys, months */
MUST_CHECK enum err words_turn(struct words_work *w);
MUST_CHECK enum err words_turn_destroy(struct words_work *w);
/* The line's month, YYYY-MM, as date_month_of_ms. */
MUST_CHECK enum err words_turn_month(struct words_work *w, uint32_t *ret);
/* Generation 1 of what turns, from the first entry. */
MUST_CHECK enum err words_turn_first(struct words_work *w);
