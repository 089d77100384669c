use unicode_normalization::char::is_combining_mark;

use super::tokenizer::Tokenizer;
use crate::digest::sha256_hex;
use crate::engine::{Device, Input, Runner};
use crate::pack::{Pack, Preprocessing};
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Title → vector.
pub struct TextEncoder {
    runner: Runner,
    tokenizer: Tokenizer,
    prefix: String,
}

impl TextEncoder {
    pub(super) async fn new(device: &Device, pack: &Pack, tokenizer: &[u8]) -> Result<Self> {
        let Preprocessing::Text { tokenizer: file, tokenizer_sha256, prefix, max_tokens } = &pack.header.preprocessing
        else {
            return Err(pack.error("a text encoder", "another"));
        };
        let found = sha256_hex(tokenizer);
        if found != *tokenizer_sha256 {
            return Err(pack.error(format!("{file} with SHA-256 {tokenizer_sha256}"), format!("SHA-256 {found}")));
        }
        let unusable = |e: tokenizers::Error| pack.error(format!("a usable tokenizer in {file}"), e.to_string());
        let tokenizer = Tokenizer::new(tokenizer, *max_tokens).map_err(unusable)?;
        let runner = Runner::new(device, pack).await?;
        Ok(TextEncoder { runner, tokenizer, prefix: prefix.clone() })
    }

    /// The title's vector, of length 1.
    pub async fn embed(&mut self, title: &NormalTitle) -> Result<Vec<f32>> {
        let tokens = self.tokens(title)?;
        self.runner.run(Input::Tokens(&tokens)).await
    }

    /// The words of a title, split at white space, of whose letters the tokenizer does not know one. Signs and emoji are no
    /// letters; a word beyond what the encoder takes is not looked at.
    pub fn unread(&self, title: &NormalTitle) -> Result<Vec<String>> {
        if !self.tokenizer.is_any_unknown(&self.tokens(title)?) {
            return Ok(Vec::new());
        }
        let mut unread = Vec::new();
        for word in title.as_str().split_whitespace() {
            let letters: String = word.chars().filter(|c| c.is_alphanumeric() || is_combining_mark(*c)).collect();
            if letters.chars().any(char::is_alphabetic) && self.tokenizer.is_any_unknown(&self.encoded(&letters)?) {
                unread.push(word.to_string());
            }
        }
        Ok(unread)
    }

    /// The token ids of a title, truncated to what the encoder takes.
    pub fn tokens(&self, title: &NormalTitle) -> Result<Vec<u32>> {
        self.encoded(&format!("{}{}", self.prefix, title.as_str()))
    }

    fn encoded(&self, text: &str) -> Result<Vec<u32>> {
        self.tokenizer.encode(text).map_err(|e| Error::title("text that can be tokenised", e.to_string()))
    }

    pub(super) fn is_on_gpu(&self) -> bool {
        matches!(self.runner, Runner::Gpu(_))
    }

    /// Another encoder over the same weights, for another thread; `None` where the device cannot.
    pub fn fork(&self) -> Option<Self> {
        let Runner::Cpu(runner) = &self.runner else { return None };
        Some(TextEncoder {
            runner: Runner::Cpu(runner.fork()),
            tokenizer: self.tokenizer.clone(),
            prefix: self.prefix.clone(),
        })
    }
}
