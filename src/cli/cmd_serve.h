/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse serve DIR: starts an instance. */
#pragma once

int cmd_serve(int argc, char **argv);
