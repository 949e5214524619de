/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>
#include "base/date.h"
#include "base/file.h"
#include "cli/link.h"
#include "cli/say.h"
#include "msg/chan.h"
#include "proc/listen.h"

#define LINK_QUEUE (4u << 20)
#define LINK_PATIENCE_MS 30000	/* until it is read */

struct link {
	struct chan *chan;
	uint64_t ref;
};

enum err link_open(const char *dir, struct link **ret)
{
	char path[PATH_MAX];
	struct link *l = calloc(1, sizeof(*l));
	int fd = -1;
	enum err e = l ? ERR_OK : ERR_NOMEM;

	if (!e)
		e = file_path(path, sizeof(path), dir, "run/admin.sock");
	if (!e)
		e = listen_connect(path, SOCK_SEQPACKET, &fd);
	if (!e)
		e = chan_new(
		    fd, MSG_ADMIN, MSG_KEEPER, LINK_QUEUE, &l->chan);
	if (e) {
		free(l);
		return e;
	}
	*ret = l;
	return ERR_OK;
}

enum err link_reach(const char *dir, struct link **ret)
{
	enum err e = link_open(dir, ret);

	if (e)
		say("%s is not running: start it with ecluse serve", dir);
	return e;
}

void link_close(struct link *l)
{
	if (!l)
		return;
	chan_free(l->chan);
	free(l);
}

enum err link_to_buf(void *ctx, struct span part)
{
	struct buf *out = ctx;

	buf_put_span(out, part);
	return out->err;
}

/*
 * Waits until the socket can do something. An answer may take its time, reading
 * what was asked does not: while no keeper runs super keeps the socket, and
 * what is sent there lies unread.
 */
static enum err wait(struct link *l)
{
	struct pollfd p = {.fd = chan_fd(l->chan), .events = POLLIN};
	int n, unread = 0;

	if (chan_wants_write(l->chan))
		p.events |= POLLOUT;
	n = poll(&p, 1, LINK_PATIENCE_MS);
	if (n == 0 && (ioctl(p.fd, SIOCOUTQ, &unread) != 0 || unread > 0)) {
		say("the keeper does not answer: it waits for its next start, "
		    "or stands still; the log of ecluse serve says why");
		return ERR_CLOSED;
	}
	return n < 0 ? ERR_IO : ERR_OK;
}

static enum err last_word(struct span body, char *words, size_t size)
{
	struct reader r = reader_of(body);
	uint16_t code = read_u16(&r);
	size_t n = reader_left(&r);

	if (size > 0) {
		if (n >= size)
			n = size - 1;
		memcpy(words, r.p, n);
		words[n] = '\0';
	}
	return code < ERR_COUNT ? (enum err)code : ERR_SHAPE;
}

enum err link_ask(struct link *l, enum msg_type type, struct span body,
    link_part part, void *ctx, char *words, size_t size)
{
	uint64_t ref = ++l->ref;
	struct msg m;
	enum err e = chan_put(l->chan, type, ref, body);

	if (size > 0)
		words[0] = '\0';
	while (!e) {
		e = chan_flush(l->chan);
		if (e)
			break;
		e = chan_get(l->chan, &m);
		if (e == ERR_STATE) {
			e = wait(l);
			continue;
		}
		if (e || m.ref != ref)
			continue;
		if (m.type == MSG_ADMIN_DONE)
			return last_word(m.body, words, size);
		if (part)
			e = part(ctx, m.body);
	}
	return e;
}

/* The keeper's status; NULL: none came. */
static json_t *status_of(struct link *l)
{
	struct buf out;
	json_t *j = NULL;

	buf_init(&out, 65536);
	if (!link_ask(l, MSG_ADMIN_STATUS, span_of(NULL, 0), link_to_buf, &out,
		NULL, 0))
		j = json_loadb((const char *)out.p, out.n, 0, NULL);
	buf_release(&out);
	return j;
}

enum err link_professions(struct link *l, char *out, size_t size)
{
	json_t *j = status_of(l);
	const json_t *one;
	size_t i, n = 1;

	if (!j || size < 2)
		return ERR_CLOSED;
	memcpy(out, " ", 2);
	json_array_foreach(json_object_get(j, "professions"), i, one) {
		int added = snprintf(out + n, size - n, "%s ",
		    json_string_value(one));

		if (added < 0 || (size_t)added >= size - n)
			break;
		n += (size_t)added;
	}
	json_decref(j);
	return n > 1 ? ERR_OK : ERR_SHAPE;
}

enum err link_time(struct link *l, int64_t *ret_ms)
{
	json_t *j = status_of(l);
	const char *text = json_string_value(json_object_get(j, "time"));
	enum err e = !j ? ERR_CLOSED : text ?
	    date_parse_stamp(span_str(text), ret_ms) : ERR_SHAPE;

	json_decref(j);
	return e;
}
