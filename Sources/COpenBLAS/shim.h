#include <cblas.h>

// LAPACK's Cholesky factorisation, and the inverse by it. OpenBLAS exports them; their header is of
// another Debian package.
void dpotrf_(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info);
void dpotri_(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info);
