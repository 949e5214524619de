/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "registry/turns.h"

const struct registry_turn *turns_at(
    const struct registry *r, enum keyring_kind kind, uint32_t generation)
{
	for (size_t i = 0; i < r->turn_count; i++)
		if (r->turns[i].kind == kind &&
		    r->turns[i].generation == generation)
			return &r->turns[i];
	return NULL;
}

uint32_t turns_last(const struct registry *r, enum keyring_kind kind)
{
	uint32_t last = 1;

	for (size_t i = 0; i < r->turn_count; i++)
		if (r->turns[i].kind == kind && r->turns[i].generation > last)
			last = r->turns[i].generation;
	return last;
}

uint32_t turns_in_use(
    const struct registry *r, enum keyring_kind kind, int64_t now_ms)
{
	uint32_t used = 1;

	for (size_t i = 0; i < r->turn_count; i++) {
		const struct registry_turn *t = &r->turns[i];

		if (t->kind == kind && t->from_ms <= now_ms &&
		    t->generation > used)
			used = t->generation;
	}
	return used;
}

bool turns_is_log(enum keyring_kind kind)
{
	return kind == KEYRING_LOG || kind == KEYRING_REGISTRY;
}

enum err turns_log_key(const char *origin, enum keyring_kind kind,
    const uint8_t raw[static SIGN_ED25519_KEY], struct note_key *ret)
{
	char name[NOTE_NAME_SIZE];
	enum err e = ERR_OK;

	if (kind == KEYRING_REGISTRY)
		e = registry_origin(origin, name, sizeof(name));
	else
		e = text_copy(span_str(origin), name, sizeof(name));
	return e ? e : note_key_make(span_str(name), raw, ret);
}

bool turns_month_destroyed(const struct registry *r, uint32_t month)
{
	for (size_t i = 0; i < r->month_count; i++)
		if (r->months[i] == month)
			return true;
	return false;
}
