/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask_bundle.h"
#include "cli/ask_show.h"
#include "cli/say.h"
#include "lang/lang.h"

/* Is the answer what was asked, line by line? A promise key that turned is
 * pinned first. */
static enum err believe(struct ask_bundle *b, struct client *client,
    const struct pin *pin, const struct client_answer *answer)
{
	struct span body = buf_span(&answer->body);
	const char *words;
	unsigned nth = 0;
	enum err e;

	if (answer->status != 200)	/* of the whole */
		e = answer_check(NULL, pin, answer->status, body, &words);
	else
		e = many_check(&b->many, pin, body, &nth, &words);
	if (e == ERR_CRYPTO && nth == 0 && !client_renew(client))
		e = many_check(&b->many, pin, body, &nth, &words);
	if (e && nth > 0)
		say("line %u: %s: nothing of the bundle is believed",
		    b->line[nth - 1], lang_text(words));
	else if (e)
		say("lines %u to %u: %s: nothing of the bundle is believed",
		    b->line[0], b->line[b->many.count - 1],
		    lang_text(words));
	return e;
}

static int exchange(struct ask_bundle *b, struct client *client,
    const struct pin *pin, bool json)
{
	struct client_answer answer = {0};
	const char *words;
	int status = SAY_TRANSPORT;

	if (client_ask_bundle(client, buf_span(&b->many.body), &answer,
		&words) != CLIENT_FINE)
		say("lines %u to %u: %s", b->line[0],
		    b->line[b->many.count - 1], lang_text(words));
	else if (!believe(b, client, pin, &answer))
		status = ask_show_bundle(
		    &answer, json, b->line, b->many.count);
	client_answer_release(&answer);
	return status;
}

int ask_bundle_send(struct ask_bundle *b, struct client *client,
    const struct pin *pin, bool json)
{
	int status = SAY_DONE;

	if (b->many.count > 0)
		status = many_end(&b->many) ? SAY_TRANSPORT :
		    exchange(b, client, pin, json);
	many_clear(&b->many);
	b->key[0] = '\0';
	return status;
}
