/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks about whom: the persons of an invented population who are in force
 * on a day, each once, and its sites with an Ed25519 key, each as often as six
 * tenths of its budget of a day without a card let it ask; in bundles, three.
 * Both in an order that the seed alone decides: question i is asked by asker i
 * about person i, so that rounds which start where the last one ended ask nobody twice and
 * leave no key outside its budget. In bundles of n, an asker's place stands for
 * n questions.
 */
#pragma once
#include "base/limits.h"
#include "crypto/sign.h"

struct crowd_person {
	char amc[11], member[LIMIT_MEMBER + 1], nir[16], birth[9], rank[2];
	bool by_nir;	/* asked about by NIR, else by member number */
	char *token;	/* asked about by card; NULL: none */
};

struct crowd_site {
	struct sign_private *key;
	char keyid[SIGN_KEY_ID_TEXT];
	char domain[LIMIT_DOMAIN + 1];
};

struct crowd {
	struct crowd_person *persons;
	struct crowd_site *sites;
	uint32_t *askers;	/* places in sites */
	size_t person_count, site_count, asker_count;
	size_t by_card;
};

/* folder: of the population; figures: folder of professions.csv; day: people
 * in force then; each: questions of one place among the askers. Ends the
 * program if something is wrong. */
void crowd_load(struct crowd *c, const char *folder, const char *figures,
    const char *day, uint64_t seed, unsigned each);
void crowd_release(struct crowd *c);
