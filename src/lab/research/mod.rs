//! The comparison: the rows of the research that the project grew from, over the same queries and candidates.
//!
//! Every row is tested on groups of products that nothing was trained on, by the split that training itself makes.

mod cache;
mod category;
mod context;
mod descriptions;
mod figures;
mod float;
mod in_float;
mod loss;
mod measure;
mod prepared;
mod rows;
mod session;
mod tasks;
mod titles;
mod trained;
mod vectors;
mod weights;
mod whole;

use std::path::PathBuf;

use serde::Serialize;

pub use figures::figures;
pub use measure::{Folds, Measured, Pairs};
pub use rows::{ROWS, check_patterns};
pub use session::run;
pub use tasks::Shape;
pub use weights::Files;

use crate::merchant::models::Models;

/// What is run, and where things lie.
pub struct Options {
    /// Folder of the data sets.
    pub data: PathBuf,
    /// Kaggle's Shopee folder.
    pub shopee: Option<PathBuf>,
    pub models: Models,
    pub weights: Files,
    /// Folder of the float weights that recipes fine-tune.
    pub checkpoints: Option<PathBuf>,
    /// Folder of results, from which a run that was interrupted goes on.
    pub cache: PathBuf,
    /// Parts of keys of the rows that are run; all where there are none. Other rows are shown as far as they are kept.
    pub only: Vec<String>,
    /// Whether rows that are not trained yet are left out.
    pub quick: bool,
    /// Whether trained rows have a K-fold score.
    pub folds: bool,
}

/// The whole table.
#[derive(Debug, Clone, Serialize)]
pub struct Research {
    pub tasks: Vec<Shape>,
    pub rows: Vec<RowReport>,
    /// Data sets that are not there.
    pub skipped: Vec<String>,
    pub seconds: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct RowReport {
    pub key: String,
    pub name: String,
    /// Whether it is a trained row.
    pub is_trained: bool,
    pub cells: Vec<Cell>,
}

/// A row in a task.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    pub task: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// Why it is not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What is going on.
pub enum News<'n> {
    /// A step begins: what it does, and of how many parts it is.
    Step(&'n str, usize),
    Advance(usize),
    /// A line about training.
    Training(String),
    /// A row is done.
    Row(&'n RowReport),
}
