//! What `twinlens publish` writes, how a second run replaces it, and what `twinlens serve` says beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use support::{Shop, answer, refused, sha256, text, tiny};
use walkdir::WalkDir;

const LISTINGS: &str = "id,title,stock,label_group\na,red tea,7411,SECRET\nb,red teas,0,SECRET\nc,blue cup,,OTHER\n";
const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<title>Twinlens</title>\n<link rel=\"icon\" href=\"favicon.svg\">\n\
    <script type=\"module\" src=\"page.js\"></script>\n</head>\n<body>\n<twinlens-search><script type=\"application/json\" id=\"samples\">[{\"file\":\"demo/a.jpg\"}]</script></twinlens-search>\n\
    <!-- demo --><a href=\"demo/photos/a.jpg\">a sample</a><!-- /demo -->\n</body>\n</html>\n";

/// A shop of titles, encoders of a few kB, and a page.
fn shop() -> Shop {
    let shop = Shop::with(LISTINGS);
    tiny::write_models(&shop.path("models"));
    for folder in ["www/pkg", "www/demo/photos"] {
        std::fs::create_dir_all(shop.path(folder)).unwrap();
    }
    shop.write("www/index.html", PAGE.as_bytes());
    shop.write(
        "www/service-worker.js",
        b"const SHELL = { version: \"development\", files: [] };\nself.shell = SHELL;\n",
    );
    for file in ["page.js", "worker.js", "twinlens.js", "twinlens-search.js", "favicon.svg", "pkg/core_bg.wasm"] {
        shop.write(&format!("www/{file}"), format!("// {file}\n").repeat(40).as_bytes());
    }
    for file in ["twinlens.d.ts", "package.json", "demo/photos/a.jpg", "pkg/.built-from"] {
        shop.write(&format!("www/{file}"), file.as_bytes());
    }
    shop
}

fn arguments(shop: &Shop, more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["publish".into(), text(&shop.path("listings.csv"))];
    for (name, path) in [("--out", "site"), ("--models", "models"), ("--www", "www")] {
        arguments.extend([name.into(), text(&shop.path(path))]);
    }
    arguments.extend(["--encoders".into(), tiny::TITLE.into()]);
    arguments.extend(more.iter().map(ToString::to_string));
    arguments
}

fn publish(shop: &Shop, more: &[&str]) -> Value {
    answer(&arguments(shop, more))
}

/// Paths of the site's files, relative to it.
fn files(shop: &Shop) -> BTreeSet<String> {
    let site = shop.path("site");
    let files = WalkDir::new(&site).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|entry| text(entry.path().strip_prefix(&site).unwrap()).replace('\\', "/")).collect()
}

fn read(shop: &Shop, file: &str) -> String {
    std::fs::read_to_string(shop.path("site").join(file)).unwrap()
}

fn record(shop: &Shop) -> Value {
    serde_json::from_str(&read(shop, "site.json")).unwrap()
}

/// The runtime's folder.
fn runtime(shop: &Shop) -> String {
    let answer = files(shop).into_iter().find(|file| file.starts_with("twinlens-") && file.ends_with("/page.js"));
    answer.unwrap().split('/').next().unwrap().to_string()
}

#[test]
fn a_site_has_the_page_the_runtime_the_catalogue_and_the_packs_in_use_and_nothing_else() {
    let shop = shop();
    publish(&shop, &[]);
    let runtime = runtime(&shop);
    let is_form = |file: &String| file.ends_with(".br") || file.ends_with(".gz");
    let is_shard = |file: &String, kind: &str| file.starts_with(&format!("catalogue/{kind}-"));
    let is_any_shard = |file: &String| ["shard", "pictures"].iter().any(|kind| is_shard(file, kind));
    let found: BTreeSet<String> =
        files(&shop).into_iter().filter(|file| !is_form(file) && !is_any_shard(file)).collect();
    let own = ["page.js", "worker.js", "twinlens.js", "twinlens-search.js", "favicon.svg", "pkg/core_bg.wasm"];
    let others = [
        "index.html",
        "service-worker.js",
        "manifest.webmanifest",
        "site.json",
        "twinlens.js",
        "twinlens-search.js",
        "_headers",
        ".htaccess",
        ".nojekyll",
        "nginx.conf",
        "catalogue/catalogue.json",
        "models/tiny-title.safetensors",
        "models/tiny-title.tokenizer.json",
    ];
    let expected = own.iter().map(|file| format!("{runtime}/{file}")).chain(others.map(String::from)).collect();
    assert_eq!(found, expected);
    for kind in ["shard", "pictures"] {
        assert_eq!(files(&shop).iter().filter(|file| is_shard(file, kind)).count(), 1, "{kind}");
    }
}

#[test]
fn a_site_tells_nothing_that_only_the_merchant_may_know() {
    let shop = shop();
    publish(&shop, &[]);
    for file in files(&shop) {
        let bytes = std::fs::read(shop.path("site").join(&file)).unwrap();
        let content = String::from_utf8_lossy(&bytes);
        for secret in ["7411", "SECRET", "OTHER"] {
            assert!(!content.contains(secret), "{secret} is in {file}");
        }
        assert!(!file.contains("merchant.json") && !file.contains("demo"), "{file}");
    }
    assert!(shop.path("site.work/catalogue/merchant.json").exists());
}

#[test]
fn the_record_states_the_hash_of_each_file() {
    let shop = shop();
    publish(&shop, &[]);
    let record = record(&shop);
    let files: BTreeSet<String> = files(&shop)
        .into_iter()
        .filter(|file| !file.ends_with(".br") && !file.ends_with(".gz") && file != "site.json")
        .collect();
    assert_eq!(record["files"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), files);
    for file in files {
        assert_eq!(record["files"][&file], sha256(&shop.path("site").join(&file)), "{file}");
    }
}

#[test]
fn compressed_forms_hold_the_same_bytes() {
    let shop = shop();
    publish(&shop, &[]);
    let mut forms = 0;
    for file in files(&shop) {
        let Some((name, ending)) = file.rsplit_once('.').filter(|(_, ending)| ["br", "gz"].contains(ending)) else {
            continue;
        };
        let compressed = std::fs::read(shop.path("site").join(&file)).unwrap();
        let mut bytes = Vec::new();
        match ending {
            "br" => brotli::Decompressor::new(&compressed[..], 4096).read_to_end(&mut bytes).unwrap(),
            _ => flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut bytes).unwrap(),
        };
        assert_eq!(bytes, std::fs::read(shop.path("site").join(name)).unwrap(), "{file}");
        assert!(!name.ends_with(".safetensors"), "{file}");
        forms += 1;
    }
    assert!(forms >= 16, "{forms} forms");
}

#[test]
fn the_page_loads_the_runtime_of_its_own_version() {
    let shop = shop();
    publish(&shop, &[]);
    let (page, runtime) = (read(&shop, "index.html"), runtime(&shop));
    for part in [
        format!("src=\"{runtime}/page.js\""),
        format!("href=\"{runtime}/favicon.svg\""),
        "catalogue=\"catalogue/\"".into(),
    ] {
        assert!(page.contains(&part), "{part} is not in {page}");
    }
    assert!(!page.contains("demo"), "{page}");
    assert_eq!(read(&shop, "twinlens-search.js"), format!("export * from './{runtime}/twinlens-search.js';\n"));
}

#[test]
fn the_service_worker_names_the_files_of_one_version() {
    let shop = shop();
    publish(&shop, &[]);
    let worker = read(&shop, "service-worker.js");
    let first = worker.lines().next().unwrap();
    let shell: Value = serde_json::from_str(first.trim_start_matches("const SHELL = ").trim_end_matches(';')).unwrap();
    let files: Vec<&str> =
        shell["files"].as_array().unwrap().iter().map(|entry| entry["file"].as_str().unwrap()).collect();
    for file in ["./".to_string(), format!("{}/page.js", runtime(&shop)), "manifest.webmanifest".into()] {
        assert!(files.contains(&file.as_str()), "{file} is not in {files:?}");
    }
    assert!(worker.ends_with("self.shell = SHELL;\n"));
    shop.write("www/page.js", b"// changed");
    publish(&shop, &[]);
    assert_ne!(read(&shop, "service-worker.js").lines().next().unwrap(), first);
}

#[test]
fn the_shop_s_name_language_and_colours_are_in_the_page_and_in_the_manifest_of_the_installed_one() {
    let shop = shop();
    shop.write("shop.toml", b"name = \"Tea & <b>Co</b>\"\nlanguage = \"de\"\n[colours]\naccent = \"#0a7d55\"\n");
    publish(&shop, &["--shop", &text(&shop.path("shop.toml")), "--base", "/shop/search"]);
    let page = read(&shop, "index.html");
    for part in ["<title>Tea &amp; &lt;b&gt;Co&lt;/b&gt;</title>", "lang=\"de\"", "accent=\"#0a7d55\""] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let manifest: Value = serde_json::from_str(&read(&shop, "manifest.webmanifest")).unwrap();
    assert_eq!((&manifest["name"], &manifest["lang"]), (&"Tea & <b>Co</b>".into(), &"de".into()));
    assert_eq!((&manifest["theme_color"], &manifest["id"]), (&"#0a7d55".into(), &"/shop/search/".into()));
}

#[test]
fn a_shop_s_file_or_base_that_cannot_be_used_is_refused_before_anything_is_written() {
    let shop = shop();
    shop.write("shop.toml", b"name = \"Tea\"\ncolour = \"green\"\n");
    let refusal = refused(&arguments(&shop, &["--shop", &text(&shop.path("shop.toml"))]));
    assert_eq!(refusal.code, "bad-argument");
    refusal.says(&["colour", "line 2", "shop.toml"]);
    let refusal = refused(&arguments(&shop, &["--base", "https://example.com/shop"]));
    refusal.says(&["base", "/shop/search/"]);
    assert!(!shop.path("site").exists() && !shop.path("site.work").exists());
}

#[test]
fn the_files_for_servers_name_the_base_and_what_never_changes() {
    let shop = shop();
    publish(&shop, &["--base", "/shop/"]);
    let runtime = runtime(&shop);
    let headers = read(&shop, "_headers");
    for part in [
        "/shop/*\n  Content-Security-Policy: default-src 'self'".to_string(),
        format!("/shop/{runtime}/*\n  Cache-Control: public, max-age=31536000, immutable"),
        "/shop/catalogue/catalogue.json\n  Cache-Control: no-cache".into(),
        "/shop/index.html\n  Cache-Control: no-cache".into(),
        "/shop/*.wasm\n  Content-Type: application/wasm".into(),
    ] {
        assert!(headers.contains(&part), "{part} is not in {headers}");
    }
    let nginx = read(&shop, "nginx.conf");
    for part in
        ["location /shop/ {", "application/wasm wasm;", "application/manifest+json webmanifest;", "gzip_static on;"]
    {
        assert!(nginx.contains(part), "{part} is not in {nginx}");
    }
    let apache = read(&shop, ".htaccess");
    for part in ["AddType application/wasm .wasm", "Access-Control-Allow-Origin", "immutable", "Content-Encoding br"] {
        assert!(apache.contains(part), "{part} is not in {apache}");
    }
}

#[test]
fn publishing_again_replaces_the_page_and_keeps_the_runtime_before_for_one_generation() {
    let shop = shop();
    publish(&shop, &[]);
    let first = runtime(&shop);
    let mut runtimes = vec![first];
    for version in ["second", "third"] {
        shop.write("www/page.js", version.as_bytes());
        let summary = publish(&shop, &["--update"]);
        assert_eq!(summary["reused"], 3);
        runtimes.push(summary["site"]["runtime"].as_str().unwrap().to_string());
        assert!(read(&shop, "index.html").contains(runtimes.last().unwrap()));
    }
    let is_there: Vec<bool> = runtimes.iter().map(|runtime| shop.path("site").join(runtime).exists()).collect();
    assert_eq!(is_there, [false, true, true]);
}

#[test]
fn publishing_the_same_again_changes_no_file() {
    let shop = shop();
    publish(&shop, &[]);
    let all =
        || files(&shop).into_iter().map(|file| (sha256(&shop.path("site").join(&file)), file)).collect::<Vec<_>>();
    let before = all();
    publish(&shop, &[]);
    assert_eq!(all(), before);
}

#[test]
fn a_failed_publish_leaves_the_old_site_as_it_was() {
    let shop = shop();
    publish(&shop, &[]);
    let all =
        || files(&shop).into_iter().map(|file| (sha256(&shop.path("site").join(&file)), file)).collect::<Vec<_>>();
    let before = all();
    shop.write("www/page.js", b"// changed");
    shop.write("www/service-worker.js", b"// without the declaration\n");
    refused(&arguments(&shop, &[])).says(&["service-worker.js", "const SHELL = "]);
    assert_eq!(all(), before);
}

#[test]
fn files_that_others_put_into_the_site_stay_and_a_page_of_another_hand_is_not_overwritten() {
    let shop = shop();
    publish(&shop, &[]);
    shop.write("site/CNAME", b"shop.example\n");
    shop.write("www/page.js", b"// changed");
    publish(&shop, &[]);
    assert_eq!(read(&shop, "CNAME"), "shop.example\n");
    std::fs::remove_file(shop.path("site/site.json")).unwrap();
    refused(&arguments(&shop, &[])).says(&["index.html without site.json", "site"]);
}

/// A server that ends with the value.
struct Server(Child, u16, String);

impl Server {
    fn start(site: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_twinlens"))
            .args(["serve", &text(site), "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (port, path) = line.trim().trim_start_matches("http://127.0.0.1:").split_once('/').unwrap();
        Server(child, port.parse().unwrap(), format!("/{path}"))
    }

    /// Status, header fields in small letters, and body.
    fn get(&self, path: &str, fields: &str) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.1)).unwrap();
        write!(stream, "GET {}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}Connection: close\r\n\r\n", self.2)
            .unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        let end = response.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&response[..end]).to_ascii_lowercase();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head, response[end + 4..].to_vec())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn serve_gives_a_site_at_its_base_with_the_headers_that_its_files_state() {
    let shop = shop();
    publish(&shop, &["--base", "/shop/"]);
    let server = Server::start(&shop.path("site"));
    assert_eq!(server.2, "/shop/");
    let runtime = runtime(&shop);
    let (status, head, body) = server.get("", "");
    assert_eq!((status, String::from_utf8(body).unwrap()), (200, read(&shop, "index.html")));
    for field in [
        "content-security-policy: default-src 'self'",
        "cache-control: no-cache",
        "content-type: text/html; charset=utf-8",
    ] {
        assert!(head.contains(field), "{field} is not in {head}");
    }
    let (_, head, _) = server.get(&format!("{runtime}/pkg/core_bg.wasm"), "");
    for field in [
        "cache-control: public, max-age=31536000, immutable",
        "content-type: application/wasm",
        "access-control-allow-origin: *",
    ] {
        assert!(head.contains(field), "{field} is not in {head}");
    }
    assert_eq!(server.get("catalogue/merchant.json", "").0, 404);
}

#[test]
fn serve_gives_compressed_forms_to_who_takes_them_and_parts_of_packs() {
    let shop = shop();
    publish(&shop, &[]);
    let server = Server::start(&shop.path("site"));
    let path = format!("{}/page.js", runtime(&shop));
    for (coding, ending) in [("br", "br"), ("gzip", "gz")] {
        let (_, head, body) = server.get(&path, &format!("Accept-Encoding: {coding}\r\n"));
        assert!(head.contains(&format!("content-encoding: {coding}")) && head.contains("text/javascript"), "{head}");
        assert_eq!(body, std::fs::read(shop.path("site").join(format!("{path}.{ending}"))).unwrap());
    }
    let pack = std::fs::read(shop.path("site/models/tiny-title.safetensors")).unwrap();
    let (status, head, body) =
        server.get("models/tiny-title.safetensors", "Range: bytes=100-\r\nAccept-Encoding: identity\r\n");
    assert_eq!((status, &body[..]), (206, &pack[100..]));
    assert!(head.contains(&format!("content-range: bytes 100-{}/{}", pack.len() - 1, pack.len())), "{head}");
}

/// The program of that name, where the machine has it.
fn program(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not there");
    }
    found
}

#[test]
fn nginx_takes_the_site_s_file() {
    let Some(nginx) = program("nginx") else { return };
    let shop = shop();
    publish(&shop, &["--base", "/shop/"]);
    let folder = text(&shop.path(""));
    let include = text(&shop.path("site/nginx.conf"));
    shop.write(
        "test.conf",
        format!("pid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; server {{ listen 127.0.0.1:1; root {folder}; include {include}; }} }}\n").as_bytes(),
    );
    let run = Command::new(nginx).args(["-t", "-p", &folder, "-c", &text(&shop.path("test.conf"))]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}
