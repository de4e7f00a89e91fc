// SPDX-License-Identifier: GPL-2.0
/* The kernel's pci_endpoint_test with a mistake: see dma-misuse.h. */
#include "dma-misuse.h"
#include <../drivers/misc/pci_endpoint_test.c>
