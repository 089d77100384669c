//! What a catalogue may hold at most. Sizes that a manifest states are checked against these before memory is asked for.

/// Bytes of `catalogue.json`: enough for some 18,000 shards.
pub const MAX_MANIFEST_BYTES: u64 = 4 << 20;
/// Bytes of one shard or one projection.
pub const MAX_FILE_BYTES: u64 = 128 << 20;
/// Bytes of all shards and projections together: what a WebAssembly module can address.
pub const MAX_CATALOGUE_BYTES: u64 = 4 << 30;
/// Listings of one shard.
pub const MAX_SHARD_LISTINGS: u64 = 1 << 16;
/// Listings of all shards together.
pub const MAX_LISTINGS: u64 = 1 << 24;
/// Encoders whose vectors a catalogue holds.
pub const MAX_ENCODERS: usize = 16;
/// Length of a vector.
pub const MAX_DIMENSION: u32 = 8_192;
