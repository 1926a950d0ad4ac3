//! What can be dialled, as typed or from a link.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phone::call::DialTarget;

fuzz_target!(|text: &str| {
    match text.parse::<DialTarget>() {
        Ok(DialTarget::Number(number)) => {
            assert!(number.len() <= 32 && number.chars().any(|c| c != '+'));
            assert!(number.chars().all(|c| matches!(c, '0'..='9' | '*' | '#' | '+')));
            assert!(!number.get(1..).unwrap_or_default().contains('+'));
            assert_eq!(number.parse(), Ok(DialTarget::Number(number.clone())));
        }
        Ok(DialTarget::Address(address)) => {
            // Nothing that ends a header or a line, and no header of its own.
            assert!(address.chars().all(|c| c.is_ascii_graphic() && !"<>\",?".contains(c)));
            assert_eq!(address.parse(), Ok(DialTarget::Address(address.clone())));
        }
        Err(_) => {}
    }
});
