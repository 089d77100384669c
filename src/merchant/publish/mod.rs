//! A site: a folder that any static host serves as it is.
//!
//! | path | what |
//! |---|---|
//! | `index.html` | the page |
//! | `twinlens-HASH/` | the runtime, named by its content |
//! | `twinlens-search.js`, `twinlens.js` | the same under names that stay, for tags and modules of other pages |
//! | `catalogue/`, `models/` | what was built, and the packs that it names |
//! | `service-worker.js`, `manifest.webmanifest` | for use without a network, and for installing |
//! | `_headers`, `.htaccess`, `nginx.conf` | what servers say beside each file |
//! | `site.json` | what was published, with the hash of each file |

mod compress;
pub mod headers;
mod page;
mod record;
mod runtime;
mod service_worker;
mod shell;
mod shop;
mod store;

use std::path::Path;

use serde::Serialize;

use self::headers::{CATALOGUE, MODELS};
pub use self::record::{RECORD_FILE, Record};
pub use self::runtime::Runtime;
pub use self::service_worker::service_worker;
use self::shell::Shell;
pub use self::shop::Shop;
use self::store::SiteStore;
use super::folder::read_at_most;
use super::models::{Models, tokenizer_file};
use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{MANIFEST_FILE, Manifest};
use crate::encoder::Kind;
use crate::pack::MAX_PACK_BYTES;
use crate::{Error, Result};

/// What a site is made of.
pub struct Source<'a> {
    /// Folder of the page and of the JavaScript package.
    pub www: &'a Path,
    /// Folder of the catalogue, as it was built.
    pub catalogue: &'a Path,
    pub models: &'a Models,
    pub shop: &'a Shop,
    /// Path of the site on its host, from `/` to `/`.
    pub base: &'a str,
    /// How many sites before this one keep their files.
    pub keep_generations: usize,
}

/// What was published.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The runtime's folder.
    pub runtime: String,
    /// How many files a site.json names: all but itself and compressed forms.
    pub files: usize,
    /// The sum of `kinds`.
    pub bytes: u64,
    pub kinds: Bytes,
}

/// Bytes of what a page may load, by kind: compressed forms, and the few kB that servers, other pages and installed ones read, are left
/// out.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Bytes {
    /// `index.html`.
    pub page: u64,
    /// What lies in the runtime's folder.
    pub runtime: u64,
    /// The manifest, shards, projections and pictures.
    pub catalogue: u64,
    /// Packs and tokenizers.
    pub packs: u64,
}

/// Checks and completes a `--base`.
///
/// An error for one that is no path of a URL.
pub fn base(given: &str) -> Result<String> {
    let parts: Vec<&str> = given.split('/').filter(|part| !part.is_empty()).collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    let is_part = |part: &&str| part.chars().all(is_plain) && !matches!(*part, "." | "..");
    match (parts.iter().all(is_part), parts.is_empty()) {
        (true, true) => Ok("/".into()),
        (true, false) => Ok(format!("/{}/", parts.join("/"))),
        (false, _) => Err(Error::argument("base", "a path such as /shop/search/", format!("{given:?}"))),
    }
}

/// Refuses what cannot be published whatever the catalogue will hold.
///
/// # Errors
/// [`Error::Io`] for a folder with a file of another hand where one of the site's would be, a record that cannot be read, and a page that
/// cannot be published; [`Error::Argument`] for a shop's language in which the page does not speak.
pub fn check(out: &Path, www: &Path, shop: &Shop, base: &str) -> Result<()> {
    let last = Record::read(out)?;
    let shell = Shell::of(www, shop, base, last.as_ref())?;
    let store = SiteStore::new(out, last.as_ref());
    shell.files().try_for_each(|(path, bytes)| store.refuse_others(path, bytes))
}

/// Publishes into the folder `out`. The site that was there stays whole on an error.
///
/// # Errors
/// Those of [`check`]; [`Error::Io`] where a file cannot be read or written; those of a catalogue or pack that is not whole.
pub fn publish(source: &Source<'_>, out: &Path) -> Result<Summary> {
    let last = Record::read(out)?;
    let shell = Shell::of(source.www, source.shop, source.base, last.as_ref())?;
    let mut store = SiteStore::new(out, last.as_ref());
    let mut bytes = Bytes { page: shell.page_bytes, ..Bytes::default() };
    for (path, content) in &shell.content {
        bytes.runtime += content.len() as u64;
        store.put(path, content)?;
    }
    // Packs keep their names, so they change with the manifest that asks for them.
    let manifest_path = source.catalogue.join(MANIFEST_FILE);
    let manifest_bytes = read_at_most(&manifest_path, MAX_MANIFEST_BYTES)?;
    let manifest = Manifest::parse(&manifest_bytes, &manifest_path.display().to_string())?;
    for file in manifest.files() {
        let content = read_at_most(&source.catalogue.join(file), MAX_PACK_BYTES)?;
        bytes.catalogue += content.len() as u64;
        store.put(&format!("{CATALOGUE}/{file}"), &content)?;
    }
    for encoder in &manifest.encoders {
        // Checks that it is the very one.
        source.models.load(encoder)?;
        let mut names = vec![format!("{}.safetensors", encoder.name)];
        names.extend((encoder.kind == Kind::Text).then(|| tokenizer_file(&encoder.name)));
        for name in names {
            let content = read_at_most(&source.models.folder().join(&name), MAX_PACK_BYTES)?;
            bytes.packs += content.len() as u64;
            store.put(&format!("{MODELS}/{name}"), &content)?;
        }
    }
    bytes.catalogue += manifest_bytes.len() as u64;
    store.put(&format!("{CATALOGUE}/{MANIFEST_FILE}"), &manifest_bytes)?;
    for (path, content) in &shell.names {
        store.put(path, content)?;
    }
    let summary = Summary {
        runtime: shell.runtime,
        files: store.files.len(),
        bytes: bytes.page + bytes.runtime + bytes.catalogue + bytes.packs,
        kinds: bytes,
    };
    let record = Record::new(source.base, std::mem::take(&mut store.files));
    store.finish(record, last.clone(), source.keep_generations)?;
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_a_path_between_slashes() {
        assert_eq!(
            ["", "/", "//", "shop", "/shop/search", "/a///b//"].map(|given| base(given).unwrap()),
            ["/", "/", "/", "/shop/", "/shop/search/", "/a/b/"]
        );
        for given in ["https://example.com/", "/a b/", "/../", "/a\"/", "/{*x}/", "/:x/"] {
            assert!(base(given).unwrap_err().to_string().contains("/shop/search/"), "{given}");
        }
    }
}
