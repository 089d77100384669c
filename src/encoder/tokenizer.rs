use serde_json::{Value, json};
use tokenizers::TruncationParams;
use tokenizers::pipeline::{EncodeOptions, Override, PipelineTokenizer};

/// As many halvings as make one space of the longest run that a title can hold.
const HALVINGS: u32 = crate::title::MAX_CHARS.ilog2() + 1;

/// Text → token ids, as a `tokenizer.json` says.
#[derive(Clone)]
pub(crate) struct Tokenizer {
    pipeline: PipelineTokenizer,
    options: EncodeOptions,
    /// The id of what is not in the vocabulary, where the model has one.
    unknown: Option<u32>,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`; encodings will have at most `max_tokens` tokens.
    pub fn new(json: &[u8], max_tokens: u32) -> Result<Self, tokenizers::Error> {
        let mut json: Value = serde_json::from_slice(json)?;
        let unknown = unknown(&json);
        without_regex(&mut json);
        // The library reads version 2.0; published tokenizers are of version 1.0.
        tokenizers::canonicalize_value(&mut json)?;
        let pipeline = tokenizers::from_json(&json.to_string())?;
        let truncation = TruncationParams { max_length: max_tokens as usize, ..Default::default() };
        let options = EncodeOptions { truncation: Override::With(truncation), ..Default::default() };
        Ok(Tokenizer { pipeline, options, unknown })
    }

    /// The ids of a text's tokens, with those that the model wants around them.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, tokenizers::Error> {
        let mut tokens = Vec::new();
        self.pipeline.encode_into(text, &self.options, &mut tokens)?;
        Ok(tokens.into_iter().map(u32::from).collect())
    }

    /// Whether the tokenizer did not know a part of what those tokens stand for.
    pub fn is_any_unknown(&self, tokens: &[u32]) -> bool {
        self.unknown.is_some_and(|unknown| tokens.contains(&unknown))
    }
}

/// The id of the unknown piece: a Unigram model states it, others state its text.
fn unknown(json: &Value) -> Option<u32> {
    let model = json.get("model")?;
    let stated = model.get("unk_id").and_then(Value::as_u64);
    let of_text = || model.get("vocab")?.get(model.get("unk_token")?.as_str()?)?.as_u64();
    stated.or_else(of_text)?.try_into().ok()
}

/// Writes "two or more spaces are one" (as SentencePiece's descendants have it) as repeated halving of runs: it is the only
/// regular expression that our tokenizers hold, and a regex engine with its tables would be a fifth of the download.
fn without_regex(json: &mut Value) {
    let Some(steps) = json.pointer_mut("/normalizer/normalizers").and_then(Value::as_array_mut) else { return };
    let spaces = json!({ "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": " " });
    let halving = json!({ "type": "Replace", "pattern": { "String": "  " }, "content": " " });
    if let Some(at) = steps.iter().position(|step| *step == spaces) {
        steps.splice(at..=at, (0..HALVINGS).map(|_| halving.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence_piece(pattern: &str) -> Vec<u8> {
        let json = json!({
            "version": "1.0",
            "added_tokens": [],
            "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "Nmt"},
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": pattern}, "content": " "},
            ]},
            "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
            "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
                "vocab": [["<unk>", 0.0], ["▁", -2.0], ["▁a", -1.0], ["▁b", -1.0]]},
        });
        json.to_string().into_bytes()
    }

    #[test]
    fn the_longest_run_of_spaces_counts_as_one() {
        let tokenizer = Tokenizer::new(&sentence_piece(" {2,}"), 8).unwrap();
        for spaces in [1, 2, 3, 7, crate::title::MAX_CHARS] {
            assert_eq!(tokenizer.encode(&format!("a{}b", " ".repeat(spaces))).unwrap(), [2, 3], "{spaces} spaces");
        }
    }

    #[test]
    fn what_the_vocabulary_lacks_is_unknown() {
        let tokenizer = Tokenizer::new(&sentence_piece(" {2,}"), 8).unwrap();
        let is_unknown = |text| tokenizer.is_any_unknown(&tokenizer.encode(text).unwrap());
        assert!(is_unknown("a ж") && !is_unknown("a b"));
    }

    #[test]
    fn any_other_regular_expression_is_refused() {
        assert!(Tokenizer::new(&sentence_piece("\\s+"), 8).is_err());
    }
}
