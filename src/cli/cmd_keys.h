/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse keys list|turn|destroy */
#pragma once
int cmd_keys(int argc, char **argv);
