//! Decoding within a time limit: a file made to take hours must not stop a build.

use std::sync::mpsc;
use std::time::Duration;

use crate::photo::{self, Note, Photo};
use crate::{Error, Result};

/// Longest time that a picture is decoded.
const LIMIT: Duration = Duration::from_secs(60);

/// As [`photo::decode`], or an error after a minute.
pub fn decode(bytes: Vec<u8>) -> Result<Photo> {
    decode_with_notes(bytes).map(|(photo, _)| photo)
}

/// As [`photo::decode_with_notes`], or an error after a minute.
pub fn decode_with_notes(bytes: Vec<u8>) -> Result<(Photo, Vec<Note>)> {
    within(LIMIT, move || photo::decode_with_notes(&bytes))
}

/// Decodes on a thread of its own, which is left to itself where it does not end in time.
fn within(
    limit: Duration,
    decode: impl FnOnce() -> Result<(Photo, Vec<Note>)> + Send + 'static,
) -> Result<(Photo, Vec<Note>)> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(decode());
    });
    receiver.recv_timeout(limit).unwrap_or_else(|_| {
        Err(Error::photo(format!("a picture that is decoded in {} s", limit.as_secs()), "one that is not"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_does_not_end_is_given_up() {
        let (_never, blocked) = mpsc::channel::<Result<(Photo, Vec<Note>)>>();
        let error = within(Duration::ZERO, move || blocked.recv().unwrap_or(Err(Error::EmptyQuery))).err();
        assert!(error.unwrap().to_string().contains("decoded in 0 s"));
    }
}
