/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "journal/rig.h"
#include "sim/wire.h"

static struct wire *takes;

static ssize_t hold(struct wire *w, int fd, const struct msghdr *m)
{
	size_t n = m->msg_iov[0].iov_len;

	assert_int_equal(m->msg_iovlen, 1);
	assert_int_equal(m->msg_controllen, 0);
	if (w->count == WIRE_MOST) {
		errno = EAGAIN;
		return -1;
	}
	w->held[w->count].fd = fd;
	w->held[w->count].n = n;
	w->held[w->count].bytes = malloc(n);
	assert_non_null(w->held[w->count].bytes);
	memcpy(w->held[w->count++].bytes, m->msg_iov[0].iov_base, n);
	return (ssize_t)n;
}

/* In the place of libc's. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	return takes ? hold(takes, fd, m) :
	    syscall(SYS_sendmsg, fd, m, flags);
}

void wire_takes(struct wire *w)
{
	takes = w;
}

static void forget_oldest(struct wire *w)
{
	free(w->held[0].bytes);
	w->count--;
	memmove(&w->held[0], &w->held[1], w->count * sizeof(w->held[0]));
}

/* A peer that is gone, or reads nothing, does not hear it. */
bool wire_goes(struct wire *w)
{
	if (w->count == 0)
		return false;
	if (send(w->held[0].fd, w->held[0].bytes, w->held[0].n,
	    MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EAGAIN)
		return false;
	forget_oldest(w);
	return true;
}

void wire_drops(struct wire *w)
{
	while (w->count > 0)
		forget_oldest(w);
}
