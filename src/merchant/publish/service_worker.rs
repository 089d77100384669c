//! The service worker of a site: the one of www with the list of the shell's files and a version of them.

use serde_json::{Value, json};

use crate::digest::sha256_hex;
use crate::{Error, Result};

/// With what the template begins.
const DECLARATION: &str = "const SHELL = ";

/// The service worker whose template is `template`, for files by path and SHA-256, of which all belong to one version.
///
/// An error where the template does not begin with the declaration that is replaced.
pub fn service_worker(template: &str, files: &[(String, String)]) -> Result<String> {
    let Some((_, rest)) = template.split_once('\n').filter(|(first, _)| first.starts_with(DECLARATION)) else {
        let found = template.lines().next().unwrap_or_default();
        return Err(Error::io(
            "reading the service worker",
            format!("a first line {DECLARATION}…"),
            found,
            "service-worker.js",
        ));
    };
    let parts: Vec<String> = files.iter().map(|(path, sha256)| format!("{path} {sha256}")).collect();
    let version = &sha256_hex(parts.join("\n").as_bytes())[..12];
    let files: Vec<Value> = files.iter().map(|(path, sha256)| json!({ "file": path, "sha256": sha256 })).collect();
    Ok(format!("{DECLARATION}{};\n{rest}", json!({ "version": version, "files": files })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_changes_with_every_file() {
        let template = "const SHELL = { version: \"development\", files: [] };\nself.x = SHELL;\n";
        let of = |sha256: &str| service_worker(template, &[("./".into(), sha256.into())]).unwrap();
        assert!(
            of("a").starts_with("const SHELL = {\"files\":[{\"file\":\"./\",\"sha256\":\"a\"}],\"version\":\"")
                && of("a").ends_with(";\nself.x = SHELL;\n")
        );
        assert_ne!(of("a"), of("b"));
        assert!(service_worker("// nothing", &[]).is_err());
    }
}
