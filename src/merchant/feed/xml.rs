//! RSS, Atom and other XML feeds of products: each item's children are its fields.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::table::{Collector, Table};
use crate::{Error, Result};

/// Elements that hold one product each.
const ITEMS: [&str; 6] = ["item", "entry", "product", "offer", "listing", "shopitem"];
/// Attributes of an item or a field that are values themselves.
const ATTRIBUTES: [&str; 4] = ["id", "href", "url", "sku"];

/// Reads all items; `place` is the file's path, for messages. Tags of one letter's namespace (`g:price`) go by their local name.
pub fn read(text: &str, place: &str) -> Result<Table> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut collector = Collector::default();
    // Names of the open elements below the item.
    let mut path: Option<Vec<String>> = None;
    let mut content = String::new();
    let (mut line, mut counted) = (1_u64, 0_usize);
    let mut elements = 0_u64;
    loop {
        let event = reader.read_event();
        let at = (reader.buffer_position() as usize).min(text.len());
        line += text.as_bytes().get(counted..at).unwrap_or_default().iter().filter(|b| **b == b'\n').count() as u64;
        counted = counted.max(at);
        let event = event.map_err(|e| {
            Error::listings("XML in which every element ends", e.to_string(), format!("{place}, line {line}"))
        })?;
        match event {
            Event::Start(element) => {
                elements += 1;
                let name = local(&element);
                match &mut path {
                    None if ITEMS.contains(&name.as_str()) => {
                        collector.item(line);
                        attributes(&mut collector, "", &element);
                        path = Some(Vec::new());
                    }
                    None => {}
                    Some(path) => {
                        path.push(name);
                        attributes(&mut collector, &path.join(" "), &element);
                    }
                }
                content.clear();
            }
            Event::Empty(element) => {
                if let Some(path) = &path {
                    let mut path = path.clone();
                    path.push(local(&element));
                    attributes(&mut collector, &path.join(" "), &element);
                }
            }
            Event::Text(part) => content.push_str(&part),
            Event::CData(part) => content.push_str(&part),
            // Resolved with the title's markup; here only what XML itself defines.
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                match reference.resolve_char_ref().ok().flatten() {
                    Some(character) => content.push(character),
                    None => match quick_xml::escape::resolve_xml_entity(name) {
                        Some(text) => content.push_str(text),
                        None => content.push_str(&format!("&{name};")),
                    },
                }
            }
            Event::End(_) => match &mut path {
                Some(open) if open.is_empty() => path = None,
                Some(open) => {
                    if !content.trim().is_empty() {
                        collector.value(&open.join(" "), &content);
                    }
                    open.pop();
                    content.clear();
                }
                None => {}
            },
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
    if path.is_some() {
        let place = format!("{place}, line {line}");
        return Err(Error::listings("XML in which every element ends", "its end within an item", place));
    }
    let table = collector.table();
    if table.rows.is_empty() {
        let expected = format!("an element for each product ({})", ITEMS.join(", "));
        return Err(Error::listings(expected, format!("none among {elements} elements"), place));
    }
    Ok(table)
}

/// The name without its namespace, in lower case.
fn local(element: &BytesStart) -> String {
    element.local_name().as_ref().to_ascii_lowercase()
}

fn attributes(collector: &mut Collector, path: &str, element: &BytesStart) {
    // The link to the page itself: Atom has others for other ends.
    let relation = element.try_get_attribute("rel").ok().flatten();
    if relation.is_some_and(|relation| relation.value.as_ref() != "alternate") {
        return;
    }
    for attribute in element.attributes().flatten() {
        let name = attribute.key.local_name().as_ref().to_ascii_lowercase();
        if ATTRIBUTES.contains(&name.as_str()) {
            let value = quick_xml::escape::unescape(&attribute.value);
            let value = value.map_or_else(|_| attribute.value.to_string(), |text| text.into_owned());
            let key = if path.is_empty() { name.as_str() } else { path };
            collector.value(key, &value);
        }
    }
}
