//! What a web server says beside each file of a published site: one list, from which the files for servers are written and by
//! which `twinlens serve` answers.

/// What pages and workers may do: nothing leaves this origin.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; script-src 'self' 'wasm-unsafe-eval'; \
     worker-src 'self'; connect-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// Asked for again at every load: it costs one conditional request.
pub const NO_CACHE: &str = "no-cache";
/// The name, or the query that it is asked with, changes with what is in it.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Of what is no file.
pub const NO_STORE: &str = "no-store";

/// Beside every file. Pages of other origins may read what is published, as a shop's page does that stands elsewhere.
pub const ALWAYS: [(&str, &str); 5] = [
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
];

/// Types by the ending of a name, for servers that do not know them.
pub const TYPES: [(&str, &str); 9] = [
    ("css", "text/css"),
    ("html", "text/html"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("safetensors", "application/octet-stream"),
    ("svg", "image/svg+xml"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
];

/// With what the name of the runtime's folder begins; a hash of what is in it follows.
pub const RUNTIME_PREFIX: &str = "twinlens-";
/// The folder of packs.
pub const MODELS: &str = "models";
/// The folder of the catalogue.
pub const CATALOGUE: &str = "catalogue";

/// What names what never changes under it: below the runtime's folder, packs, and what is in the catalogue beside its manifest.
/// Patterns as `_headers` has them, with one star at the end.
const NEVER_CHANGES: [&str; 5] =
    ["twinlens-*", "models/*", "catalogue/shard-*", "catalogue/projection-*", "catalogue/pictures-*"];

/// How long a file may be kept; `path` is relative to the site.
pub fn cache_control(path: &str) -> &'static str {
    let is_below = |pattern: &&str| -> bool {
        let start = pattern.trim_end_matches('*');
        // The entry modules twinlens-search.js and twinlens.js are no folder of a runtime.
        path.starts_with(start) && (start != RUNTIME_PREFIX || path.contains('/'))
    };
    if NEVER_CHANGES.iter().any(is_below) { IMMUTABLE } else { NO_CACHE }
}

/// The type of a file, by the ending of its name.
pub fn content_type(path: &str) -> Option<&'static str> {
    let ending = path.rsplit_once('.')?.1;
    TYPES.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind)
}

/// `_headers`, which Netlify, Cloudflare Pages and others read. Rules that overlap would be joined there, so no two name a field twice.
pub fn underscore_headers(base: &str, entries: &[&str], runtimes: &[String]) -> String {
    let mut text = format!("{base}*\n");
    ALWAYS.iter().for_each(|(name, value)| text.push_str(&format!("  {name}: {value}\n")));
    let mut rule = |path: String, value: &str| text.push_str(&format!("{base}{path}\n  Cache-Control: {value}\n"));
    entries.iter().for_each(|entry| rule(entry.to_string(), NO_CACHE));
    runtimes.iter().for_each(|runtime| rule(format!("{runtime}/*"), IMMUTABLE));
    NEVER_CHANGES[1..].iter().for_each(|pattern| rule(pattern.to_string(), IMMUTABLE));
    for (ending, kind) in TYPES.iter().filter(|(ending, _)| matches!(*ending, "wasm" | "webmanifest")) {
        text.push_str(&format!("{base}*.{ending}\n  Content-Type: {kind}\n"));
    }
    text
}

/// `nginx.conf`: to be included in a `server` block, whose root holds the site at its base.
pub fn nginx(base: &str) -> String {
    // How long a file may be kept is said of files alone: a 404 that is kept for a year would hide the file that comes.
    let fields = |cache: &str, indent: &str| {
        let always = ALWAYS.iter().map(|(name, value)| format!("{indent}add_header {name} \"{value}\" always;\n"));
        always.chain([format!("{indent}add_header Cache-Control \"{cache}\";\n")]).collect::<String>()
    };
    let types: String = TYPES.iter().map(|(ending, kind)| format!("        {kind} {ending};\n")).collect();
    let never: Vec<String> =
        NEVER_CHANGES[1..].iter().map(|pattern| pattern.trim_end_matches('*').to_string()).collect();
    let escaped = escape(base);
    format!(
        "# In the server block whose root holds this site at {base}:\n\
         #     include /path/to/this/nginx.conf;\n\
         location {base} {{\n\
         \x20   types {{\n{types}    }}\n\
         \x20   charset utf-8;\n\
         \x20   charset_types text/css text/javascript;\n\
         \x20   gzip_static on;\n\
         \x20   gzip_vary on;\n\
         \x20   # With the module ngx_brotli:\n\
         \x20   # brotli_static on;\n\
         {}\
         \x20   location ~ ^{escaped}(twinlens-[0-9a-f]+/|{}) {{\n\
         {}\
         \x20   }}\n\
         }}\n",
        fields(NO_CACHE, "    "),
        never.join("|"),
        fields(IMMUTABLE, "        "),
    )
}

/// `.htaccess`, which Apache reads where `AllowOverride FileInfo` lets it.
pub fn htaccess(base: &str) -> String {
    let mut text = String::from("<IfModule mod_mime.c>\n");
    TYPES.iter().for_each(|(ending, kind)| text.push_str(&format!("  AddType {kind} .{ending}\n")));
    text.push_str("  AddDefaultCharset utf-8\n</IfModule>\n<IfModule mod_headers.c>\n");
    ALWAYS.iter().for_each(|(name, value)| text.push_str(&format!("  Header always set {name} \"{value}\"\n")));
    // Without `always`, which would say it of errors too: a 404 that is kept for a year would hide the file that comes.
    text.push_str(&format!("  Header set Cache-Control \"{NO_CACHE}\"\n  Header merge Vary Accept-Encoding\n"));
    let never: Vec<&str> = NEVER_CHANGES[1..].iter().map(|pattern| pattern.trim_end_matches('*')).collect();
    text.push_str(&format!(
        "  <If \"%{{REQUEST_URI}} =~ m#^{}(twinlens-[0-9a-f]+/|{})#\">\n    Header set Cache-Control \"{IMMUTABLE}\"\n  </If>\n</IfModule>\n",
        escape(base),
        never.join("|")
    ));
    text.push_str("<IfModule mod_rewrite.c>\n  RewriteEngine On\n");
    // A part of a file is a part of what is stored, so who asks for one gets the file itself.
    for (ending, coding) in [("br", "br"), ("gz", "gzip")] {
        text.push_str(&format!(
            "  RewriteCond %{{HTTP:Range}} ^$\n  RewriteCond %{{HTTP:Accept-Encoding}} \\b{coding}\\b\n  RewriteCond %{{REQUEST_FILENAME}}.{ending} -f\n  RewriteRule ^(.+)$ $1.{ending} [END,E=twinlens_coding:{coding}]\n"
        ));
    }
    text.push_str("</IfModule>\n");
    for (ending, kind) in TYPES {
        text.push_str(&format!("<FilesMatch \"\\.{ending}\\.(br|gz)$\">\n  ForceType {kind}\n</FilesMatch>\n"));
    }
    for (ending, coding) in [("br", "br"), ("gz", "gzip")] {
        text.push_str(&format!(
            "<FilesMatch \"\\.{ending}$\">\n  <IfModule mod_mime.c>\n    RemoveEncoding .{ending}\n    RemoveType .{ending}\n    RemoveLanguage .{ending}\n  </IfModule>\n  <IfModule mod_headers.c>\n    Header set Content-Encoding {coding}\n  </IfModule>\n</FilesMatch>\n"
        ));
    }
    text
}

/// A base for a regular expression: of what [`base`](super::base) lets through, a dot alone means something there.
fn escape(base: &str) -> String {
    base.replace('.', "\\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_by_its_content_is_kept_and_what_is_not_is_asked_for_again() {
        for path in [
            "twinlens-0123456789ab/worker.js",
            "models/minilm.safetensors",
            "catalogue/shard-0000-0123456789ab.safetensors",
        ] {
            assert_eq!(cache_control(path), IMMUTABLE, "{path}");
        }
        for path in
            ["", "index.html", "catalogue/catalogue.json", "service-worker.js", "twinlens-search.js", "twinlens.js"]
        {
            assert_eq!(cache_control(path), NO_CACHE, "{path}");
        }
    }

    #[test]
    fn no_two_rules_of_underscore_headers_state_how_long_one_file_is_kept() {
        let text = underscore_headers("/shop/", &["", "index.html"], &["twinlens-0123456789ab".into()]);
        let rules: Vec<&str> = text.lines().filter(|line| line.starts_with('/')).collect();
        let star =
            |rule: &str, path: &str| rule.strip_suffix('*').map_or(rule == path, |start| path.starts_with(start));
        for path in
            ["/shop/", "/shop/index.html", "/shop/models/minilm.safetensors", "/shop/twinlens-0123456789ab/worker.js"]
        {
            let matching = rules.iter().filter(|rule| star(rule, path) && **rule != "/shop/*").count();
            assert_eq!(matching, 1, "{path} in {text}");
        }
    }

    #[test]
    fn nothing_is_said_of_errors_for_how_long_they_are_kept() {
        for text in [nginx("/shop/"), htaccess("/shop/")] {
            let lines: Vec<&str> = text.lines().filter(|line| line.contains("Cache-Control")).collect();
            assert_eq!(lines.len(), 2, "{text}");
            assert!(lines.iter().all(|line| !line.contains("always")), "{lines:?}");
        }
    }

    #[test]
    fn what_never_changes_is_told_apart_below_the_base_alone() {
        let rule = "m#^/models/v1\\.2/(twinlens-[0-9a-f]+/|models/|catalogue/shard-|";
        assert!(htaccess("/models/v1.2/").contains(rule));
        assert!(nginx("/models/v1.2/").contains(&rule[2..]));
    }
}
