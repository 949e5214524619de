/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include "base/file.h"
#include "super/endpoints.h"

#define ENDPOINTS_MOST 65536

/* RFC 8259 §7. Paths are the operator's: any byte may be in them. */
static void put_string(struct buf *out, const char *text)
{
	buf_put_u8(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < ' ')
			buf_printf(out, "\\u%04x", c);
		else
			buf_put_u8(out, c);
	}
	buf_put_u8(out, '"');
}

static void put_path(
    const struct instance *in, const char *name, struct buf *out)
{
	char path[PATH_MAX];

	instance_place(in, name, path, sizeof(path));
	put_string(out, path);
}

static void put_plane(
    const struct instance *in, unsigned plane, struct buf *out)
{
	const struct conf_plane *p = &in->conf.plane[plane];
	char name[64];

	/* authority and address hold nothing that JSON escapes (conf/rows) */
	buf_printf(out,
	    "\"%s\":{\"url\":\"https://%s\","
	    "\"address\":\"%s\",\"port\":%u,\"ca\":",
	    conf_plane_word(plane), p->authority, p->address, p->port);
	put_path(in, "tls/ca.pem", out);
	buf_text(out, ",\"socket\":");
	(void)snprintf(name, sizeof(name), "run/gate-%s.sock",
	    conf_plane_word(plane));
	put_path(in, name, out);
	buf_text(out, "}");
}

void endpoints_write(
    const struct instance *in, const struct children *c, struct buf *out)
{
	const char *between = "";

	buf_text(out, "{\"planes\":{");
	for (unsigned p = 1; p < CONF_PLANES; p++)
		if (in->conf.plane[p].enabled) {
			buf_text(out, between);
			put_plane(in, p, out);
			between = ",\n";
		}
	buf_text(out, "},\n\"admin\":");
	put_path(in, "run/admin.sock", out);
	buf_text(out, ",\"origin\":");
	put_string(out, in->conf.origin);
	buf_printf(out, ",\"drill\":%s,\n\"pids\":{\"super\":%d",
	    in->conf.drill ? "true" : "false", (int)getpid());
	for (size_t i = 0; i < c->count; i++)
		buf_printf(out, ",\"%s\":%d", c->all[i].name,
		    (int)c->all[i].pid);
	buf_text(out, "}}\n");
}

enum err endpoints_install(
    const struct instance *in, const struct children *c)
{
	char path[CONF_PATH];
	struct buf b;
	enum err e;

	buf_init(&b, ENDPOINTS_MOST);
	endpoints_write(in, c, &b);
	instance_path(in, "run/endpoints.json", path, sizeof(path));
	e = b.err ? b.err : file_replace(path, buf_span(&b), 0644);
	buf_release(&b);
	return e;
}
