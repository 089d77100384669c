//! What `twinlens publish` writes, and how a second run replaces it.

use std::collections::BTreeSet;
use std::io::Read;

use crate::support::site::{RUNTIME, arguments, files, publish, read, record, runtime, shop};
use crate::support::{one_clear_line, outcome, refused, sha256, text, twinlens};
use serde_json::Value;

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
    let expected = RUNTIME.iter().map(|file| format!("{runtime}/{file}")).chain(others.map(String::from)).collect();
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
        for secret in ["7411740213", "SECRET", "OTHER"] {
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
    shop.write("shop.toml", b"language = \"fr-CA\"\n");
    let refusal = refused(&arguments(&shop, &["--shop", &text(&shop.path("shop.toml"))]));
    refusal.says(&["language", "de, en", "fr-CA"]);
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
fn files_that_others_put_into_the_site_stay() {
    let shop = shop();
    publish(&shop, &[]);
    shop.write("site/CNAME", b"shop.example\n");
    shop.write("www/page.js", b"// changed");
    publish(&shop, &[]);
    assert_eq!(read(&shop, "CNAME"), "shop.example\n");
}

#[test]
fn no_file_of_another_hand_is_overwritten() {
    let shop = shop();
    std::fs::create_dir(shop.path("site")).unwrap();
    for file in ["index.html", ".htaccess", "_headers", "nginx.conf", "twinlens.js", "index.html.gz"] {
        shop.write(&format!("site/{file}"), b"another's");
        refused(&arguments(&shop, &[])).says(&[file, "another hand", "site.json", "move this one away"]);
        assert_eq!(read(&shop, file), "another's");
        std::fs::remove_file(shop.path("site").join(file)).unwrap();
    }
    assert!(!shop.path("site.work").exists());
    std::fs::create_dir(shop.path("site/models")).unwrap();
    shop.write("site/models/tiny-title.safetensors", b"another's");
    refused(&arguments(&shop, &[])).says(&["tiny-title.safetensors", "another hand"]);
    assert_eq!(files(&shop).len(), 1);
}

#[test]
fn a_site_whose_record_was_lost_is_published_again_where_nothing_would_change() {
    let shop = shop();
    publish(&shop, &[]);
    std::fs::remove_file(shop.path("site/site.json")).unwrap();
    publish(&shop, &[]);
    std::fs::remove_file(shop.path("site/site.json")).unwrap();
    shop.write("www/page.js", b"// changed");
    refused(&arguments(&shop, &[])).says(&["another hand", "site.json"]);
}

#[test]
fn what_is_not_to_be_uploaded_is_never_built_inside_the_site() {
    let shop = shop();
    std::fs::create_dir(shop.path("site")).unwrap();
    let site = text(&shop.path("site"));
    let within = [format!("{site}/.work"), site.clone(), format!("{site}/../site/a/.."), format!("{site}/.")];
    for work in within {
        refused(&arguments(&shop, &["--work", &work])).says(&["work", "--out", "not to be uploaded"]);
    }
    for out in [".", "..", "../site"] {
        let mut arguments = arguments(&shop, &[]);
        let at = arguments.iter().position(|argument| *argument == site).unwrap();
        arguments[at] = out.into();
        if out == "../site" {
            arguments.extend(["--work".into(), ".".into()]);
        }
        let mut command = twinlens(&arguments);
        command.current_dir(shop.path("site"));
        let line = one_clear_line(&outcome(command));
        assert!(line.contains("work") && line.contains("not to be uploaded"), "{line}");
    }
    assert!(files(&shop).is_empty() && !shop.path("site.work").exists() && !shop.path(".work").exists());
}

#[test]
fn what_a_killed_run_left_behind_is_removed_and_files_of_others_are_not() {
    let shop = shop();
    publish(&shop, &[]);
    for folder in ["twinlens-0123456789ab/pkg", "own"] {
        std::fs::create_dir_all(shop.path("site").join(folder)).unwrap();
    }
    let left = [".twinlens-a", "catalogue/.twinlens-b", "models/.twinlens-c", "twinlens-0123456789ab/pkg/.twinlens-d"];
    for file in left.iter().chain(&["own/.twinlens-e"]) {
        shop.write(&format!("site/{file}"), b"half a file");
    }
    publish(&shop, &[]);
    let found = files(&shop);
    assert!(left.iter().all(|file| !found.contains(*file)), "{found:?}");
    assert!(found.contains("own/.twinlens-e") && !shop.path("site/twinlens-0123456789ab").exists());
}
