//! For everybody: money left, programmes, dealers, notices.
