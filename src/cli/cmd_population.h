/* SPDX-License-Identifier: Apache-2.0 */
/* `ecluse population`: invented people, mutuelles, sites, a day's questions. */
#pragma once

/* argv[0] is "population"; returns an exit code of design §11. */
int cmd_population(int argc, char **argv);
