//! `twinlens serve`: the page and a catalogue on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{MANIFEST_FILE, Manifest};
use crate::merchant::folder::read_at_most;
use crate::merchant::models::{Models, nearest};
use crate::merchant::unpublished::MERCHANT_FILE;
use crate::{Error, Result};

/// What pages and workers may do: nothing leaves this origin.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; script-src 'self' 'wasm-unsafe-eval'; \
     worker-src 'self'; connect-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'";

/// Serve the page and a catalogue on loopback
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of a catalogue; without one, the demo shop's
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
    /// Folder of the page
    #[arg(long)]
    www: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let missing = |what: &'static str, expected: &str| Error::io(what, expected, "none", here());
    let page = |folder: &Path| folder.join("index.html").exists() && folder.join("worker.js").exists();
    let www = arguments
        .www
        .clone()
        .or_else(|| nearest("www", page))
        .ok_or_else(|| missing("looking for the page", "a folder www here or above, or --www"))?;
    if !www.join("pkg/twinlens_core_bg.wasm").exists() {
        let place = www.join("pkg").display().to_string();
        return Err(Error::io(
            "looking for the page's wasm",
            "twinlens_core_bg.wasm, as `cargo xtask build-web` makes it",
            "none",
            place,
        ));
    }
    let catalogue = arguments.catalogue.clone().unwrap_or_else(|| www.join("demo/catalogue"));
    let manifest = catalogue.join(MANIFEST_FILE);
    Manifest::parse(&read_at_most(&manifest, MAX_MANIFEST_BYTES)?, &manifest.display().to_string())?;
    let models = Models::find(arguments.models.as_deref())?;
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    let router = Router::new()
        .nest_service("/models", ServeDir::new(models.folder()))
        .nest_service("/catalogue", ServeDir::new(&catalogue))
        .fallback_service(ServeDir::new(&www))
        .layer(axum::middleware::from_fn(published))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        // A rebuilt catalogue shows at the next load; unchanged files cost one conditional request.
        .layer(header(header::CACHE_CONTROL, "no-cache"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let failed = |e: std::io::Error| Error::io("serving", "a free port", e, address.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        super::print(&format!("http://127.0.0.1:{port}/"));
        let stop = async {
            // Without signals the server runs until it is killed.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        axum::serve(listener, router).with_graceful_shutdown(stop).await.map_err(failed)
    })
}

/// Answers requests for `merchant.json` with 404 wherever it lies, however the name is escaped or capitalised: some file
/// systems take either case.
async fn published(request: Request, next: Next) -> Response {
    let path = percent_decode_str(request.uri().path()).decode_utf8_lossy().to_ascii_lowercase();
    match path.contains(MERCHANT_FILE) {
        true => StatusCode::NOT_FOUND.into_response(),
        false => next.run(request).await,
    }
}

fn here() -> String {
    std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default()
}
