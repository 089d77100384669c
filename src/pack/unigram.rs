//! The vocabulary of a unigram tokenizer (Kudo 2018), and the same tokenizer with fewer pieces.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

/// The pieces of a tokenizer's JSON and their log-probabilities, by id.
pub(crate) struct Unigram {
    pub pieces: Vec<String>,
    pub log_probabilities: Vec<f32>,
    /// Ids of pieces that the tokenizer names by themselves.
    pub special: BTreeSet<usize>,
}

impl Unigram {
    /// `None` for a tokenizer of another kind.
    pub fn read(json: &Value) -> Option<Self> {
        let model = json.get("model")?;
        let entries = model.get("vocab")?.as_array()?;
        let entry = |entry: &Value| Some((entry.get(0)?.as_str()?.to_string(), entry.get(1)?.as_f64()? as f32));
        let (pieces, log_probabilities) = entries.iter().map(entry).collect::<Option<Vec<_>>>()?.into_iter().unzip();
        let id = |value: &Value| value.as_u64().map(|id| id as usize);
        let mut special: BTreeSet<usize> = [id(model.get("unk_id")?)?].into();
        for token in json.get("added_tokens")?.as_array()? {
            special.insert(id(token.get("id")?)?);
        }
        Some(Unigram { pieces, log_probabilities, special })
    }

    /// Leaves those pieces in a tokenizer, ascending, and numbers them anew; `None` where a special one is missing.
    pub fn leave(kept: &[usize], json: &mut Value) -> Option<()> {
        let numbers: HashMap<u64, usize> = kept.iter().enumerate().map(|(new, old)| (*old as u64, new)).collect();
        let renumber = |value: &mut Value| {
            *value = Value::from(*numbers.get(&value.as_u64()?)?);
            Some(())
        };
        renumber(json.pointer_mut("/model/unk_id")?)?;
        let vocabulary = json.pointer_mut("/model/vocab")?.as_array_mut()?;
        let entries = std::mem::take(vocabulary);
        *vocabulary = kept.iter().map(|id| entries.get(*id).cloned()).collect::<Option<_>>()?;
        for token in json.get_mut("added_tokens")?.as_array_mut()? {
            renumber(token.get_mut("id")?)?;
        }
        for named in json.pointer_mut("/post_processor/special_tokens")?.as_object_mut()?.values_mut() {
            for id in named.get_mut("ids")?.as_array_mut()? {
                renumber(id)?;
            }
        }
        Some(())
    }
}
