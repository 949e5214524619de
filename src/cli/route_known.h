/* SPDX-License-Identifier: Apache-2.0 */
/* What a running instance's directory of routes says. */
#pragma once
#include "registry/routes.h"

/* Adds all that was ever said there to *r, oldest first. An instance that does
 * not run says nothing (ERR_OK). ERR_SHAPE: not what a keeper says. */
MUST_CHECK enum err route_known_read(const char *dir, struct registry *r);
