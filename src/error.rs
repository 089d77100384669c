//! The library's one error type.

/// What went wrong: every message says what was expected, what was found and, last, where.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A photo that cannot be read as one still picture.
    #[error("photo: expected {expected}, found {found}")]
    Photo { expected: String, found: String },
    /// A title that has no text an encoder could read.
    #[error("title: expected {expected}, found {found}")]
    Title { expected: String, found: String },
    /// A query with neither lane.
    #[error("query: expected a photo, a title or both, found neither")]
    EmptyQuery,
    /// A query that needs an encoder which is still to be loaded.
    #[error("matcher: expected {expected}, found that it is still to be loaded")]
    NotReady { expected: String },
    /// An argument outside its range, or a name nobody knows.
    #[error("{argument}: expected {expected}, found {found}")]
    Argument { argument: String, expected: String, found: String },
    /// A pack or its tokenizer that is truncated, altered or of another version.
    #[error("pack: expected {expected}, found {found} in {place}")]
    Pack { expected: String, found: String, place: String },
    /// A shard that is truncated, altered or of another version.
    #[error("shard: expected {expected}, found {found} in {place}")]
    Shard { expected: String, found: String, place: String },
    /// A `catalogue.json` that does not describe what lies beside it.
    #[error("manifest: expected {expected}, found {found} in {place}")]
    Manifest { expected: String, found: String, place: String },
    /// A listings file that cannot be read as one.
    #[error("listings: expected {expected}, found {found} in {place}")]
    Listings { expected: String, found: String, place: String },
    /// No device of the kind that was asked for.
    #[error("device: expected {expected}, found {found}")]
    Device { expected: String, found: String },
    /// The GPU went away, or refused work it had accepted before.
    #[error("gpu: expected {expected}, found {found}")]
    Gpu { expected: String, found: String },
    /// A recipe with a key or a value that is not one.
    #[error("recipe: expected {expected}, found {found} in {place}")]
    Recipe { expected: String, found: String, place: String },
    /// Training that did not go on.
    #[error("training: expected {expected}, found {found} in {place}")]
    Training { expected: String, found: String, place: String },
    /// The file system or the network failed.
    #[error("{action}: expected {expected}, found {found} in {place}")]
    Io { action: &'static str, expected: String, found: String, place: String },
}

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stable name of the kind of error: `code` of the JavaScript error, `code` of the CLI's JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Photo { .. } => "bad-photo",
            Error::Title { .. } => "bad-title",
            Error::EmptyQuery => "empty-query",
            Error::NotReady { .. } => "not-ready",
            Error::Argument { .. } => "bad-argument",
            Error::Pack { .. } => "bad-pack",
            Error::Shard { .. } => "bad-shard",
            Error::Manifest { .. } => "bad-manifest",
            Error::Listings { .. } => "bad-listings",
            Error::Device { .. } => "no-device",
            Error::Gpu { .. } => "gpu-failed",
            Error::Recipe { .. } => "bad-recipe",
            Error::Training { .. } => "training-failed",
            Error::Io { .. } => "io",
        }
    }

    pub(crate) fn photo(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Error::Photo { expected: expected.into(), found: found.into() }
    }

    pub(crate) fn title(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Error::Title { expected: expected.into(), found: found.into() }
    }

    pub(crate) fn argument(argument: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Error::Argument { argument: argument.into(), expected: expected.into(), found: found.into() }
    }

    pub(crate) fn pack(expected: impl Into<String>, found: impl Into<String>, place: impl Into<String>) -> Self {
        Error::Pack { expected: expected.into(), found: found.into(), place: place.into() }
    }

    pub(crate) fn shard(expected: impl Into<String>, found: impl Into<String>, place: impl Into<String>) -> Self {
        Error::Shard { expected: expected.into(), found: found.into(), place: place.into() }
    }

    pub(crate) fn manifest(expected: impl Into<String>, found: impl Into<String>, place: impl Into<String>) -> Self {
        Error::Manifest { expected: expected.into(), found: found.into(), place: place.into() }
    }

    #[cfg(feature = "lab")]
    pub(crate) fn recipe(expected: impl Into<String>, found: impl Into<String>, place: impl Into<String>) -> Self {
        Error::Recipe { expected: expected.into(), found: found.into(), place: place.into() }
    }

    #[cfg(feature = "lab")]
    pub(crate) fn training(expected: impl Into<String>, found: impl Into<String>, place: impl Into<String>) -> Self {
        Error::Training { expected: expected.into(), found: found.into(), place: place.into() }
    }

    pub(crate) fn gpu(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Error::Gpu { expected: expected.into(), found: found.into() }
    }

    pub(crate) fn io(
        action: &'static str,
        expected: impl Into<String>,
        found: impl ToString,
        place: impl Into<String>,
    ) -> Self {
        Error::Io { action, expected: expected.into(), found: found.to_string(), place: place.into() }
    }
}
