// The macros of mpi.h that Swift cannot import, as functions.
//
// They are defined only where the package's trait MPI is on. The handles are Open MPI's, which are
// pointers; they stand here without a type, so that this header needs no other.

#ifndef TABULAR_MPI_H
#define TABULAR_MPI_H

// MPI_COMM_WORLD, an MPI_Comm.
void *tabular_mpi_world(void);

// MPI_BYTE, an MPI_Datatype.
void *tabular_mpi_byte(void);

// MPI_ERRORS_RETURN, an MPI_Errhandler.
void *tabular_mpi_errors_return(void);

// MPI_IN_PLACE, the address of a message that lies where the answer goes.
void *tabular_mpi_in_place(void);

#endif
