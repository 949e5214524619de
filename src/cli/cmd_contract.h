/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse contract check|show|diff. */
#pragma once

int cmd_contract(int argc, char **argv);
