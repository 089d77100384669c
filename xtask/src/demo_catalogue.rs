//! `cargo xtask demo-catalogue`: the demo shop, from the sample products of an npm package.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::process;
use crate::toolbox::Toolbox;

/// MIT; the photos come from Unsplash.
const PACKAGE: &str = "@vendure/create@2.3.4";
/// SHA-256 of the package's sample products.
const PRODUCTS_SHA256: &str = "e4bd7324f39f9c9def18bfa2104ea98464ca563ebeab0999b3067ae0073bb9a6";
/// Makes the sample photos for whoever has none at hand, which are other photos than the catalogue's.
const SAMPLES: &str = "tests/page/sample-photos.mjs";

pub fn run(toolbox: &Toolbox) -> Result<()> {
    let Listings { listings, images } = listings(toolbox)?;
    let demo = toolbox.checkout.join("www/demo");
    let mut build = toolbox.command("cargo");
    build.args(["run", "--quiet", "--release", "--bin", "twinlens", "--", "build"]).arg(&listings);
    let catalogue = demo.join("catalogue");
    build.arg("--images").arg(&images).arg("--out").arg(&catalogue).args(["--keep-generations", "0"]);
    process::run(&mut build)?;
    // The page's folder is published as a whole, and this file never is.
    fs::remove_file(catalogue.join("merchant.json")).context("cannot remove the build's merchant.json")?;
    fs::create_dir_all(demo.join("photos")).context("cannot make the folder of sample photos")?;
    let script = toolbox.checkout.join(SAMPLES);
    process::run(toolbox.command("node").arg(script).arg(&images).arg(demo.join("photos")))
}

/// The demo shop as a merchant has it.
pub struct Listings {
    /// CSV file.
    pub listings: PathBuf,
    /// Folder of the images that it names.
    pub images: PathBuf,
}

/// The package's products as listings.
pub fn listings(toolbox: &Toolbox) -> Result<Listings> {
    let assets = assets(toolbox)?;
    let products = fs::read(assets.join("products.csv")).context("cannot read the package's products")?;
    let listings = toolbox.target_dir.join("packages/demo-shop/listings.csv");
    write_listings(&products, &listings)?;
    Ok(Listings { listings, images: assets.join("images") })
}

/// The package's products and their photos, downloaded.
pub fn assets(toolbox: &Toolbox) -> Result<PathBuf> {
    let folder = toolbox.target_dir.join("packages/demo-shop");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let tarball = process::read(toolbox.command("npm").args(["pack", "--silent", PACKAGE]).current_dir(&folder))?;
    process::run(toolbox.command("tar").arg("xzf").arg(&tarball).current_dir(&folder))?;
    let assets = folder.join("package/assets");
    let products = fs::read(assets.join("products.csv")).context("cannot read the package's products")?;
    let found: String = Sha256::digest(&products).iter().map(|b| format!("{b:02x}")).collect();
    if found != PRODUCTS_SHA256 {
        bail!("expected products with SHA-256 {PRODUCTS_SHA256}, found {found} in {PACKAGE}");
    }
    Ok(assets)
}

/// One listing a product; rows without a name are its variants.
fn write_listings(products: &[u8], path: &Path) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(products);
    let mut writer = csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["posting_id", "image", "title", "price", "category", "stock"])?;
    for product in reader.deserialize::<HashMap<String, String>>() {
        let product = product?;
        let get = |column: &str| product.get(column).map(String::as_str).unwrap_or_default();
        let category = get("facets").split('|').filter_map(|facet| facet.strip_prefix("category:")).next_back();
        let category = category.unwrap_or_default();
        if !get("name").is_empty() {
            writer.write_record([
                get("slug"),
                get("assets"),
                get("name"),
                get("price"),
                category,
                get("stockOnHand"),
            ])?;
        }
    }
    writer.flush().with_context(|| format!("cannot write {}", path.display()))
}
