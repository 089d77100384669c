//! What `twinlens serve`, nginx and Apache make of a published site.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::site::{publish, read, runtime, shop};
use crate::support::{Shop, refused, text};

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
        get(self.1, &format!("{}{path}", self.2), fields).unwrap()
    }
}

/// The same of any server.
fn get(port: u16, path: &str, fields: &str) -> std::io::Result<(u16, String, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}Connection: close\r\n\r\n")?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    let end = response.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&response[..end]).to_ascii_lowercase();
    Ok((head.split(' ').nth(1).unwrap().parse().unwrap(), head, response[end + 4..].to_vec()))
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
    shop.write("site/catalogue/merchant.json", b"{}");
    assert_eq!(server.get("catalogue/merchant.json", "").0, 404);
}

#[test]
fn serve_says_of_a_file_that_is_not_there_that_the_answer_is_not_kept() {
    let shop = shop();
    publish(&shop, &[]);
    let server = Server::start(&shop.path("site"));
    for path in ["catalogue/shard-x", "models/none.safetensors", "none.html"] {
        let (status, head, _) = server.get(path, "");
        assert_eq!(status, 404);
        assert!(head.contains("cache-control: no-store") && !head.contains("immutable"), "{head}");
    }
}

#[test]
fn serve_refuses_a_site_with_a_base_that_is_no_path() {
    let shop = shop();
    publish(&shop, &[]);
    let record = read(&shop, "site.json").replace("\"base\": \"/\"", "\"base\": \"/{*x}/\"");
    shop.write("site/site.json", record.as_bytes());
    refused(&["serve", &text(&shop.path("site")), "--port", "0"]).says(&["{*x}", "site.json"]);
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

/// A port that nothing listened on a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asserts what a server in the foreground says of files that are kept, are asked for again, and are not there.
fn serves_by_its_file(command: &mut Command, port: u16, shop: &Shop, base: &str) {
    let server = Server(command.stdout(Stdio::null()).spawn().unwrap(), port, base.into());
    let is_up = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        get(port, "/", "").is_ok()
    });
    assert!(is_up, "{command:?} does not listen");
    let script = format!("{}/page.js", runtime(shop));
    for (path, status, cache) in [
        ("index.html", 200, Some("no-cache")),
        (&script, 200, Some("public, max-age=31536000, immutable")),
        ("models/tiny-title.safetensors", 200, Some("public, max-age=31536000, immutable")),
        ("catalogue/catalogue.json", 200, Some("no-cache")),
        ("catalogue/shard-x", 404, None),
        ("models/x.safetensors", 404, None),
    ] {
        for coding in ["", "Accept-Encoding: gzip\r\n"] {
            let (found, head, body) = server.get(path, coding);
            let line = head.lines().find_map(|line| line.strip_prefix("cache-control: "));
            assert_eq!((found, line), (status, cache), "{path}: {head}");
            assert!(head.contains("content-security-policy: default-src"), "{path}: {head}");
            if path == script {
                let ending = if coding.is_empty() { "" } else { ".gz" };
                assert_eq!(head.contains("content-encoding: gzip"), !coding.is_empty(), "{path}: {head}");
                assert!(head.contains("vary: accept-encoding"), "{path}: {head}");
                assert_eq!(body, std::fs::read(shop.path("site").join(format!("{script}{ending}"))).unwrap());
            }
        }
    }
}

#[test]
fn nginx_serves_a_site_by_its_file() {
    let Some(nginx) = program("nginx") else { return };
    for base in ["/shop/", "/models/"] {
        let shop = shop();
        publish(&shop, &["--base", base]);
        let (folder, port) = (text(&shop.path("")), free_port());
        let include = text(&shop.path("site/nginx.conf"));
        let root = shop.path("root");
        std::fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink(shop.path("site"), root.join(base.trim_matches('/'))).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {folder}/{kind}; "))
            .concat();
        let configuration = format!(
            "user root;\ndaemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n\
             http {{ {temporary}access_log off; server {{ listen 127.0.0.1:{port}; root {}; include {include}; }} }}\n",
            text(&root)
        );
        shop.write("test.conf", configuration.as_bytes());
        let mut command = Command::new(&nginx);
        command.args(["-p", &folder, "-c", &text(&shop.path("test.conf"))]);
        serves_by_its_file(&mut command, port, &shop, base);
    }
}

/// Where Debian and its like have Apache's modules.
const APACHE_MODULES: &str = "/usr/lib/apache2/modules";

#[test]
fn apache_serves_a_site_by_its_file() {
    let Some(apache) = program("apache2").filter(|_| Path::new(APACHE_MODULES).exists()) else { return };
    for base in ["/shop/", "/models/"] {
        let shop = shop();
        publish(&shop, &["--base", base]);
        let (folder, port) = (text(&shop.path("")), free_port());
        let modules: String = ["mpm_event", "authz_core", "headers", "mime", "rewrite", "dir"]
            .map(|name| format!("LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so\n"))
            .concat();
        shop.write("mime.types", b"");
        let configuration = format!(
            "ServerRoot {folder}\nPidFile {folder}/apache.pid\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nErrorLog /dev/stderr\n{modules}\
             TypesConfig {folder}/mime.types\nDocumentRoot {folder}/root\n<Directory />\n  AllowOverride FileInfo\n  Options FollowSymLinks\n  Require all granted\n</Directory>\n"
        );
        std::fs::create_dir(shop.path("root")).unwrap();
        std::os::unix::fs::symlink(shop.path("site"), shop.path("root").join(base.trim_matches('/'))).unwrap();
        shop.write("test.conf", configuration.as_bytes());
        let mut command = Command::new(&apache);
        command.args(["-DFOREGROUND", "-DONE_PROCESS", "-f", &text(&shop.path("test.conf"))]);
        serves_by_its_file(&mut command, port, &shop, base);
    }
}
