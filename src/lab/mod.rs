//! The lab (feature `lab`): float reference models on Burn, from standard checkpoints, and their way to a pack.
//!
//! Nothing here runs in the browser: a model that is loaded or trained here leaves as a [`FloatEncoder`](crate::pack::import::float::FloatEncoder), which becomes a
//! pack for our own kernels.

pub mod checkpoint;
pub mod export;
pub mod families;
pub mod foreground;
pub mod graph;
pub mod models;
pub mod research;
pub mod train;
