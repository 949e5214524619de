/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FastCGI 1.0 as nginx speaks it to a responder: one request at a time on a
 * connection, id 1, in strict order BEGIN, PARAMS... empty, STDIN... empty.
 * Source: FastCGI Specification (Open Market, 29 April 1996) §3, §5, §8.
 *
 * nginx makes one STDIN record of each read from the client: a body trickled
 * byte by byte comes as records of 1 byte, 16 bytes on the wire each. So this
 * reads a stream of any cuts and limits what records carry, never their wire
 * bytes (reference/measurements.md §8.4).
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"

#define FASTCGI_HEAD 8		/* bytes of a record's header */
/* nginx puts all parameters into one record: no more can come. */
#define FASTCGI_PARAMS_MOST 65535

enum fastcgi_event {
	FASTCGI_MORE,		/* all was read, nothing is complete */
	FASTCGI_REQUEST,	/* params and body hold a whole request */
	FASTCGI_ABORT,		/* the client left: no answer is wanted */
};

struct fastcgi {
	/* The request: read them after FASTCGI_REQUEST. */
	struct buf params;	/* for fastcgi_param */
	struct buf body;
	bool body_over;		/* longer than body_most: cut, answer 413 */
	bool keep;		/* the connection serves further requests */
	/* Private. */
	unsigned state;
	size_t body_most;
	uint8_t head[FASTCGI_HEAD];
	size_t head_n;		/* bytes of the header read */
	size_t content, padding;	/* bytes of the record still to come */
	uint8_t begin[8];	/* body of BEGIN_REQUEST */
};

void fastcgi_init(struct fastcgi *f, size_t body_most);	/* no allocation */
void fastcgi_release(struct fastcgi *f);

/*
 * Reads from in up to the next event; *ret_used says how far. ERR_SHAPE: not
 * this protocol, or out of order: close the connection. ERR_LIMIT: more
 * parameters than FASTCGI_PARAMS_MOST. ERR_NOMEM.
 */
MUST_CHECK enum err fastcgi_feed(struct fastcgi *f, struct span in,
    size_t *ret_used, enum fastcgi_event *ret);

/* Ready for the next request, after the answer. Memory of a large request is
 * given back, that of an ordinary one kept. */
void fastcgi_next(struct fastcgi *f);

/* Between requests, with no byte of the next one read? */
bool fastcgi_is_idle(const struct fastcgi *f);

/* The next name and value of params. ERR_OK; ERR_CLOSED at the end;
 * ERR_SHAPE: a length points over the end. */
MUST_CHECK enum err fastcgi_param(
    struct reader *r, struct span *ret_name, struct span *ret_value);

/* A whole answer: head is CGI header lines with the empty line that ends
 * them (RFC 3875 §6). */
void fastcgi_reply(struct span head, struct span body, struct buf *out);
