//! Where the password comes from. A keyring's own program can give it: `secret-tool lookup … | svarsplats-phone
//! --password-stdin …`.

use std::io::BufRead;

use phone::sip::Password;

/// The variable that holds it.
const VARIABLE: &str = "SVARSPLATS_PHONE_PASSWORD";
/// Nobody's password is longer, bytes.
const LONGEST: u64 = 4_096;

/// The password, or that there is none: an exchange that asks for none gets an empty one.
pub fn password(from_stdin: bool) -> std::io::Result<Password> {
    if from_stdin {
        return first_line(std::io::stdin().lock());
    }
    Ok(Password::new(std::env::var(VARIABLE).unwrap_or_default()))
}

fn first_line(input: impl BufRead) -> std::io::Result<Password> {
    let mut line = String::new();
    input.take(LONGEST).read_line(&mut line)?;
    Ok(Password::new(line.trim_end_matches(['\r', '\n'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password_with_its_blanks() {
        let read = first_line(" hemligt \r\nmore\n".as_bytes()).unwrap();
        assert!(read == Password::new(" hemligt "));
        assert!(first_line("".as_bytes()).unwrap() == Password::new(""));
        assert!(!format!("{read:?}").contains("hemligt"));
    }
}
