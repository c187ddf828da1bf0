/* The header as it lies in this repository. A package that is given away has its own copy here. */
#include "../../../c/include/alvara.h"
