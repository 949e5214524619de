/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nginx says to a gate: a stream of FastCGI records, in any cuts, and the
 * requests in it. However it is cut, the same requests are in it.
 */
#include <string.h>
#include "base/limits.h"
#include "fuzz.h"
#include "gate/request.h"
#include "upstream/fastcgi.h"

#define BODY_MOST 4096	/* small, so that bodies that are over are met */

struct seen {
	unsigned requests, aborts;
	uint64_t sum;		/* of all bytes of params and body */
	enum err end;
};

static void add(struct seen *s, struct span in)
{
	for (size_t i = 0; i < in.n; i++)
		s->sum = s->sum * 31 + in.p[i];
	s->sum = s->sum * 31 + in.n;
}

static void look_at(const struct fastcgi *f)
{
	static const enum ask_plane planes[] = {
	    ASK_FLOW, ASK_PORTAL, ASK_STAFF};
	struct reader r = reader_of(buf_span(&f->params));
	struct span name, value;
	struct ask ask;

	while (fastcgi_param(&r, &name, &value) == ERR_OK)
		must(name.n + value.n <= f->params.n);
	for (size_t i = 0; i < 3; i++) {
		struct request_rules rules = {planes[i], i == 1};
		struct buf packed;
		struct ask again;

		memset(&ask, 0, sizeof(ask));
		if (request_read(&rules, f, &ask).why != REFUSE_NOT)
			continue;
		met("a request that a gate passes on");
		/* what a gate passes on, a keeper can read */
		buf_init(&packed, LIMIT_BUNDLE + 8192);
		ask_pack(&ask, &packed);
		must(!packed.err);
		must(ask_unpack(buf_span(&packed), &again) == ERR_OK);
		must(span_equal(ask.body, again.body));
		buf_release(&packed);
	}
}

/* step 0: all at once */
static struct seen read_stream(struct span in, size_t step)
{
	struct seen s = {0};
	enum fastcgi_event event;
	struct fastcgi f;
	size_t used;

	fastcgi_init(&f, BODY_MOST);
	while (in.n && !s.end) {
		struct span part = span_of(
		    in.p, step && step < in.n ? step : in.n);

		s.end = fastcgi_feed(&f, part, &used, &event);
		if (s.end)
			break;
		must(used <= part.n);
		must(used > 0 || event != FASTCGI_MORE);
		in = span_of(in.p + used, in.n - used);
		if (event == FASTCGI_MORE)
			continue;
		s.requests += event == FASTCGI_REQUEST;
		if (event == FASTCGI_ABORT) {
			met("an abort");
			s.aborts++;
		}
		if (event == FASTCGI_REQUEST) {
			met("a request");
			add(&s, buf_span(&f.params));
			add(&s, buf_span(&f.body));
			must(f.body.n <= BODY_MOST);
			look_at(&f);
		}
		fastcgi_next(&f);
	}
	fastcgi_release(&f);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);
	struct seen whole, cut;
	size_t step = 1 + choose(&in, 17);

	whole = read_stream(in, 0);
	cut = read_stream(in, step);
	must(whole.requests == cut.requests && whole.aborts == cut.aborts &&
	    whole.sum == cut.sum && whole.end == cut.end);
	return 0;
}
