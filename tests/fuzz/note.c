/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes, keys of them, checkpoints and proofs (C2SP), ends of
 * lists. */
#include <string.h>
#include "fuzz.h"
#include "journal/checkpoint.h"
#include "journal/ending.h"
#include "journal/note.h"
#include "journal/proof.h"
#include "registry/service.h"

static void split(struct span in)
{
	struct span text, signatures;
	struct ending e;
	bool note = note_split(in, &text, &signatures) == ERR_OK;

	must(!note || text.n + 1 + signatures.n == in.n ||
	    text.n + signatures.n == in.n);
	if (note)
		met("a note");
	if (ending_read(in, &e) == ERR_OK) {
		met("the end of a list");
		must(note && e.count <= INT64_MAX);
	}
}

static void key(struct span in)
{
	char again[NOTE_VKEY_SIZE];
	struct note_key k;

	if (note_key_parse(in, &k) != ERR_OK)
		return;
	met("a key");
	note_key_format(&k, again);
	must(span_is(in, again));
}

static void checkpoint(struct span in)
{
	struct checkpoint c;
	struct buf again;

	if (checkpoint_parse(in, &c) != ERR_OK)
		return;
	met("a checkpoint");
	buf_init(&again, 4096);
	checkpoint_format(&c, &again);
	must(!again.err && again.n <= in.n &&
	    memcmp(again.p, in.p, again.n) == 0);
	buf_release(&again);
}

static void proof(struct span in)
{
	struct proof p;

	if (proof_parse(in, &p) != ERR_OK)
		return;
	met("a proof");
	must(p.path.n <= TREE_PROOF && p.checkpoint.n <= in.n);
}

static void service(struct span in)
{
	struct registry_service s;
	struct span origin;

	memset(&s, 0, sizeof(s));
	if (service_read(in, &origin, &s) != ERR_OK)
		return;
	met("keys of a service");
	must(origin.n > 0 && s.promise_count <= REGISTRY_PROMISES);
}

/* Against a key that signed none of it. */
static void signed_by_nobody(struct span in)
{
	uint8_t raw[SIGN_ED25519_KEY];	/* the curve's base point */
	struct note_key k;
	struct span text;
	bool by = false;

	memset(raw, 0x66, sizeof(raw));
	raw[0] = 0x58;
	must(note_key_make(span_str("log.example"), raw, &k) == ERR_OK);
	if (note_verify(in, &k, 1, &text, &by) == ERR_OK)
		must(!by);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {split, key, checkpoint,
	    proof, service, signed_by_nobody};
	struct span in = span_of(p, n);

	readers[choose(&in, 6)](in);
	return 0;
}
