//! Swedish public holidays.
