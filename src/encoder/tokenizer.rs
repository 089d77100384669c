use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokenizers::TruncationParams;
use tokenizers::pipeline::{EncodeOptions, Override, PipelineTokenizer};

/// As many halvings as make one space of the longest run that a title can hold.
const HALVINGS: u32 = crate::title::MAX_CHARS.ilog2() + 1;

/// The key of the vocabulary.
const VOCABULARY: &str = "\"vocab\"";

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
        let (mut json, vocabulary) = parted(std::str::from_utf8(json)?)?;
        let unknown = unknown(&json, vocabulary);
        without_regex(&mut json);
        // The library reads version 2.0; published tokenizers are of version 1.0.
        tokenizers::canonicalize_value(&mut json)?;
        let pipeline = tokenizers::from_json(&joined(&json, vocabulary))?;
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

/// A `tokenizer.json` with an empty vocabulary, and the text of its own, which is most of the file: none of it changes, and parsing
/// and writing it takes as long as reading the tokenizer. No text where the vocabulary was left in its place.
fn parted(json: &str) -> Result<(Value, &str), serde_json::Error> {
    let start = json.find(VOCABULARY).map(|at| at + VOCABULARY.len());
    let value = start.and_then(|start| json.get(start..)?.trim_start().strip_prefix(':'));
    let Some(value) = value.map(str::trim_start) else { return Ok((serde_json::from_str(json)?, "")) };
    let mut values = serde_json::Deserializer::from_str(value).into_iter::<IgnoredAny>();
    values.next().transpose()?;
    let (vocabulary, after) = value.split_at(values.byte_offset());
    let before = &json[..json.len() - value.len()];
    let parted: Value = serde_json::from_str(&[before, empty(vocabulary), after].concat())?;
    // Another key of that name may stand before it.
    let is_empty = match parted.pointer("/model/vocab") {
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::Object(values)) => values.is_empty(),
        _ => false,
    };
    let is_alone = parted.to_string().matches(VOCABULARY).count() == 1;
    match is_empty && is_alone {
        true => Ok((parted, vocabulary)),
        false => Ok((serde_json::from_str(json)?, "")),
    }
}

/// The text of the tokenizer with its vocabulary.
fn joined(json: &Value, vocabulary: &str) -> String {
    let text = json.to_string();
    let key = |value: &str| format!("{VOCABULARY}:{value}");
    match vocabulary {
        "" => text,
        _ => text.replacen(&key(empty(vocabulary)), &key(vocabulary), 1),
    }
}

/// An empty vocabulary of the same type: an array of Unigram's, an object of others.
fn empty(vocabulary: &str) -> &'static str {
    if vocabulary.starts_with('[') { "[]" } else { "{}" }
}

/// The id of the unknown piece: a Unigram model states it, others state its text.
fn unknown(json: &Value, vocabulary: &str) -> Option<u32> {
    let model = json.get("model")?;
    if let Some(id) = model.get("unk_id").and_then(Value::as_u64) {
        return id.try_into().ok();
    }
    let text = model.get("unk_token")?.as_str()?;
    let added = json.get("added_tokens").and_then(Value::as_array);
    let is_it = |token: &&Value| token.get("content").and_then(Value::as_str) == Some(text);
    let of_added = added.and_then(|tokens| tokens.iter().find(is_it)?.get("id")?.as_u64());
    let of_vocabulary = || match vocabulary {
        "" => model.get("vocab")?.get(text)?.as_u64(),
        _ => serde_json::from_str::<Value>(vocabulary).ok()?.get(text)?.as_u64(),
    };
    of_added.or_else(of_vocabulary)?.try_into().ok()
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
    fn a_word_is_unknown_by_its_text_whether_it_is_an_added_token_or_not() {
        let word_piece = |added: Value| {
            let json = json!({
                "version": "1.0",
                "added_tokens": added,
                "pre_tokenizer": {"type": "WhitespaceSplit"},
                "model": {"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##",
                    "max_input_chars_per_word": 100, "vocab": {"?": 0, "a": 1}},
            });
            Tokenizer::new(json.to_string().as_bytes(), 8).unwrap()
        };
        let added = json!([{"id": 0, "content": "?", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}]);
        for tokenizer in [word_piece(json!([])), word_piece(added)] {
            let is_unknown = |text| tokenizer.is_any_unknown(&tokenizer.encode(text).unwrap());
            assert!(is_unknown("a b") && !is_unknown("a a"));
        }
    }

    #[test]
    fn a_vocabulary_is_parted_from_the_rest_and_joined_to_it() {
        for vocabulary in ["{\"a\":1,\"vocab\":2}", "[[\"a\", -1.0], [\"]\", 0.5]]"] {
            for spaces in ["", " ", "\n  "] {
                let json = format!("{{\"model\":{{\"vocab\"{spaces}:{spaces}{vocabulary},\"unk_id\":0}}}}");
                let (rest, found) = parted(&json).unwrap();
                assert_eq!(
                    (found, &rest),
                    (vocabulary, &json!({"model": {"vocab": rest["model"]["vocab"], "unk_id": 0}}))
                );
                let joined: Value = serde_json::from_str(&joined(&rest, found)).unwrap();
                assert_eq!(joined, serde_json::from_str::<Value>(&json).unwrap());
            }
        }
        // Another key of that name, and none.
        for json in ["{\"vocab\":{},\"model\":{\"vocab\":{\"a\":1}}}", "{\"model\":{}}"] {
            assert_eq!(parted(json).unwrap(), (serde_json::from_str(json).unwrap(), ""));
        }
        for json in ["{\"vocab\"", "{\"vocab\":", "{\"vocab\":[1,", "{\"vocab\":]"] {
            assert!(parted(json).is_err(), "{json}");
        }
    }

    #[test]
    fn any_other_regular_expression_is_refused() {
        assert!(Tokenizer::new(&sentence_piece("\\s+"), 8).is_err());
    }
}
