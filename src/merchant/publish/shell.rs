//! The files of a site that are the same whatever its catalogue holds: they can be made, and refused, before one is built.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::headers::{self, CATALOGUE, RUNTIME_PREFIX};
use super::page::page;
use super::service_worker::service_worker;
use super::{RECORD_FILE, Record, Runtime, Shop};
use crate::catalogue::MANIFEST_FILE;
use crate::digest::sha256_hex;
use crate::{Error, Result};

const PAGE: &str = "index.html";
const SERVICE_WORKER: &str = "service-worker.js";
const WEB_MANIFEST: &str = "manifest.webmanifest";
/// Modules that other pages name: they stay where they are, and take the runtime's.
const ENTRIES: [&str; 2] = ["twinlens-search.js", "twinlens.js"];

/// Files by their paths in the site.
type Files = Vec<(String, Vec<u8>)>;

/// The page, what it runs, and what servers read.
pub struct Shell {
    /// The runtime's folder.
    pub runtime: String,
    /// What lies in it.
    pub content: Files,
    /// What names the runtime and the catalogue, in the order in which it is to get its names: the page and its service worker last.
    pub names: Files,
    /// Bytes of the page itself.
    pub page_bytes: u64,
}

impl Shell {
    /// That of the page in `www` for a site at `base`, which takes the place of the one with that record.
    ///
    /// # Errors
    /// [`Error::Io`] where a file cannot be read or is not what is expected, and for a page without its WebAssembly module;
    /// [`Error::Argument`] for a shop's language in which the page does not speak.
    pub fn of(www: &Path, shop: &Shop, base: &str, last: Option<&Record>) -> Result<Self> {
        let runtime = Runtime::read(www)?;
        check_language(shop, &runtime)?;
        let read = |name: &str| {
            let path = www.join(name);
            let failed = |e| Error::io("reading the page", "a file that can be read", e, path.display().to_string());
            std::fs::read_to_string(&path).map_err(failed)
        };
        let page = page(&read(PAGE)?, &runtime.folder, shop, |path| runtime.has(path))?;
        let web_manifest = installable(shop, base, &runtime).to_string().into_bytes();
        let worker = match www.join(SERVICE_WORKER).exists() {
            true => Some(service_worker(&read(SERVICE_WORKER)?, &version(&page, &web_manifest, &runtime))?),
            false => None,
        };
        let entries: Vec<&str> = ENTRIES.into_iter().filter(|entry| runtime.has(entry)).collect();
        let mut names: Files = vec![(WEB_MANIFEST.into(), web_manifest)];
        names.extend(
            entries.iter().map(|entry| {
                (entry.to_string(), format!("export * from './{}/{entry}';\n", runtime.folder).into_bytes())
            }),
        );
        let manifest = format!("{CATALOGUE}/{MANIFEST_FILE}");
        let mut fresh = vec!["", PAGE, WEB_MANIFEST, SERVICE_WORKER, RECORD_FILE, manifest.as_str()];
        fresh.extend(&entries);
        let underscore = headers::underscore_headers(base, &fresh, &runtimes(&runtime.folder, last));
        let for_servers =
            [("_headers", underscore), ("nginx.conf", headers::nginx(base)), (".htaccess", headers::htaccess(base))];
        names.extend(for_servers.map(|(path, text)| (path.to_string(), text.into_bytes())));
        // GitHub Pages leaves out files that begin with an underscore unless this is there.
        names.push((".nojekyll".into(), Vec::new()));
        let page_bytes = page.len() as u64;
        names.push((PAGE.into(), page.into_bytes()));
        names.extend(worker.map(|text| (SERVICE_WORKER.into(), text.into_bytes())));
        let Runtime { folder, files } = runtime;
        let content = files.into_iter().map(|(path, bytes)| (format!("{folder}/{path}"), bytes)).collect();
        Ok(Shell { runtime: folder, content, names, page_bytes })
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &(String, Vec<u8>)> {
        self.content.iter().chain(&self.names)
    }
}

/// Refuses a language that the page has no file of; a page without any such file takes every language.
fn check_language(shop: &Shop, runtime: &Runtime) -> Result<()> {
    let languages = runtime.languages();
    let Some(language) = shop.language.as_ref().filter(|_| !languages.is_empty()) else { return Ok(()) };
    let primary = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
    match languages.contains(&primary.as_str()) {
        true => Ok(()),
        false => {
            let expected = format!("a language in which the page speaks: {}", languages.join(", "));
            Err(Error::argument("language", expected, format!("{language:?}")))
        }
    }
}

/// The folders of this runtime and of those that the site has kept.
fn runtimes(own: &str, last: Option<&Record>) -> Vec<String> {
    let mut runtimes: Vec<String> = vec![own.into()];
    let known = last.into_iter().flat_map(|last| last.files.keys()).filter_map(|path| path.split_once('/'));
    let others = known.map(|(folder, _)| folder).filter(|folder| folder.starts_with(RUNTIME_PREFIX) && *folder != own);
    runtimes.extend(others.map(String::from));
    runtimes.dedup();
    runtimes
}

/// The files of one version of the page, by the path from the service worker, with their hashes.
fn version(page: &str, web_manifest: &[u8], runtime: &Runtime) -> Vec<(String, String)> {
    let mut files: BTreeMap<String, String> =
        runtime.files.iter().map(|(path, bytes)| (format!("{}/{path}", runtime.folder), sha256_hex(bytes))).collect();
    files.insert(WEB_MANIFEST.into(), sha256_hex(web_manifest));
    [("./".to_string(), sha256_hex(page.as_bytes()))].into_iter().chain(files).collect()
}

/// What a browser needs for installing the page.
fn installable(shop: &Shop, base: &str, runtime: &Runtime) -> Value {
    let name = shop.name.as_deref().unwrap_or("Twinlens");
    let icon = runtime.has("favicon.svg").then(|| format!("{}/favicon.svg", runtime.folder));
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
