/* SPDX-License-Identifier: Apache-2.0 */
/* The two logs of a new instance: an empty journal, and a registry that holds
 * its first act. */
#pragma once
#include "registry/keyring.h"
#include "registry/registry.h"

MUST_CHECK enum err init_logs_journal(
    const char *dir, const char *origin, const struct keyring *keys);
/* The act is signed by the registry's key alone: nobody is there yet who
 * could sign it. */
MUST_CHECK enum err init_logs_registry(const char *dir, const char *origin,
    const struct keyring *keys, struct span act);
/* What clients pin: the service keys, and the note that says them under the
 * log's key, journal/service-keys. */
void init_logs_service_of(
    const struct keyring *keys, struct registry_service *ret);
MUST_CHECK enum err init_logs_service(
    const char *dir, const char *origin, const struct keyring *keys);
