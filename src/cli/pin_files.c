/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include "api/pin.h"
#include "base/file.h"
#include "base/outfile.h"
#include "cli/pin_files.h"
#include "conf/conf.h"

static enum err read_part(const char *dir, const char *name, struct buf *out)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), dir, name);

	return e ? e : file_read(path, out);
}

enum err pin_files_write(
    const char *dir, const char *plane, const char *path)
{
	struct conf_fault fault;
	struct buf vkey, note, ca, out;
	struct conf conf;
	char url[PIN_URL];
	unsigned nth = conf_plane_of(span_str(plane));
	enum err e = conf_load(dir, &conf, &fault);

	if (!e && !conf.plane[nth].enabled)
		e = ERR_UNKNOWN;

	buf_init(&vkey, 1024);
	buf_init(&note, 8192);
	buf_init(&ca, 65536);
	buf_init(&out, PIN_MOST);
	if (!e)
		e = read_part(dir, "journal/public/vkey", &vkey);
	if (!e)
		e = read_part(dir, "journal/public/service", &note);
	if (e == ERR_UNKNOWN)	/* not started yet */
		e = read_part(dir, "journal/service-keys", &note);
	if (!e)
		e = read_part(dir, "tls/ca.pem", &ca);
	if (!e) {
		while (vkey.n > 0 && vkey.p[vkey.n - 1] == '\n')
			vkey.n--;
		(void)snprintf(url, sizeof(url), "https://%s",
		    conf.plane[nth].authority);
		pin_write(buf_span(&vkey), span_str(url), plane,
		    buf_span(&note), buf_span(&ca), &out);
		e = out.err ? out.err :
		    outfile_put(path, buf_span(&out), 0644);
	}
	buf_release(&vkey);
	buf_release(&note);
	buf_release(&ca);
	buf_release(&out);
	return e;
}
