// The data floors under one name. No code of its own.

@_exported public import TabularCSV
@_exported public import TabularFrame
@_exported public import TabularLoading
@_exported public import TabularPreprocessing
@_exported public import TabularTensor
