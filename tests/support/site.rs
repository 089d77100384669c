//! A shop that `twinlens publish` makes a site of.

use std::collections::BTreeSet;

use serde_json::Value;
use walkdir::WalkDir;

use super::{Shop, answer, text, tiny};

const LISTINGS: &str = "id,title,stock,label_group\na,red tea,7411,SECRET\nb,red teas,0,SECRET\nc,blue cup,,OTHER\n";
const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<title>Twinlens</title>\n<link rel=\"icon\" href=\"favicon.svg\">\n\
    <script type=\"module\" src=\"page.js\"></script>\n</head>\n<body>\n<twinlens-search><script type=\"application/json\" id=\"samples\">[{\"file\":\"demo/a.jpg\"}]</script></twinlens-search>\n\
    <!-- demo --><a href=\"demo/photos/a.jpg\">a sample</a><!-- /demo -->\n</body>\n</html>\n";

/// What a browser asks for of the page.
pub const RUNTIME: [&str; 8] = [
    "page.js",
    "worker.js",
    "twinlens.js",
    "twinlens-search.js",
    "favicon.svg",
    "pkg/core_bg.wasm",
    "lang/de.js",
    "lang/en.js",
];

/// A shop of titles, encoders of a few kB, and a page.
pub fn shop() -> Shop {
    let shop = Shop::with(LISTINGS);
    tiny::write_models(&shop.path("models"));
    for folder in ["www/pkg", "www/lang", "www/demo/photos"] {
        std::fs::create_dir_all(shop.path(folder)).unwrap();
    }
    shop.write("www/index.html", PAGE.as_bytes());
    shop.write(
        "www/service-worker.js",
        b"const SHELL = { version: \"development\", files: [] };\nself.shell = SHELL;\n",
    );
    for file in RUNTIME {
        shop.write(&format!("www/{file}"), format!("// {file}\n").repeat(40).as_bytes());
    }
    for file in ["twinlens.d.ts", "package.json", "demo/photos/a.jpg", "pkg/.built-from"] {
        shop.write(&format!("www/{file}"), file.as_bytes());
    }
    shop
}

pub fn arguments(shop: &Shop, more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["publish".into(), text(&shop.path("listings.csv"))];
    for (name, path) in [("--out", "site"), ("--models", "models"), ("--www", "www")] {
        arguments.extend([name.into(), text(&shop.path(path))]);
    }
    arguments.extend(["--encoders".into(), tiny::TITLE.into()]);
    arguments.extend(more.iter().map(ToString::to_string));
    arguments
}

pub fn publish(shop: &Shop, more: &[&str]) -> Value {
    answer(&arguments(shop, more))
}

/// Paths of the site's files, relative to it.
pub fn files(shop: &Shop) -> BTreeSet<String> {
    let site = shop.path("site");
    let files = WalkDir::new(&site).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|entry| text(entry.path().strip_prefix(&site).unwrap()).replace('\\', "/")).collect()
}

pub fn read(shop: &Shop, file: &str) -> String {
    std::fs::read_to_string(shop.path("site").join(file)).unwrap()
}

pub fn record(shop: &Shop) -> Value {
    serde_json::from_str(&read(shop, "site.json")).unwrap()
}

/// The runtime's folder.
pub fn runtime(shop: &Shop) -> String {
    let answer = files(shop).into_iter().find(|file| file.starts_with("twinlens-") && file.ends_with("/page.js"));
    answer.unwrap().split('/').next().unwrap().to_string()
}
