/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chunk of a feed, before anything in it is believed: nobody signed what a
 * stranger wrote, and it opens under no key.
 */
#include <string.h>
#include "crypto/hpke.h"
#include "feed/chunk.h"
#include "fuzz.h"

static void is_nobodys(struct span in)
{
	static struct hpke_key *seal;	/* made once */
	static struct sign_public *key;
	uint8_t raw[SIGN_ED25519_KEY];	/* the curve's base point */
	struct buf plain;

	memset(raw, 0x66, sizeof(raw));
	raw[0] = 0x58;
	if (!key)
		must(!sign_public_ed25519(raw, &key) && !hpke_key_derive(
		    span_str("thirty-two bytes for a fuzzed key"), &seal));
	buf_init(&plain, 1u << 20);
	must(feed_chunk_verify(in, key) != ERR_OK);
	must(feed_chunk_open(in, seal, &plain) != ERR_OK && plain.n == 0);
	buf_release(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);
	struct feed_chunk_head head;
	size_t length;

	if (n >= 4 && feed_chunk_length(p, &length) == ERR_OK)
		must(length >= 4);
	memset(&head, 0, sizeof(head));
	if (feed_chunk_head_parse(in, &head) == ERR_OK) {
		met("a chunk's head");
		if (head.last)
			met("the last one's");
		must(strlen(head.amc) == FEED_CHUNK_AMC);
		must(head.kind >= FEED_CHUNK_FULL &&
		    head.kind <= FEED_CHUNK_CHANGES);
		must(head.last || head.lines == 0);
	}
	is_nobodys(in);
	return 0;
}
