/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "guard/subject.h"

int subject_sets(enum guard_level level)
{
	return level == GUARD_SITE ? SUBJECT_SETS : SUBJECT_ANSWERED;
}

struct subject *subject_find(const struct shelf *s, uint32_t id)
{
	return id < s->n ? s->subjects[id] : NULL;
}

static enum err widen(struct shelf *s, uint32_t id)
{
	uint32_t n = s->n ? s->n : 16;
	struct subject **p;

	while (n <= id)
		n *= 2;
	p = reallocarray(s->subjects, n, sizeof(struct subject *));
	if (!p)
		return ERR_NOMEM;
	memset(p + s->n, 0, (n - s->n) * sizeof(struct subject *));
	s->subjects = p;
	s->n = n;
	return ERR_OK;
}

static struct subject *new_subject(enum guard_level level)
{
	static const uint8_t key_words[SUBJECT_SETS] = {
	    SUBJECT_PERSON, SUBJECT_PERSON, SUBJECT_Q, SUBJECT_Q};
	int sets = subject_sets(level);
	struct subject *new;

	new = calloc(1, sizeof(*new) + (size_t)sets * sizeof(new->set[0]));
	if (!new)
		return NULL;
	for (int i = 0; i < sets; i++)
		roll_init(&new->set[i], key_words[i],
		    i == SUBJECT_ANSWERED ? SUBJECT_PERSON : 0,
		    GUARD_MONTH_MS);
	return new;
}

enum err subject_make(struct shelf *s, uint32_t id, struct subject **ret)
{
	if (id == 0 || id >= GUARD_SUBJECTS)
		return ERR_RANGE;
	if (id >= s->n && widen(s, id))
		return ERR_NOMEM;
	if (!s->subjects[id])
		s->subjects[id] = new_subject(s->level);
	if (!s->subjects[id])
		return ERR_NOMEM;
	*ret = s->subjects[id];
	return ERR_OK;
}

void subject_settle(
    const struct shelf *s, struct subject *subject, int64_t now_ms)
{
	for (int i = 0; i < subject_sets(s->level); i++)
		roll_settle(&subject->set[i], now_ms);
}

void subject_tell(
    const struct shelf *s, struct subject *subject, int64_t now_ms)
{
	for (int i = 0; i < subject_sets(s->level); i++)
		roll_tell(&subject->set[i], now_ms);
}

bool subject_is_empty(const struct shelf *s, const struct subject *subject)
{
	for (int i = 0; i < subject_sets(s->level); i++)
		if (roll_count(&subject->set[i], false) > 0)
			return false;
	return true;
}

size_t subject_memory(const struct shelf *s, const struct subject *subject)
{
	int sets = subject_sets(s->level);
	size_t n = sizeof(*subject) + (size_t)sets * sizeof(struct roll);

	for (int i = 0; i < sets; i++)
		n += roll_memory(&subject->set[i]);
	return n + (subject->own ? sizeof(*subject->own) : 0);
}

void subject_clear(const struct shelf *s, struct subject *subject)
{
	for (int i = 0; i < subject_sets(s->level); i++)
		roll_release(&subject->set[i]);
}

void subject_release(struct shelf *s)
{
	for (uint32_t id = 0; id < s->n; id++) {
		struct subject *subject = s->subjects[id];

		if (!subject)
			continue;
		subject_clear(s, subject);
		free(subject->own);
		free(subject);
	}
	free(s->subjects);
	*s = (struct shelf){.level = s->level};
}

enum subject_set subject_set_of(enum guard_kind kind)
{
	static const enum subject_set sets[GUARD_KINDS] = {
	    [GUARD_T24] = SUBJECT_T, [GUARD_T30] = SUBJECT_T,
	    [GUARD_C24] = SUBJECT_C, [GUARD_C30] = SUBJECT_C,
	    [GUARD_M24] = SUBJECT_M, [GUARD_M30] = SUBJECT_M};

	return sets[kind];
}

bool subject_kind_is_day(enum guard_kind kind)
{
	return kind == GUARD_T24 || kind == GUARD_C24 || kind == GUARD_M24;
}
