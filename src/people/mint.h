/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of an invented population: of mutuelles and of sites. They follow
 * from the seed, so they are no secrets: for drills and tests alone.
 */
#pragma once
#include "crypto/aead.h"
#include "crypto/sign.h"
#include "people/folder.h"
#include "people/plan.h"
#include "people/row.h"
#include "people/site.h"

#define MINT_HANDLE_LABEL "ecluse-handle-key-v1"

struct mint {
	const struct plan *plan;
	struct sign_private *card[PLAN_INSURERS_MAX];
};

/* ERR_NOMEM. Release it in any case. plan outlives it. */
MUST_CHECK enum err mint_make(const struct plan *p, struct mint *ret);
void mint_release(struct mint *m);
/* The token of a row's nth card, valid for the row's period, appended. */
MUST_CHECK enum err mint_token(
    const struct mint *m, const struct row *row, int nth, struct buf *out);
/* insurers/<AMC>/: feed.pem, card.pem, handle.key. */
MUST_CHECK enum err mint_save_insurers(
    const struct mint *m, const struct folder *f);
/* Its key file. */
MUST_CHECK enum err mint_save_site(
    const struct mint *m, const struct site *site, const struct folder *f);
