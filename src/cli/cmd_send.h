/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_send(int argc, char **argv);
