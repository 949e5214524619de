/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The longest body that a plane takes on any of its routes: what its nginx
 * and its gate read before a route is known. A route may take less
 * (gate/routes.c). Who gives a route more raises the plane's row here, and
 * LIMIT_BODY's users in msg/ with it.
 */
#pragma once
#include <stddef.h>

/* plane: its number (msg/ask.h); 0 for one that is not there. */
size_t body_most(unsigned plane);
