//! Twinlens: which product in this shop is it, or does the shop not have it?
//!
//! A photo and a title go in; *Match*, *Unsure* or *No-Match* comes out, with the reasons:
//!
//! ```text
//! photo bytes ─ photo ─ encoder::image ─┐
//!                                       ├─ search over the catalogue's shards ─ matching ─ decision
//! title ─────── title ─ encoder::text ──┘
//! ```
//!
//! Encoders are [`pack`]s; a pack becomes a plan of [`kernels`], which an [`engine`] runs on the GPU or the CPU.
//!
//! Modules import in one direction: the faces (`cli`, natively, and `web`, in WebAssembly) from [`matching`], that from
//! [`search`], [`fusion`] and [`catalogue`], and on to [`encoder`], [`engine`], [`pack`] and [`kernels`]. `merchant` is what
//! runs natively only: building, learning, pairing and evaluation; of the rest only the command line imports from it
//! (`ARCHITECTURE.md`).

#![deny(unsafe_op_in_unsafe_fn)]

pub mod digest;
pub mod error;
mod sort;

pub mod photo;
pub mod title;

pub mod kernels;

pub mod pack;

pub mod engine;

pub mod encoder;

pub mod catalogue;
pub mod search;

pub mod fusion;
pub mod matching;

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(all(feature = "lab", not(target_arch = "wasm32")))]
pub mod lab;
#[cfg(not(target_arch = "wasm32"))]
pub mod merchant;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use error::{Error, Result};
