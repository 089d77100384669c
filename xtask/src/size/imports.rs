//! Which files a page or a module loads by itself, before anything is done with it: what they import statically, and what these
//! import.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// The page and all that it loads at once: its modules, styles and icon.
pub fn of_page(page: &Path) -> Result<BTreeSet<PathBuf>> {
    let html = fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let mut files = BTreeSet::from([page.to_path_buf()]);
    for reference in references(&html) {
        follow(beside(page, &reference), &mut files)?;
    }
    Ok(files)
}

/// The module and all that it imports statically.
pub fn of_module(module: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    follow(module.to_path_buf(), &mut files)?;
    Ok(files)
}

fn follow(path: PathBuf, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    if !files.insert(path.clone()) {
        return Ok(());
    }
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    let read = || {
        fs::read_to_string(&path).with_context(|| format!("cannot read {}, which is loaded at once", path.display()))
    };
    let imported = match kind {
        "js" => static_imports(&read()?),
        "css" => css_imports(&read()?),
        _ => Vec::new(),
    };
    for reference in imported {
        follow(beside(&path, &reference), files)?;
    }
    Ok(())
}

/// `reference` as `file` means it.
fn beside(file: &Path, reference: &str) -> PathBuf {
    let mut path = file.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in Path::new(reference).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}

/// What the scripts and links of a page name, other sites left out.
fn references(html: &str) -> Vec<String> {
    let tags = html.split('<').filter(|tag| tag.starts_with("script") || tag.starts_with("link"));
    let value = |tag: &str| {
        let (_, after) = tag.split_once(" src=\"").or_else(|| tag.split_once(" href=\""))?;
        Some(after.split_once('"')?.0.to_string())
    };
    let is_own = |reference: &String| !reference.contains(':') && !reference.ends_with(".webmanifest");
    tags.filter_map(value).filter(is_own).collect()
}

/// The modules of `import` and `export … from` statements, and of an `import()` that the module runs at once,
/// which begins its line; not of others.
fn static_imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let is_statement = [
            "import ",
            "import{",
            "import'",
            "import\"",
            "export {",
            "export{",
            "export *",
            "await import(",
            "void import(",
        ]
        .iter()
        .any(|start| line.starts_with(start));
        if !is_statement {
            rest = after;
            continue;
        }
        let end = rest.find(';').unwrap_or(rest.len());
        let statement = &rest[..end];
        let named = statement.rsplit_once("from").map_or(statement, |(_, module)| module);
        let module = named.trim_start_matches("await ").trim_start_matches("void ").trim_start_matches("import");
        let module = module.trim().trim_matches(['(', ')', '\'', '"']);
        if module.starts_with('.') {
            found.push(module.to_string());
        }
        rest = rest.get(end + 1..).unwrap_or_default();
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    found
}

fn css_imports(source: &str) -> Vec<String> {
    let imports = source.lines().filter_map(|line| line.trim().strip_prefix("@import"));
    imports.filter_map(|rest| Some(rest.split(['"', '\'']).nth(1)?.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_imports_are_followed_and_dynamic_ones_are_not() {
        let source = "// import './comment.js';\nimport { a } from './a.js';\nimport './b.js';\nimport {\n  c,\n} from \"../c.js\";\n\
            export * from './d.js';\n/** @type {import('./type.js').T} */\nconst later = () => import('./later.js');\nexport { x };\nawait import('./e.js');\nvoid import('./f.js');\n";
        assert_eq!(static_imports(source), ["./a.js", "./b.js", "../c.js", "./d.js", "./e.js", "./f.js"]);
    }

    #[test]
    fn a_page_loads_its_scripts_styles_and_icon() {
        let html = "<link rel=\"icon\" href=\"i.svg\"><link rel=\"manifest\" href=\"m.webmanifest\"><script type=\"module\" src=\"./p.js\"></script>\
            <script src=\"https://other/x.js\"></script><a href=\"page.html\">";
        assert_eq!(references(html), ["i.svg", "./p.js"]);
        assert_eq!(beside(Path::new("www/search/a.js"), "../lang/en.js"), Path::new("www/lang/en.js"));
    }
}
