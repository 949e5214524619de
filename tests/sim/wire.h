/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process has said and its peer has not heard: as if it were slow
 * between two of its words. In a program with this in it sendmsg() of a process
 * that has a wire puts its datagrams there, in their order, and the test says
 * when the next one goes.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MOST 64	/* behind them nothing can be said */

struct wire {
	size_t count;
	struct {
		int fd;
		size_t n;
		uint8_t *bytes;
	} held[WIRE_MOST];
};

/* What is sent from now on goes to w; NULL: to its peer. */
void wire_takes(struct wire *w);
/* The oldest goes to its peer; false: there is none. */
bool wire_goes(struct wire *w);
/* They are never heard. */
void wire_drops(struct wire *w);
