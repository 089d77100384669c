//! `twinlens publish`: from an export to a folder that any static host serves.

use std::path::{Component, Path, PathBuf};

use super::build;
use crate::merchant::models::nearest;
use crate::merchant::publish::{self, Shop, Source};
use crate::{Error, Result};

/// Publish the page, the catalogue of an export and the packs in use as a folder that any static host serves
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    options: build::Options,
    /// Folder to write the site to
    #[arg(long)]
    out: PathBuf,
    /// Path that the site will have on its host
    #[arg(long, default_value = "/")]
    base: String,
    /// TOML or JSON file with the shop's name, description, language and colours
    #[arg(long, value_name = "FILE")]
    shop: Option<PathBuf>,
    /// Folder in which the catalogue is built, for --update; it is not to be uploaded. Without one, that of --out with .work at its
    /// end
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Folder of the page
    #[arg(long)]
    www: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    // What can be wrong at once is said before the build, which may take hours.
    let base = publish::base(&arguments.base)?;
    let shop = arguments.shop.as_deref().map(Shop::read).transpose()?.unwrap_or_default();
    let www = www(arguments.www.as_deref())?;
    let catalogue = arguments.work.clone().unwrap_or_else(|| work_of(&arguments.out)).join("catalogue");
    refuse_within(&catalogue, &arguments.out)?;
    publish::check(&arguments.out, &www, &shop, &base)?;
    let built = build::build_in(&catalogue, &arguments.options)?;
    let source = Source {
        www: &www,
        catalogue: &catalogue,
        models: &built.models,
        shop: &shop,
        base: &base,
        keep_generations: arguments.options.keep_generations,
    };
    let summary = publish::publish(&source, &arguments.out)?;
    if json {
        let mut document = built.in_json();
        if let Some(document) = document.as_object_mut() {
            document.insert("site".into(), serde_json::json!(summary));
        }
        super::print(&document.to_string());
        return Ok(());
    }
    built.tell();
    super::print(&format!("{}: {} files, {} bytes", arguments.out.display(), summary.files, summary.bytes));
    Ok(())
}

/// The folder of the page: the given one, or the nearest.
pub fn www(given: Option<&Path>) -> Result<PathBuf> {
    let is_page = |folder: &Path| folder.join("index.html").exists() && folder.join("page.js").exists();
    let missing = || {
        let here = std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default();
        Error::io("looking for the page", "a folder www here or above, or --www", "none", here)
    };
    given.map(Path::to_path_buf).or_else(|| nearest("www", is_page)).ok_or_else(missing)
}

/// `site.work` for `site/`.
fn work_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(".work");
    out.with_file_name(name)
}

/// Refuses to build where all is uploaded: beside the catalogue lie stock counts and groups.
fn refuse_within(catalogue: &Path, out: &Path) -> Result<()> {
    if !resolved(catalogue)?.starts_with(resolved(out)?) {
        return Ok(());
    }
    let expected = "a folder outside that of --out, since what lies in it is not to be uploaded: another --work, or a folder with a \
                    name as --out";
    Err(Error::argument("work", expected, format!("{} in {}", catalogue.display(), out.display())))
}

/// The path without links and dots, whether there is such a folder or not.
fn resolved(path: &Path) -> Result<PathBuf> {
    let failed = |e| Error::io("looking for a folder", "a path", e, path.display().to_string());
    let mut resolved = PathBuf::new();
    for part in std::path::absolute(path).map_err(failed)?.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = resolved.pop(),
            Component::Normal(name) => {
                resolved.push(name);
                resolved = resolved.canonicalize().unwrap_or(resolved);
            }
            start => resolved.push(start),
        }
    }
    Ok(resolved)
}
