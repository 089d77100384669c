//! Where a photo comes from: a file, or the browser that decoded one.

use std::borrow::Cow;

use super::{Note, Photo, decode_with_notes};
use crate::Result;

/// A photo as a face hands it in.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// A picture file's bytes.
    File(&'a [u8]),
    /// Pixels of a file in a format that only the browser reads.
    OfBrowser {
        photo: &'a Photo,
        /// As [`super::only_browsers_read`] names it.
        format: &'a str,
    },
}

impl<'a> Source<'a> {
    /// The photo and what was done to it that its owner may not expect.
    ///
    /// # Errors
    /// As [`decode_with_notes`].
    pub fn read(self) -> Result<(Cow<'a, Photo>, Vec<Note>)> {
        match self {
            Source::File(bytes) => decode_with_notes(bytes).map(|(photo, notes)| (Cow::Owned(photo), notes)),
            Source::OfBrowser { photo, format } => {
                let message =
                    format!("of the format {format}: the browser decoded it, of an animation the first frame");
                Ok((Cow::Borrowed(photo), vec![Note { code: "browser-decoded", message }]))
            }
        }
    }
}
