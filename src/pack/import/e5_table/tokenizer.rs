//! The tokenizer of the table: that of the encoder with fewer pieces, which reads small letters only.

use serde_json::{Value, json};

use crate::pack::unigram::Unigram;

/// A step of the normalizer after which the letters are made small: it makes others' forms of letters the plain ones.
const AFTER: &str = "NFKC";

/// The tokenizer `json` with the pieces `kept` alone, ascending; `None` where it is of another kind.
pub(super) fn cut(json: &mut Value, kept: &[usize]) -> Option<()> {
    Unigram::leave(kept, json)?;
    let steps = json.pointer_mut("/normalizer/normalizers")?.as_array_mut()?;
    let at = steps.iter().position(|step| step["type"] == AFTER)?;
    steps.insert(at + 1, json!({"type": "Lowercase"}));
    Some(())
}
