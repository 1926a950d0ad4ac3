//! accessibility
