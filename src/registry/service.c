/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "registry/service.h"

static void put_key(struct buf *out, const char *name, const uint8_t *p,
    size_t n)
{
	char text[TEXT_B64_SIZE(65)];

	text_b64url(p, n, text);
	buf_printf(out, "%s %s\n", name, text);
}

void service_write(
    struct span origin, const struct registry_service *s, struct buf *out)
{
	buf_text(out, "ecluse service keys v1\norigin ");
	buf_put_span(out, origin);
	buf_text(out, "\n");
	put_key(out, "answer", s->answer, sizeof(s->answer));
	put_key(out, "promise", s->promise, sizeof(s->promise));
	put_key(out, "sealing", s->sealing, sizeof(s->sealing));
	if (s->issued_ms > 0)
		buf_printf(out, "issued %lld\n", (long long)s->issued_ms);
	for (unsigned i = 0; i < s->promise_count; i++)
		put_key(out, "promise", s->promises[i],
		    sizeof(s->promises[i]));
}

/* Takes "name value" LF off *rest. */
static enum err take(struct span *rest, const char *name, struct span *value)
{
	const uint8_t *end = memchr(rest->p, '\n', rest->n);
	size_t n = strlen(name), len;

	if (!end)
		return ERR_SHAPE;
	len = (size_t)(end - rest->p);
	if (len < n + 2 || memcmp(rest->p, name, n) != 0 || rest->p[n] != ' ')
		return ERR_SHAPE;
	*value = span_of(rest->p + n + 1, len - n - 1);
	*rest = span_of(end + 1, rest->n - len - 1);
	return ERR_OK;
}

static enum err take_key(
    struct span *rest, const char *name, uint8_t *out, size_t size)
{
	struct span value;
	size_t n = 0;

	if (take(rest, name, &value) ||
	    text_unb64url(value, out, size, &n) || n != size)
		return ERR_SHAPE;
	return ERR_OK;
}

/* What a note of a later day has more. */
static enum err take_more(struct span *text, struct registry_service *s)
{
	struct span value;
	uint64_t issued = 0;

	if (text->n == 0)
		return ERR_OK;
	if (take(text, "issued", &value) ||
	    text_u64(value, INT64_MAX, &issued) || issued == 0)
		return ERR_SHAPE;
	s->issued_ms = (int64_t)issued;
	while (text->n > 0 && s->promise_count < REGISTRY_PROMISES) {
		if (take_key(text, "promise", s->promises[s->promise_count],
		    SIGN_ED25519_KEY))
			return ERR_SHAPE;
		s->promise_count++;
	}
	return ERR_OK;
}

enum err service_read(
    struct span text, struct span *ret_origin, struct registry_service *ret)
{
	struct registry_service s = {0};
	struct span version, origin;

	if (text.n == 0 || take(&text, "ecluse", &version) ||
	    !span_is(version, "service keys v1"))
		return ERR_SHAPE;
	if (take(&text, "origin", &origin) ||
	    take_key(&text, "answer", s.answer, sizeof(s.answer)) ||
	    take_key(&text, "promise", s.promise, sizeof(s.promise)) ||
	    take_key(&text, "sealing", s.sealing, sizeof(s.sealing)) ||
	    take_more(&text, &s) ||
	    text.n != 0)
		return ERR_SHAPE;
	*ret_origin = origin;
	*ret = s;
	return ERR_OK;
}
