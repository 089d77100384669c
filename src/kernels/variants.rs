use serde::{Deserialize, Serialize};

use super::{layer_norm, linear};

/// Which variants of the kernels a GPU runs, of those kernels that have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variants {
    pub linear: linear::Tile,
    pub layer_norm: layer_norm::Reduction,
}

impl Variants {
    /// Combinations in which every variant occurs, for tests.
    pub const ALL: [Variants; 3] = [
        Variants { linear: linear::Tile::Narrow, layer_norm: layer_norm::Reduction::Thread },
        Variants { linear: linear::Tile::Wide, layer_norm: layer_norm::Reduction::Thread },
        Variants { linear: linear::Tile::Sliced, layer_norm: layer_norm::Reduction::Workgroup },
    ];
}
