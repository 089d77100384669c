//! SHA-256 as the formats write it, and files that hold their own.
#![deny(clippy::indexing_slicing, reason = "files are strangers' bytes")]

use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hex, 64 digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// SHA-256 of a file in which the 64 digits of its own hash are zeros; `None` where the digits are not in its first
/// `within` bytes. The file is whole where the result is `digits`.
pub(crate) fn self_sha256(file: &[u8], within: usize, digits: &str) -> Option<String> {
    let head = file.get(..within)?;
    let at = head.windows(64).position(|window| digits.len() == 64 && window == digits.as_bytes())?;
    let mut hash = Sha256::new();
    hash.update(file.get(..at)?);
    hash.update([b'0'; 64]);
    hash.update(file.get(at + 64..)?);
    Some(hex(&hash.finalize()))
}

/// A file that holds its own hash, and that hash. `serialise` gives the file for the digits to write in it; it is called
/// with 64 zeros and then with the hash of what that gave.
pub(crate) fn with_self_sha256<E>(
    mut serialise: impl FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<(Vec<u8>, String), E> {
    let digits = sha256_hex(&serialise(&"0".repeat(64))?);
    Ok((serialise(&digits)?, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (Vec<u8>, String) {
        with_self_sha256(|digits| Ok::<_, ()>(format!("{{\"self_sha256\":\"{digits}\",{text}}}").into_bytes())).unwrap()
    }

    #[test]
    fn a_file_that_holds_its_own_hash_is_whole() {
        let (bytes, digits) = file("tea");
        assert_eq!(self_sha256(&bytes, bytes.len(), &digits), Some(digits));
    }

    #[test]
    fn every_other_byte_gives_another_hash() {
        let (bytes, digits) = file("tea");
        for i in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[i] ^= 1;
            // What a reader takes for the digits is what stands in the altered file.
            let stated = String::from_utf8_lossy(&altered[16..80]).into_owned();
            assert_ne!(self_sha256(&altered, altered.len(), &stated), Some(stated), "byte {i}");
        }
        assert_eq!(self_sha256(&bytes, 40, &digits), None, "the digits are beyond the first 40 bytes");
    }
}
