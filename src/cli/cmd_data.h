/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse data check|diff: the rules as data. */
#pragma once

int cmd_data(int argc, char **argv);
