/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals that get no entry of their own, summed by reason and minute, so
 * that nobody fills the disk by being refused (design §5): those of strangers
 * always, those of an enrolled key after SUMMARY_ALONE in one minute.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

#define SUMMARY_ALONE 20	/* refusals of one key in a minute */
#define SUMMARY_UNFIT 20	/* estimates of one key and minute unpriced */
#define SUMMARY_KEYS 4096	/* keys counted alone in one minute */
#define SUMMARY_LINES 512	/* (key, plane, reason) summed at once */
#define SUMMARY_SPARE 64	/* of them for strangers: 16 reasons, 4 planes */
#define SUMMARY_MINUTE_MS 60000
#define SUMMARY_STRANGERS UINT32_MAX	/* in the place of a key */

struct summary_line {
	uint32_t key;	/* place in the registry, or SUMMARY_STRANGERS */
	uint8_t plane;
	uint8_t reason;	/* enum leaf_reason or leaf_decision */
	uint32_t count;
};

struct summary;

MUST_CHECK enum err summary_new(struct summary **ret);
void summary_free(struct summary *s);
/*
 * May this refusal of an enrolled key have an entry of its own? Counts it.
 * Keys beyond the first SUMMARY_KEYS of a minute have none.
 */
bool summary_alone(struct summary *s, uint32_t key, int64_t now_ms);
/*
 * An estimate that no rule prices is refused when its entry stands already,
 * with another that says so: nothing is left to be summed. So it is counted,
 * and after SUMMARY_UNFIT of a key in one minute the key is over: its next
 * estimates are refused before anybody is looked up. Nothing is counted for
 * keys beyond the first SUMMARY_KEYS of a minute.
 */
void summary_unfit(struct summary *s, uint32_t key, int64_t now_ms);
bool summary_unfit_over(struct summary *s, uint32_t key, int64_t now_ms);
/* Adds one refusal to its line. When the lines of keys are taken the line of
 * the strangers with the same reason takes it: never another key's. */
void summary_add(struct summary *s, uint32_t key, uint8_t plane,
    uint8_t reason, int64_t now_ms);
/* Is the minute of the first line over? Then lines are to be written. */
bool summary_due(const struct summary *s, int64_t now_ms);
/* Gives the lines and empties the table. *n is their count. */
const struct summary_line *summary_take(struct summary *s, uint32_t *n);
