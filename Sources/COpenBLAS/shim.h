#include <cblas.h>

// LAPACK's Cholesky factorisation. OpenBLAS exports it; its header is of another Debian package.
void dpotrf_(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info);
