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
mod shop;
mod store;

use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use self::headers::{CATALOGUE, MODELS};
pub use self::record::{RECORD_FILE, Record};
pub use self::runtime::Runtime;
pub use self::service_worker::service_worker;
pub use self::shop::Shop;
use self::store::SiteStore;
use super::folder::read_at_most;
use super::models::{Models, tokenizer_file};
use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{MANIFEST_FILE, Manifest};
use crate::encoder::Kind;
use crate::pack::MAX_PACK_BYTES;
use crate::{Error, Result};

/// Modules that other pages name: they stay where they are, and take the runtime's.
const ENTRIES: [&str; 2] = ["twinlens-search.js", "twinlens.js"];

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
    pub runtime: String,
    pub files: usize,
    /// Of all files, compressed forms left out.
    pub bytes: u64,
    /// By kind: the shell, the runtime beyond it, the catalogue, packs.
    pub kinds: Value,
}

/// Checks and completes a `--base`.
///
/// An error for one that is no path of a URL.
pub fn base(given: &str) -> Result<String> {
    let base = format!("/{}/", given.trim_matches('/')).replace("//", "/");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    let is_path = base.chars().all(is_plain) && !base.split('/').any(|part| matches!(part, "." | ".."));
    is_path.then_some(base).ok_or_else(|| Error::argument("base", "a path such as /shop/search/", format!("{given:?}")))
}

/// Refuses a folder that cannot become a site, and a page that cannot be published.
///
/// # Errors
/// [`Error::Io`] for a folder that holds a page of another hand or a record that cannot be read, and for a page without its
/// WebAssembly module.
pub fn check(out: &Path, www: &Path) -> Result<()> {
    if Record::read(out)?.is_none() && out.join("index.html").exists() {
        let (expected, found) =
            ("an empty folder, or a site that was published before", "an index.html without site.json");
        return Err(Error::io("publishing", expected, found, out.display().to_string()));
    }
    Runtime::read(www).map(drop)
}

/// Publishes into the folder `out`. The site that was there stays whole on an error.
///
/// # Errors
/// [`Error::Io`] where a file cannot be read or written, and for a folder that holds a page of another hand; those of a catalogue or
/// pack that is not whole.
pub fn publish(source: &Source<'_>, out: &Path) -> Result<Summary> {
    check(out, source.www)?;
    let last = Record::read(out)?;
    let runtime = Runtime::read(source.www)?;
    let read = |name: &str| {
        let path = source.www.join(name);
        let failed = |e| Error::io("reading the page", "a file that can be read", e, path.display().to_string());
        std::fs::read_to_string(&path).map_err(failed)
    };
    let page = page::page(&read("index.html")?, &runtime.folder, source.shop, |path| runtime.has(path))?;
    let mut store = SiteStore::new(out, last.as_ref());
    let mut bytes = Bytes::default();
    for (path, content) in &runtime.files {
        bytes.runtime += content.len() as u64;
        store.put(&format!("{}/{path}", runtime.folder), content)?;
    }
    // Packs keep their names, so they change with the manifest that asks for them.
    let manifest_path = source.catalogue.join(MANIFEST_FILE);
    let manifest_bytes = read_at_most(&manifest_path, MAX_MANIFEST_BYTES)?;
    let manifest = Manifest::parse(&manifest_bytes, &manifest_path.display().to_string())?;
    for file in content_files(&manifest_bytes) {
        let content = read_at_most(&source.catalogue.join(&file), MAX_PACK_BYTES)?;
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
    let icon = runtime.has("favicon.svg").then(|| format!("{}/favicon.svg", runtime.folder));
    store.put("manifest.webmanifest", installable(source.shop, source.base, icon).to_string().as_bytes())?;
    for entry in ENTRIES.iter().filter(|entry| runtime.has(entry)) {
        store.put(entry, format!("export * from './{}/{entry}';\n", runtime.folder).as_bytes())?;
    }
    let mut runtimes: Vec<String> = vec![runtime.folder.clone()];
    if let Some(last) = &last {
        let other = |path: &String| path.split_once('/').map(|(folder, _)| folder.to_string());
        let known = last.files.keys().filter_map(other).filter(|folder| folder.starts_with(headers::RUNTIME_PREFIX));
        runtimes.extend(known.filter(|folder| *folder != runtime.folder));
        runtimes.dedup();
    }
    let manifest_place = format!("{CATALOGUE}/{MANIFEST_FILE}");
    let mut fresh =
        vec!["", "index.html", "manifest.webmanifest", "service-worker.js", RECORD_FILE, manifest_place.as_str()];
    fresh.extend(ENTRIES.iter().filter(|entry| runtime.has(entry)));
    store.put("_headers", headers::underscore_headers(source.base, &fresh, &runtimes).as_bytes())?;
    store.put("nginx.conf", headers::nginx(source.base).as_bytes())?;
    store.put(".htaccess", headers::htaccess().as_bytes())?;
    // GitHub Pages leaves out files that begin with an underscore unless this is there.
    store.put(".nojekyll", b"")?;
    store.put("index.html", page.as_bytes())?;
    if source.www.join("service-worker.js").exists() {
        let shell = shell(&store, &runtime);
        store.put("service-worker.js", service_worker(&read("service-worker.js")?, &shell)?.as_bytes())?;
    }
    bytes.page = page.len() as u64;
    let summary = Summary {
        runtime: runtime.folder,
        files: store.files.len(),
        bytes: bytes.page + bytes.runtime + bytes.catalogue + bytes.packs,
        kinds: json!(bytes),
    };
    let record = Record::new(source.base, std::mem::take(&mut store.files));
    store.finish(record, last.clone(), source.keep_generations)?;
    Ok(summary)
}

/// Bytes by kind.
#[derive(Default, Serialize)]
struct Bytes {
    page: u64,
    runtime: u64,
    catalogue: u64,
    packs: u64,
}

/// The files of one version of the page, by the path from the service worker, with their hashes.
fn shell(store: &SiteStore<'_>, runtime: &Runtime) -> Vec<(String, String)> {
    let is_shell = |path: &String| path.starts_with(&format!("{}/", runtime.folder)) || *path == "manifest.webmanifest";
    let page = store.files.get("index.html").map(|sha256| ("./".to_string(), sha256.clone()));
    let files = store.files.iter().filter(|(path, _)| is_shell(path));
    page.into_iter().chain(files.map(|(path, sha256)| (path.clone(), sha256.clone()))).collect()
}

/// What a browser needs for installing the page.
fn installable(shop: &Shop, base: &str, icon: Option<String>) -> Value {
    let name = shop.name.as_deref().unwrap_or("Twinlens");
    let icons: Vec<Value> =
        icon.into_iter().map(|icon| json!({"src": icon, "sizes": "any", "type": "image/svg+xml"})).collect();
    json!({
        "name": name,
        "short_name": name.chars().take(30).collect::<String>(),
        "description": shop.description,
        "lang": shop.language,
        "id": base,
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "theme_color": shop.colours.accent,
        "background_color": shop.colours.background,
        "icons": icons,
    })
}

/// The files that a manifest names, whatever they are of.
fn content_files(manifest: &[u8]) -> Vec<String> {
    fn collect(value: &Value, files: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                files.extend(fields.get("file").and_then(Value::as_str).map(String::from));
                fields.values().for_each(|value| collect(value, files));
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, files)),
            _ => {}
        }
    }
    let mut files = Vec::new();
    if let Ok(manifest) = serde_json::from_slice(manifest) {
        collect(&manifest, &mut files);
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_a_path_between_slashes() {
        assert_eq!(
            ["", "/", "shop", "/shop/search"].map(|given| base(given).unwrap()),
            ["/", "/", "/shop/", "/shop/search/"]
        );
        for given in ["https://example.com/", "/a b/", "/../", "/a\"/"] {
            assert!(base(given).unwrap_err().to_string().contains("/shop/search/"), "{given}");
        }
    }
}
