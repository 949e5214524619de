/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse restore */
#pragma once

int cmd_restore(int argc, char **argv);
