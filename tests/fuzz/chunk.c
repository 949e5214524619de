/* SPDX-License-Identifier: Apache-2.0 */
/* A chunk of a feed, before anything in it is believed. */
#include <string.h>
#include "feed/chunk.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);
	struct feed_chunk_head head;
	size_t length;

	if (n >= 4 && feed_chunk_length(p, &length) == ERR_OK)
		must(length >= 4);
	memset(&head, 0, sizeof(head));
	if (feed_chunk_head_parse(in, &head) == ERR_OK) {
		must(strlen(head.amc) == FEED_CHUNK_AMC);
		must(head.kind >= FEED_CHUNK_FULL &&
		    head.kind <= FEED_CHUNK_CHANGES);
		must(head.last || head.lines == 0);
	}
	return 0;
}
