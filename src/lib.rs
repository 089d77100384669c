//! Twinlens: which product in this shop is it, or does the shop not have it?
//!
//! A photo and a title go in; *Match*, *Unsure* or *No-Match* comes out, with the reasons. The modules below stand in
//! the order in which the data passes them; each may use those above it, never those below (`ARCHITECTURE.md`):
//!
//! ```text
//! photo bytes ─ photo ─ encoder::image ─┐
//!                                       ├─ search over the catalogue's shards ─ matching ─ decision
//! title ─────── title ─ encoder::text ──┘
//! ```
//!
//! Encoders are [`pack`]s; a pack becomes a plan of [`kernels`], which an [`engine`] runs on the GPU or the CPU.

#![deny(unsafe_op_in_unsafe_fn)]

pub mod digest;
pub mod error;

pub mod photo;
pub mod title;

pub mod encoder;
pub mod engine;
pub mod kernels;
pub mod pack;

pub mod fusion;

pub mod catalogue;
pub mod matching;
pub mod search;

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
pub mod merchant;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use error::{Error, Result};
