//! The file in which a merchant says what the shop is called and how it looks.

use std::path::Path;

use serde::Deserialize;

use crate::merchant::folder::read_at_most;
use crate::{Error, Result};

/// Most bytes of the file.
const MAX_BYTES: u64 = 64 << 10;
/// Most characters of a text in it.
const MAX_CHARS: usize = 200;

/// What the published page takes from the merchant. All of it may be absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// What stands in the title of the page and under the icon of the installed one.
    pub name: Option<String>,
    /// A sentence for search engines.
    pub description: Option<String>,
    /// BCP 47 tag of the page's language; without one the page follows the browser.
    pub language: Option<String>,
    #[serde(default, alias = "colors")]
    pub colours: Colours,
}

/// Colours as CSS writes them in hex: `#0a7d55`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// Of links, buttons and the frame of the installed page.
    pub accent: Option<String>,
    /// Behind the icon while the installed page starts.
    pub background: Option<String>,
}

impl Shop {
    /// Reads the file: JSON where it is named so, otherwise TOML.
    ///
    /// # Errors
    /// [`Error::Argument`] for what is neither, a field that nobody knows, and a value that is not of its kind; [`Error::Io`] where
    /// the file cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = read_at_most(path, MAX_BYTES)?;
        let place = path.display().to_string();
        let refused = |expected: &str, found: String| Error::argument("shop", expected, format!("{found} in {place}"));
        let text = std::str::from_utf8(&bytes).map_err(|e| refused("UTF-8 text", e.to_string()))?;
        let is_json = path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("json"));
        const FIELDS: &str = "name, description, language and colours (accent, background)";
        let shop: Shop = match is_json {
            true => serde_json::from_str(text).map_err(|e| refused(&format!("JSON with {FIELDS}"), e.to_string()))?,
            // The message also draws the line with marks below it, which do not fit one line.
            false => toml::from_str(text).map_err(|e| {
                let line = e.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
                refused(&format!("TOML with {FIELDS}"), format!("{} on line {line}", e.message()))
            })?,
        };
        shop.check().map_err(|(expected, found)| refused(expected, found))?;
        Ok(shop)
    }

    fn check(&self) -> std::result::Result<(), (&'static str, String)> {
        for text in [&self.name, &self.description].into_iter().flatten() {
            if text.trim().is_empty() || text.chars().count() > MAX_CHARS || text.chars().any(char::is_control) {
                return Err(("a name and a description of one line of 1 to 200 characters", format!("{text:?}")));
            }
        }
        for colour in [&self.colours.accent, &self.colours.background].into_iter().flatten() {
            let digits = colour.strip_prefix('#').unwrap_or_default();
            if !(matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit())) {
                return Err(("colours in hex, such as #0a7d55", format!("{colour:?}")));
            }
        }
        if let Some(language) = &self.language
            && !language
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return Err(("a language such as en, de or pt-BR", format!("{language:?}")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Shop> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Shop::read(&path)
    }

    #[test]
    fn a_shop_reads_the_same_from_toml_and_json() {
        let toml = "name = \"Tea & Co\"\nlanguage = \"de\"\n[colours]\naccent = \"#0a7d55\"\n";
        let json = r##"{"name": "Tea & Co", "language": "de", "colors": {"accent": "#0a7d55"}}"##;
        let shop = read("shop.toml", toml).unwrap();
        assert_eq!(shop, read("shop.json", json).unwrap());
        assert_eq!(shop.colours.accent.as_deref(), Some("#0a7d55"));
    }

    #[test]
    fn what_is_wrong_in_a_shop_is_said_with_its_line_and_file() {
        for (text, said) in [
            ("name = \"Tea\"\ncolour = \"red\"\n", "line 2"),
            ("name = Tea\n", "line 1"),
            ("name = \"\"\n", "1 to 200 characters"),
            ("[colours]\naccent = \"teal\"\n", "#0a7d55"),
            ("language = \"deutsch, bitte\"\n", "pt-BR"),
        ] {
            let message = read("shop.toml", text).unwrap_err().to_string();
            assert!(message.contains(said) && message.contains("shop.toml"), "{message}");
        }
    }
}
