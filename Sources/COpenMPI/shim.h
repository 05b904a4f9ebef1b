#include <mpi/mpi.h>
