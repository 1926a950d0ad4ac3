//! What the targets share.

/// Cuts an input into pieces: each begins with its length in one octet, in steps of `unit` octets.
pub fn pieces(input: &[u8], unit: usize) -> impl Iterator<Item = &[u8]> + Clone {
    let mut rest = input;
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first()?;
        let (piece, left) = after.split_at(after.len().min(usize::from(*length) * unit));
        rest = left;
        Some(piece)
    })
}
