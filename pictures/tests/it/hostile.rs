//! Pictures that were made to harm.
