/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_revoke(int argc, char **argv);
