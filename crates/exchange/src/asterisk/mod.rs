//! Asterisk over its manager interface (AMI).
