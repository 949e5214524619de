/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of an act, inside registry/ alone: words_<word> takes one line and
 * changes the registry, or says in w->words what is wrong.
 */
#pragma once
#include <stdbool.h>
#include "registry/registry.h"

/* One act on its way. */
struct words_work {
	struct registry *r;
	const struct act_head *head;
	const struct act_line *line;
	bool first;		/* the registry's entry 0 */
	enum registry_wish wish;
	const char *words;	/* what is wrong */
};

typedef enum err (*words_fn)(struct words_work *w);

/* Sets w->words, gives e. */
MUST_CHECK enum err words_say(
    struct words_work *w, enum err e, const char *words);
MUST_CHECK enum err words_instance(struct words_work *w);
MUST_CHECK enum err words_service(struct words_work *w);
MUST_CHECK enum err words_admin(struct words_work *w);
MUST_CHECK enum err words_insurer(struct words_work *w);
MUST_CHECK enum err words_profession(struct words_work *w);
MUST_CHECK enum err words_wide(struct words_work *w);
MUST_CHECK enum err words_mode(struct words_work *w);
MUST_CHECK enum err words_site(struct words_work *w);
MUST_CHECK enum err words_professional(struct words_work *w);
MUST_CHECK enum err words_key(struct words_work *w);
MUST_CHECK enum err words_revoke(struct words_work *w);
MUST_CHECK enum err words_scope(struct words_work *w);
MUST_CHECK enum err words_clock(struct words_work *w);
