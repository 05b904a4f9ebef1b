#include "tabular_mpi.h"

#ifdef TABULAR_MPI

#include <mpi/mpi.h>

void *tabular_mpi_world(void) { return MPI_COMM_WORLD; }

void *tabular_mpi_byte(void) { return MPI_BYTE; }

void *tabular_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }

void *tabular_mpi_in_place(void) { return MPI_IN_PLACE; }

#endif
