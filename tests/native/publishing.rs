//! What a build publishes, what it keeps to itself, and how long the files of an old catalogue stay.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::{Shop, answer, refused, text, tiny};
use serde_json::Value;
use twinlens::catalogue::Product;
use twinlens::merchant::folder;

const LISTINGS: &str =
    "id,title,stock,label_group\na,red tea,7411740213,SECRET\nb,red teas,0,SECRET\nc,blue cup,,OTHER\n";

/// A shop of titles whose encoder has a few kB.
fn shop(csv: &str) -> Shop {
    let shop = Shop::with(csv);
    tiny::write_models(&shop.path("models"));
    shop
}

fn arguments(shop: &Shop, more: &[&str]) -> Vec<String> {
    let models = text(&shop.path("models"));
    shop.build_arguments(&[&["--encoders", tiny::TITLE, "--models", &models], more].concat())
}

fn build(shop: &Shop, more: &[&str]) -> Value {
    answer(&arguments(shop, more))
}

/// Builds the shop with another title, so that its shard has another name, and gives that name.
fn build_other(shop: &Shop, title: &str, more: &[&str]) -> String {
    shop.write("listings.csv", format!("id,title\na,{title}\n").as_bytes());
    build(shop, more);
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    catalogue.manifest.shards[0].file.clone()
}

#[test]
fn a_published_listing_tells_neither_its_stock_nor_its_label_group_nor_a_digest() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    for file in shop.files().iter().filter(|file| *file != "merchant.json") {
        let bytes = std::fs::read(shop.path("catalogue").join(file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["7411740213", "SECRET", "OTHER", "label_group", "digest"] {
            assert!(!text.contains(secret), "{secret} is in {file}");
        }
    }
}

#[test]
fn a_published_listing_tells_whether_it_is_in_stock_and_which_others_are_the_same_product() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    let listings = &catalogue.shards[0].listings;
    assert_eq!(listings.iter().map(|l| l.in_stock).collect::<Vec<_>>(), [Some(true), Some(false), None]);
    let products: Vec<Product> = listings.iter().map(|l| l.product()).collect();
    assert_eq!(products, [Product::Group(0), Product::Group(0), Product::Single("c")]);
}

#[test]
fn merchant_json_keeps_what_is_not_published_and_names_its_manifest() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    let document: Value =
        serde_json::from_slice(&std::fs::read(shop.path("catalogue/merchant.json")).unwrap()).unwrap();
    let manifest = folder::open(&shop.path("catalogue")).unwrap().manifest;
    assert_eq!(document["manifest_sha256"], manifest.self_sha256);
    assert_eq!(document["listings"][0]["stock"], 7_411_740_213_i64);
    assert_eq!(document["listings"][1]["label_group"], "SECRET");
    assert_eq!(document["listings"][2]["digest"].as_str().unwrap().len(), 64);
}

#[cfg(unix)]
#[test]
fn merchant_json_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    let mode = |file: &str| std::fs::metadata(shop.path("catalogue").join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("merchant.json"), mode("catalogue.json")), (0o600, 0o644));
}

#[test]
fn an_update_takes_over_what_has_not_changed() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    shop.write("listings.csv", LISTINGS.replace("blue cup", "blue pen").as_bytes());
    assert_eq!(build(&shop, &["--update"])["reused"], 2);
}

#[test]
fn an_update_without_merchant_json_builds_everything_anew() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    std::fs::remove_file(shop.path("catalogue/merchant.json")).unwrap();
    assert_eq!(build(&shop, &["--update"])["reused"], 0);
}

#[test]
fn an_update_does_not_take_an_old_merchant_json_for_that_of_a_new_catalogue() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    let old = std::fs::read(shop.path("catalogue/merchant.json")).unwrap();
    shop.write("listings.csv", LISTINGS.replace("blue cup", "blue pen").as_bytes());
    build(&shop, &[]);
    shop.write("catalogue/merchant.json", &old);
    assert_eq!(build(&shop, &["--update"])["reused"], 0);
}

#[test]
fn an_update_refuses_an_altered_merchant_json() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    let path = shop.path("catalogue/merchant.json");
    let altered = std::fs::read_to_string(&path).unwrap().replace("7411740213", "7412");
    std::fs::write(&path, altered).unwrap();
    let refusal = refused(&arguments(&shop, &["--update"]));
    assert_eq!(refusal.code, "bad-manifest");
    refusal.says(&["merchant.json", "SHA-256"]);
}

#[test]
fn inspect_shows_what_merchant_json_belongs_to() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    let document = answer(&["inspect", &text(&shop.path("catalogue/merchant.json"))]);
    assert_eq!((&document["kind"], &document["listings"]), (&"merchant".into(), &3.into()));
}

/// Asks a server for a file, and gives the status.
fn status(port: u16, path: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    String::from_utf8_lossy(&response).split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn serve_never_gives_merchant_json_away() {
    let shop = shop(LISTINGS);
    build(&shop, &[]);
    // A page that is there is all that serving needs of one; it may itself hold a catalogue.
    std::fs::create_dir_all(shop.path("www/pkg")).unwrap();
    std::fs::create_dir_all(shop.path("www/demo")).unwrap();
    for file in ["index.html", "twinlens.js", "worker.js", "pkg/twinlens_core_bg.wasm", "demo/merchant.json"] {
        shop.write(&format!("www/{file}"), b"");
    }
    let mut server = Command::new(env!("CARGO_BIN_EXE_twinlens"))
        .args(["serve", "--port", "0", "--catalogue", &text(&shop.path("catalogue"))])
        .args(["--www", &text(&shop.path("www")), "--models", &text(&shop.path("models"))])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let paths =
        ["/catalogue/merchant.json", "/catalogue/%6Derchant.json", "/catalogue/MERCHANT.JSON", "/demo/merchant.json"];
    let refused = paths.map(|path| status(port, path));
    let published = status(port, "/catalogue/catalogue.json");
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!((refused, published), ([404; 4], 200));
}

#[test]
fn a_build_keeps_the_shards_of_the_catalogue_before_it_and_no_older_ones() {
    let shop = shop("");
    let shards = ["red tea", "blue cup", "green pen"].map(|title| build_other(&shop, title, &[]));
    let expected = [&shards[1], &shards[2]].map(|shard| shop.files().contains(shard));
    assert_eq!((expected, shop.files().contains(&shards[0])), ([true, true], false), "{:?}", shop.files());
}

#[test]
fn as_many_catalogues_keep_their_shards_as_the_flag_says() {
    for keep in 0..3 {
        let shop = shop("");
        let keep_generations = keep.to_string();
        for title in ["red tea", "blue cup", "green pen", "red cup"] {
            build_other(&shop, title, &["--keep-generations", &keep_generations]);
        }
        let shards = shop.files().iter().filter(|file| file.starts_with("shard-")).count();
        assert_eq!(shards, 1 + keep, "{:?}", shop.files());
    }
}

#[test]
fn a_build_that_changes_nothing_is_no_generation_of_its_own() {
    let shop = shop("");
    let old = build_other(&shop, "red tea", &[]);
    let new = build_other(&shop, "blue cup", &[]);
    build(&shop, &[]);
    let files = shop.files();
    assert!(files.contains(&old) && files.contains(&new), "{files:?}");
}

#[test]
fn the_shards_of_a_catalogue_of_another_version_are_kept_as_long() {
    let shop = shop("");
    let old = build_other(&shop, "red tea", &[]);
    shop.change_manifest(|manifest| manifest["version"] = 2.into());
    build_other(&shop, "blue cup", &[]);
    assert!(shop.files().contains(&old), "{:?}", shop.files());
}
