//! The page of a site, made of `www/index.html`: its own files are taken from the runtime's folder, what belongs to the demo is left
//! out, and the shop's name, language and colours are put in.

use super::headers::{CATALOGUE, MODELS};
use super::shop::Shop;
use crate::{Error, Result};

/// What stands between these is the demo's alone.
const DEMO: (&str, &str) = ("<!-- demo -->", "<!-- /demo -->");
/// The demo's sample photos.
const SAMPLES: (&str, &str) = ("<script type=\"application/json\" id=\"samples\">", "</script>");

/// The page, for a runtime in that folder. `is_there` says whether the runtime has a file.
///
/// An error where the page has no head or a part of the demo does not end.
pub fn page(html: &str, runtime: &str, shop: &Shop, is_there: impl Fn(&str) -> bool) -> Result<String> {
    let mut page = without_demo(html)?;
    for attribute in ["src", "href"] {
        page = each_value(&page, attribute, |value| {
            is_there(value.trim_start_matches("./")).then(|| format!("{runtime}/{}", value.trim_start_matches("./")))
        });
    }
    if let Some(language) = &shop.language {
        page = with_attribute(&page, "html", "lang", language);
        page = with_attribute(&page, "twinlens-search", "lang", language);
    }
    if let Some(name) = &shop.name {
        page = with_text(&page, "title", name);
        page = with_text(&page, "h1", name);
    }
    if let Some(description) = &shop.description {
        page = with_description(&page, description);
    }
    if let Some(accent) = &shop.colours.accent {
        page = with_attribute(&page, "twinlens-search", "accent", accent);
    }
    page = with_attribute(&page, "twinlens-search", "catalogue", &format!("{CATALOGUE}/"));
    page = with_attribute(&page, "twinlens-search", "models", &format!("{MODELS}/"));
    let mut head = String::from("  <link rel=\"manifest\" href=\"manifest.webmanifest\">\n");
    if let Some(accent) = &shop.colours.accent {
        head.push_str(&format!("  <meta name=\"theme-color\" content=\"{}\">\n", escape(accent)));
    }
    let end = page.find("</head>").ok_or_else(|| other("a head that ends with </head>"))?;
    page.insert_str(end, &head);
    Ok(page)
}

fn other(expected: &str) -> Error {
    Error::io("reading the page", expected, "another page", "index.html")
}

/// Text as HTML has it, in an attribute too.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn without_demo(html: &str) -> Result<String> {
    let marked = without(html, DEMO.0, DEMO.1).ok_or_else(|| other("<!-- /demo --> after each <!-- demo -->"))?;
    without(&marked, SAMPLES.0, SAMPLES.1).ok_or_else(|| other("</script> after the samples"))
}

/// The page without what lies between `start` and `end`, and without these; `None` where one does not end.
fn without(html: &str, start: &str, end: &str) -> Option<String> {
    let mut left = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(start) {
        left.push_str(before);
        rest = after.split_once(end)?.1;
    }
    left.push_str(rest);
    Some(left)
}

/// The page with other values of an attribute, where `change` gives one.
fn each_value(html: &str, attribute: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let opening = format!(" {attribute}=\"");
    let mut changed = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(&opening) {
        let Some((value, after)) = after.split_once('"') else { break };
        changed.push_str(before);
        changed.push_str(&opening);
        changed.push_str(&change(value).unwrap_or_else(|| value.into()));
        changed.push('"');
        rest = after;
    }
    changed.push_str(rest);
    changed
}

/// The first opening tag of that name: where its attributes begin and end.
fn opening_tag(html: &str, tag: &str) -> Option<(usize, usize)> {
    let opening = format!("<{tag}");
    let is_whole = |at: &usize| html[at + opening.len()..].starts_with(|c: char| c == '>' || c.is_ascii_whitespace());
    let at = html.match_indices(&opening).map(|(at, _)| at).find(is_whole)?;
    let start = at + opening.len();
    Some((start, start + html[start..].find('>')?))
}

/// The first element of that name with an attribute, in the place of the one that it has. A page without such an element stays as it is.
fn with_attribute(html: &str, tag: &str, name: &str, value: &str) -> String {
    let Some((start, end)) = opening_tag(html, tag) else { return html.into() };
    let attributes = &html[start..end];
    let opening = format!(" {name}=\"");
    let kept = match attributes.split_once(&opening) {
        Some((before, after)) => format!("{before}{}", after.split_once('"').map_or("", |(_, after)| after)),
        None => attributes.to_string(),
    };
    format!("{} {name}=\"{}\"{kept}{}", &html[..start], escape(value), &html[end..])
}

/// The first element of that name with a text, in the place of what is in it.
fn with_text(html: &str, tag: &str, text: &str) -> String {
    let closing = format!("</{tag}>");
    let found = opening_tag(html, tag).and_then(|(_, end)| Some((end + 1, end + html[end..].find(&closing)?)));
    let Some((start, end)) = found else { return html.into() };
    format!("{}{}{}", &html[..start], escape(text), &html[end..])
}

fn with_description(html: &str, text: &str) -> String {
    let opening = "<meta name=\"description\" content=\"";
    let Some((before, after)) = html.split_once(opening) else { return html.into() };
    let after = after.split_once('"').map_or("", |(_, after)| after);
    format!("{before}{opening}{}\"{after}", escape(text))
}

#[cfg(test)]
mod tests {
    use super::super::shop::Colours;
    use super::*;

    const PAGE: &str = "<html lang=\"en\">\n<head>\n<meta name=\"description\" content=\"Find it.\">\n<title>Twinlens</title>\n\
        <link rel=\"icon\" href=\"favicon.svg\">\n<script type=\"module\" src=\"./page.js\"></script>\n</head>\n\
        <body><h1>Twinlens</h1><twinlens-search catalogue=\"demo/catalogue/\" id=\"search\"></twinlens-search>\
        <!-- demo --><a href=\"demo/README.md\">Samples</a><!-- /demo --><a href=\"https://example.com/page.js\">x</a></body></html>";

    fn made(shop: &Shop) -> String {
        page(PAGE, "twinlens-0", shop, |file| ["favicon.svg", "page.js"].contains(&file)).unwrap()
    }

    #[test]
    fn own_files_come_from_the_runtime_and_others_stay() {
        let page = made(&Shop::default());
        for part in [
            "href=\"twinlens-0/favicon.svg\"",
            "src=\"twinlens-0/page.js\"",
            "href=\"https://example.com/page.js\"",
            "manifest.webmanifest",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn nothing_of_the_demo_is_published() {
        let page = made(&Shop::default());
        assert!(
            !page.contains("demo")
                && page.contains("<twinlens-search models=\"models/\" catalogue=\"catalogue/\" id=\"search\">"),
            "{page}"
        );
        assert!(super::page("<head></head><!-- demo -->", "r", &Shop::default(), |_| false).is_err());
    }

    #[test]
    fn the_shop_s_name_is_text_whatever_it_holds() {
        let name = Some("Tea & <script>alert('x')</script> \"Co\"".to_string());
        let colours = Colours { accent: Some("#0a7d55".into()), background: None };
        let page =
            made(&Shop { name, language: Some("de".into()), description: Some("Tea, \"quickly\".".into()), colours });
        assert!(!page.contains("<script>alert"), "{page}");
        for part in [
            "<title>Tea &amp; &lt;script&gt;",
            "<h1>Tea &amp;",
            "<html lang=\"de\">",
            "accent=\"#0a7d55\"",
            "content=\"Tea, &quot;quickly&quot;.\"",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }
}
