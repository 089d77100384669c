//! The sections of picture files and of bar codes; `None` where the files were not there.

use serde_json::Value;

use super::shown;

/// Picture files that did not come out as wanted.
pub fn cases(found: Option<&Value>) -> String {
    let mut text = String::from("\n## Picture files\n\n```sh\ntwinlens eval photos\n```\n\n");
    let Some(found) = found.map(|found| &found["photos"]) else {
        text.push_str("Skipped: the files were not there.\n");
        return text;
    };
    let wrong = found["wrong"].as_array().map(Vec::as_slice).unwrap_or_default();
    let share = shown(&found["read"]);
    text.push_str(&format!(
        "{} files of the kinds that phones, scanners and shops make, or what is taken for such: each is to be read like the \
         picture that it shows, or refused by name. As wanted: {share}.\n",
        found["cases"]
    ));
    if !wrong.is_empty() {
        text.push_str("\n| not as wanted | expected | found |\n|---|---|---|\n");
    }
    for case in wrong {
        let cell = |key: &str| case[key].as_str().unwrap_or_default().replace('|', "\\|");
        text.push_str(&format!("| {} | {} | {} |\n", cell("kind"), cell("expected"), cell("found")));
    }
    text
}

/// Pictures of bar codes.
pub fn barcodes(found: Option<&Value>) -> String {
    let mut text = String::from("\n## Bar codes\n\n```sh\ntwinlens eval barcode\n```\n\n");
    let Some(found) = found.map(|found| &found["barcodes"]) else {
        text.push_str("Skipped: the pictures were not there.\n");
        return text;
    };
    text.push_str(&format!(
        "{} phone pictures of EAN-13, EAN-8 and UPC-A codes, most of 240 × 240 pixels and some out of focus (test pictures of \
         ZXing). {} are read, and in {} another code than the one in the picture.\n",
        found["pictures"], found["right"], found["wrong"]
    ));
    text
}
