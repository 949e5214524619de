/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "base/file.h"
#include "super/endpoints.h"

#define ENDPOINTS_MOST 8192

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
	char path[CONF_PATH];

	instance_path(in, name, path, sizeof(path));
	put_string(out, path);
}

void endpoints_write(
    const struct instance *in, const struct children *c, struct buf *out)
{
	const struct conf *conf = &in->conf;

	/* authority and address hold nothing that JSON escapes (conf/rows) */
	buf_printf(out,
	    "{\"planes\":{\"flow\":{\"url\":\"https://%s\","
	    "\"address\":\"%s\",\"port\":%u,\"ca\":",
	    conf->flow_authority, conf->flow_address, conf->flow_port);
	put_path(in, "tls/ca.pem", out);
	buf_text(out, "}},\n\"admin\":");
	put_path(in, "run/admin.sock", out);
	buf_text(out, ",\"origin\":");
	put_string(out, conf->origin);
	buf_printf(out, ",\"drill\":%s,\n\"pids\":{\"super\":%d",
	    conf->drill ? "true" : "false", (int)getpid());
	for (unsigned who = 0; who < CHILDREN_COUNT; who++)
		buf_printf(out, ",\"%s\":%d", children_word(who),
		    (int)c->pid[who]);
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
