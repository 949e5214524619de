/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams between processes, in every direction, and the bodies of those
 * that hold fields. What can be read is written again to the same bytes.
 */
#include <string.h>
#include "base/limits.h"
#include "feed/trait_line.h"
#include "fuzz.h"
#include "msg/ask.h"
#include "msg/contracts.h"
#include "msg/feed.h"
#include "msg/msg.h"
#include "msg/retain.h"
#include "msg/rights.h"
#include "msg/sibling.h"

#define PEERS 5

/* X(name, struct): NAME_unpack() and NAME_pack() are each other's inverse. A
 * later one goes to the end of readers: kept inputs name theirs by number. */
#define MIRRORS(X)                                                            \
	X(ask, struct ask)                                                    \
	X(ask_answer, struct ask_answer)                                      \
	X(feed_begin, struct feed_begin)                                      \
	X(feed_state, struct feed_state)                                      \
	X(feed_last, struct feed_last)                                        \
	X(rights_resolve, struct rights_resolve)                              \
	X(rights_resolved, struct rights_resolved)                            \
	X(rights_do, struct rights_do)                                        \
	X(rights_done, struct rights_done)                                    \
	X(rights_handle, struct rights_handle)

#define LATER(X)                                                              \
	X(contracts_put, struct contracts_put)                                \
	X(contracts_said, struct contracts_said)                              \
	X(retain_ask, struct retain_ask)                                      \
	X(retain_said, struct retain_said)

#define MIRROR(name, type)                                                    \
	static void mirror_##name(struct span in, struct buf *out)            \
	{                                                                     \
		type m;                                                       \
                                                                              \
		memset(&m, 0, sizeof(m));                                     \
		if (name##_unpack(in, &m) != ERR_OK)                          \
			return;                                               \
		met(#name);                                                   \
		name##_pack(&m, out);                                         \
		must(!out->err && span_equal(in, buf_span(out)));             \
	}
MIRRORS(MIRROR)
LATER(MIRROR)

static void mirror_handled(struct span in, struct buf *out)
{
	struct span handle;

	if (rights_handled_unpack(in, &handle) != ERR_OK)
		return;
	met("rights_handled");
	must(handle.n <= LIMIT_HANDLE);
	rights_handled_pack(handle, out);
	must(!out->err && span_equal(in, buf_span(out)));
}

static void mirror_sibling(struct span in, struct buf *out)
{
	uint8_t again[SIBLING_SIZE];
	struct sibling who;

	(void)out;
	if (sibling_unpack(in, &who) != ERR_OK)
		return;
	met("sibling");
	sibling_pack(&who, again);
	must(span_equal(in, span_of(again, sizeof(again))));
}

static void lines_of_vault(struct span in, struct buf *out)
{
	struct reader r = reader_of(in);
	struct feed_line line;

	while (reader_left(&r)) {
		const uint8_t *from = r.p;

		if (feed_line_unpack(&r, &line) != ERR_OK)
			return;
		buf_clear(out);
		feed_line_pack(&line, out);
		must(!out->err && span_equal(buf_span(out),
		    span_of(from, (size_t)(r.p - from))));
	}
}

static void lines_of_insurer(struct span in, struct buf *out)
{
	struct reader r = reader_of(in);
	struct feed_traits_line line;
	enum err e = ERR_OK;

	while (!e && reader_left(&r)) {
		const uint8_t *from = r.p;

		e = feed_traits_line_unpack(&r, &line);
		if (e)
			break;
		buf_clear(out);
		must(feed_traits_line_pack(&line, out) == ERR_OK);
		must(span_equal(buf_span(out),
		    span_of(from, (size_t)(r.p - from))));
	}
}

static void datagrams(struct span in, struct buf *out)
{
	for (unsigned from = 0; from < PEERS; from++)
		for (unsigned to = 0; to < PEERS; to++) {
			struct reader r = reader_of(in);
			struct msg m;

			while (msg_next(&r, (enum msg_peer)from,
				   (enum msg_peer)to, &m) == ERR_OK) {
				met("a datagram's message");
				must(m.body.p >= in.p &&
				    m.body.p + m.body.n <= in.p + in.n);
			}
		}
	(void)out;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span in, struct buf *out) = {
#define READER(name, type) mirror_##name,
	    MIRRORS(READER)
	    mirror_sibling, lines_of_vault, lines_of_insurer, datagrams,
	    LATER(READER) mirror_handled};
	struct span in = span_of(p, n);
	struct buf out;

	buf_init(&out, 1u << 20);
	readers[choose(&in, sizeof(readers) / sizeof(readers[0]))](in, &out);
	buf_release(&out);
	return 0;
}
