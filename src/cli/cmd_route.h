/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int cmd_route(int argc, char **argv);
