/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include "journal/leaf.h"

#define PLANES 4	/* enum ask_plane: flow, portal, member, staff */
#define PADDING 9	/* bytes at the end, zero */

void leaf_commit(const uint8_t blinding[static LEAF_BLINDING], uint32_t cell,
    uint64_t number, uint8_t out[static HASH_SIZE])
{
	static const char label[] = "ecluse/beneficiary/v1";
	uint8_t tail[LEAF_BLINDING + 4 + 8];
	const struct span parts[] = {
	    {(const uint8_t *)label, sizeof(label) - 1}, {tail, sizeof(tail)}};

	memcpy(tail, blinding, LEAF_BLINDING);
	put_be32(tail + LEAF_BLINDING, cell);
	put_be64(tail + LEAF_BLINDING + 4, number);
	hash_sha256_parts(parts, 2, out);
}

static bool is_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

/* What only a question has. */
static bool has_no_question(const struct leaf *l)
{
	return l->purpose == 0 && l->fields == 0 && !l->existed &&
	    l->decision == 0 && is_zero(l->replay, LEAF_REPLAY);
}

/* Who was asking about whom. */
static bool has_no_asker(const struct leaf *l)
{
	return l->plane == 0 && l->sequence == 0 &&
	    is_zero(l->asker, LEAF_ASKER) &&
	    is_zero(l->commitment, HASH_SIZE) &&
	    is_zero(l->opening_hash, HASH_SIZE);
}

static bool asked_is_valid(const struct leaf *l)
{
	return l->plane >= 1 && l->plane <= PLANES && l->purpose != 0 &&
	    l->decision >= LEAF_ANSWERED && l->decision < LEAF_DECISION_COUNT &&
	    l->sequence > 0 && l->first == 0 && l->end == 0 && l->count == 0 &&
	    l->reason == 0;
}

static bool summary_is_valid(const struct leaf *l)
{
	bool refused = l->reason > LEAF_ANSWERED &&
	    l->reason < LEAF_DECISION_COUNT;
	bool unentered = l->reason >= LEAF_REASON_UNSIGNED &&
	    l->reason < LEAF_REASON_SUMMARY_END;

	return (refused || unentered) && l->count > 0 && l->plane <= PLANES &&
	    l->first == 0 && l->end == 0 && has_no_question(l) &&
	    is_zero(l->commitment, HASH_SIZE) ==
	        is_zero(l->opening_hash, HASH_SIZE);
}

static bool not_disclosed_is_valid(const struct leaf *l)
{
	return l->first < l->end && l->count == 0 &&
	    l->reason >= LEAF_REASON_VAULT_SILENT &&
	    l->reason < LEAF_REASON_NOT_DISCLOSED_END &&
	    has_no_question(l) && has_no_asker(l);
}

static bool start_is_valid(const struct leaf *l)
{
	return l->first <= l->end && l->count == 0 && l->reason == 0 &&
	    has_no_question(l) && has_no_asker(l);
}

static bool stop_is_valid(const struct leaf *l)
{
	return l->first == 0 && l->end == 0 && start_is_valid(l);
}

static bool continue_is_valid(const struct leaf *l)
{
	struct leaf rest = *l;

	memset(rest.commitment, 0, HASH_SIZE);
	return l->count == 0 && l->reason == 0 && has_no_question(l) &&
	    has_no_asker(&rest) && (l->end == 0 || l->end >= l->first) &&
	    (l->end == 0) == (bool)is_zero(l->commitment, HASH_SIZE);
}

static bool is_valid(const struct leaf *l)
{
	if (l->time_ms < 0)
		return false;
	switch (l->kind) {
	case LEAF_ASKED:
		return asked_is_valid(l);
	case LEAF_SUMMARY:
		return summary_is_valid(l);
	case LEAF_NOT_DISCLOSED:
		return not_disclosed_is_valid(l);
	case LEAF_START:
		return start_is_valid(l);
	case LEAF_STOP:
		return stop_is_valid(l);
	case LEAF_CONTINUE:
		return continue_is_valid(l);
	default:
		return false;
	}
}

static uint8_t *put(uint8_t *p, const void *from, size_t n)
{
	memcpy(p, from, n);
	return p + n;
}

/* The order of the fields here is the format: docs/journal.md. */
enum err leaf_pack(const struct leaf *l, uint8_t out[static LEAF_SIZE])
{
	uint8_t *p = out;

	if (!is_valid(l))
		return ERR_RANGE;
	*p++ = LEAF_VERSION;
	*p++ = l->kind;
	put_be64(p, (uint64_t)l->time_ms);
	p = put(p + 8, l->asker, LEAF_ASKER);
	put_be64(p, l->sequence);
	p = put(p + 8, l->commitment, HASH_SIZE);
	*p++ = l->plane;
	*p++ = l->purpose;
	put_be32(p, l->fields);
	p += 4;
	*p++ = l->existed;
	*p++ = l->decision;
	p = put(p, l->replay, LEAF_REPLAY);
	put_be64(p, l->registry_size);
	p = put(p + 8, l->registry_root, HASH_SIZE);
	p = put(p, l->opening_hash, HASH_SIZE);
	put_be64(p, l->first);
	put_be64(p + 8, l->end);
	put_be32(p + 16, l->count);
	p[20] = l->reason;
	memset(p + 21, 0, PADDING);
	_Static_assert(2 + 8 + LEAF_ASKER + 8 + HASH_SIZE + 8 + LEAF_REPLAY +
	        8 + 2 * HASH_SIZE + 21 + PADDING == LEAF_SIZE, "leaf layout");
	return ERR_OK;
}

static void read_fields(struct reader *r, struct leaf *l, uint8_t *existed)
{
	l->kind = read_u8(r);
	l->time_ms = (int64_t)read_u64(r);
	read_copy(r, l->asker, LEAF_ASKER);
	l->sequence = read_u64(r);
	read_copy(r, l->commitment, HASH_SIZE);
	l->plane = read_u8(r);
	l->purpose = read_u8(r);
	l->fields = read_u32(r);
	*existed = read_u8(r);
	l->existed = *existed == 1;
	l->decision = read_u8(r);
	read_copy(r, l->replay, LEAF_REPLAY);
	l->registry_size = read_u64(r);
	read_copy(r, l->registry_root, HASH_SIZE);
	read_copy(r, l->opening_hash, HASH_SIZE);
	l->first = read_u64(r);
	l->end = read_u64(r);
	l->count = read_u32(r);
	l->reason = read_u8(r);
}

enum err leaf_unpack(struct span in, struct leaf *ret)
{
	struct reader r = reader_of(in);
	struct leaf l = {.kind = 0};
	struct span padding;
	uint8_t existed;

	if (in.n != LEAF_SIZE || read_u8(&r) != LEAF_VERSION)
		return ERR_SHAPE;
	read_fields(&r, &l, &existed);
	padding = read_bytes(&r, PADDING);
	assert(reader_done(&r));	/* the length was looked at */
	if (!is_zero(padding.p, padding.n))
		return ERR_SHAPE;
	if (existed > 1 || !is_valid(&l))
		return ERR_RANGE;
	*ret = l;
	return ERR_OK;
}

const char *leaf_decision_text(uint8_t decision)
{
	static const char *const words[LEAF_DECISION_COUNT] = {
	    [LEAF_ANSWERED] = "answered",
	    [LEAF_REFUSED_BUDGET] = "refused: budget",
	    [LEAF_REFUSED_CARD_ONLY] = "refused: card only",
	    [LEAF_REFUSED_DOMAIN] = "refused: domain",
	    [LEAF_REFUSED_SWITCH] = "refused: closed",
	    [LEAF_REFUSED_FORM] = "refused: form",
	    [LEAF_REFUSED_SLOW] = "refused: later",
	    [LEAF_REFUSED_KEY] = "refused: key",
	    [LEAF_REFUSED_REPLAY] = "refused: replay",
	    [LEAF_REFUSED_TIME] = "refused: time",
	    [LEAF_REFUSED_TOUCH] = "refused: touch",
	};
	const char *word = decision < LEAF_DECISION_COUNT ? words[decision]
	                                                  : NULL;

	return word ? word : "unknown decision";
}

const char *leaf_reason_text(uint8_t reason)
{
	switch (reason) {
	case LEAF_REASON_UNSIGNED:
		return "unsigned";
	case LEAF_REASON_SIGNATURE:
		return "bad signature";
	case LEAF_REASON_STRANGER:
		return "unknown key";
	case LEAF_REASON_REVOKED:
		return "revoked key";
	case LEAF_REASON_SEAL:
		return "seal";
	case LEAF_REASON_LIMIT:
		return "too large";
	case LEAF_REASON_VAULT_SILENT:
		return "vault silent";
	case LEAF_REASON_VAULT_FAILED:
		return "vault failed";
	case LEAF_REASON_CEILING:
		return "the vault's ceiling of persons";
	case LEAF_REASON_NO_ROOM:
		return "no room in the bundle";
	case LEAF_REASON_UNFIT:
		return "acts that no rule prices";
	case LEAF_REASON_NOT_SENT:
		return "not sent";
	default:
		return leaf_decision_text(reason);
	}
}
