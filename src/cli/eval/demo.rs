//! `twinlens eval demo`: short queries in five languages over the demo shop.

use super::Arguments;
use crate::merchant::evaluation::{DEMO, DEMO_ENCODERS, demo};
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let folder = arguments.data.clone().or_else(|| nearest("www/demo/catalogue", |folder| folder.is_dir()));
    let none =
        || Error::io("looking for the demo shop", "--data or a folder www/demo/catalogue here or above", "none", ".");
    let models = Models::find(arguments.models.as_deref())?;
    let device = crate::cli::open(&arguments.device)?;
    let own = DEMO_ENCODERS.map(String::from).to_vec();
    let encoders = if arguments.encoders.is_empty() { own } else { arguments.encoders.clone() };
    let found = demo(&folder.ok_or_else(none)?, &encoders, &models, &device)?;
    if json {
        crate::cli::print(&serde_json::json!({"profile": DEMO, "demo": found}).to_string());
        return Ok(());
    }
    crate::cli::print(&format!("{} queries over {} listings", found.queries, found.listings));
    for row in &found.rows {
        let (one, five) = (super::interval(row.recall_at_1), super::interval(row.recall_at_5));
        crate::cli::print(&format!("{:44}  {one}  {five}", row.name));
    }
    found.missed.iter().for_each(|[way, query]| crate::cli::print(&format!("  {way} misses {query}")));
    Ok(())
}
