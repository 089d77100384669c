//! What `twinlens serve` and nginx make of a published site.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use support::site::{publish, read, runtime, shop};
use support::text;

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
