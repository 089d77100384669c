//! `twinlens serve`: a published site, or the page and a catalogue, on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;

use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{MANIFEST_FILE, Manifest};
use crate::digest::sha256_hex;
use crate::merchant::folder::read_at_most;
use crate::merchant::models::Models;
use crate::merchant::publish::{Record, Runtime, headers, service_worker};
use crate::merchant::unpublished::MERCHANT_FILE;
use crate::{Error, Result};

/// Serve a published site, or the page with a catalogue, on loopback
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of a site that `twinlens publish` wrote; without one, the page and a catalogue are served as they are
    #[arg(conflicts_with_all = ["catalogue", "models", "www"])]
    site: Option<PathBuf>,
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
    let (router, base) = match &arguments.site {
        Some(site) => site_router(site)?,
        None => (page_router(arguments)?, "/".to_string()),
    };
    let router = router.layer(axum::middleware::from_fn(published));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let failed = |e: std::io::Error| Error::io("serving", "a free port", e, address.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        super::print(&format!("http://127.0.0.1:{port}{base}"));
        let stop = async {
            // Without signals the server runs until it is killed.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        axum::serve(listener, router).with_graceful_shutdown(stop).await.map_err(failed)
    })
}

/// A published site below its base, in the compressed forms that lie there, and with the headers that the site's own files state
/// for other servers. Parts of files are given as they are stored.
fn site_router(site: &Path) -> Result<(Router, String)> {
    let missing = || {
        Error::io("looking for a site", "a folder that `twinlens publish` wrote", "none", site.display().to_string())
    };
    let base = Record::read(site)?.ok_or_else(missing)?.base;
    let files = Router::new()
        .fallback_service(ServeDir::new(site).precompressed_br().precompressed_gzip())
        .layer(axum::middleware::from_fn(|request, next| with_headers(request, next, headers::cache_control)));
    let router = match base.trim_end_matches('/') {
        "" => files,
        path => Router::new().nest_service(path, files),
    };
    Ok((router, base))
}

/// The page, a catalogue and packs, each in its folder.
fn page_router(arguments: &Arguments) -> Result<Router> {
    let www = super::publish::www(arguments.www.as_deref())?;
    for built in ["pkg/twinlens_core_bg.wasm", "twinlens.js", "worker.js"] {
        if !www.join(built).exists() {
            let expected = format!("{built}, as `cargo xtask build-web` makes it");
            return Err(Error::io("looking for the page's runtime", expected, "none", www.display().to_string()));
        }
    }
    let catalogue = arguments.catalogue.clone().unwrap_or_else(|| www.join("demo/catalogue"));
    let manifest = catalogue.join(MANIFEST_FILE);
    Manifest::parse(&read_at_most(&manifest, MAX_MANIFEST_BYTES)?, &manifest.display().to_string())?;
    let models = Models::find(arguments.models.as_deref())?;
    let folder = www.clone();
    let worker = move || std::future::ready(worker_of(&folder));
    Ok(Router::new()
        .route("/service-worker.js", axum::routing::get(worker))
        .nest_service("/models", ServeDir::new(models.folder()))
        .nest_service("/catalogue", ServeDir::new(&catalogue))
        .fallback_service(ServeDir::new(&www))
        // A rebuilt catalogue and a changed page show at the next load.
        .layer(axum::middleware::from_fn(|request, next| with_headers(request, next, |_| headers::NO_CACHE))))
}

/// The page's service worker with the files and the version that the page has at this moment.
fn worker_of(www: &Path) -> Response {
    let Ok(template) = std::fs::read_to_string(www.join("service-worker.js")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let shell = Runtime::read(www).and_then(|runtime| {
        let page = read_at_most(&www.join("index.html"), MAX_MANIFEST_BYTES)?;
        let files = runtime.files.into_iter().map(|(path, bytes)| (path, sha256_hex(&bytes)));
        Ok([("./".to_string(), sha256_hex(&page))].into_iter().chain(files).collect::<Vec<_>>())
    });
    match shell.and_then(|shell| service_worker(&template, &shell)) {
        Ok(text) => text.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Says beside each file what a published site's server says.
async fn with_headers(request: Request, next: Next, cache_control: impl Fn(&str) -> &'static str) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_string();
    let mut response = next.run(request).await;
    // Of an error nothing is kept: the file may come.
    let is_file = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let fields = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            fields.insert(name, value);
        }
    };
    headers::ALWAYS.iter().for_each(|(name, value)| set(name, value));
    set("Cache-Control", if is_file { cache_control(&path) } else { headers::NO_STORE });
    set("Vary", "Accept-Encoding");
    let name = if path.is_empty() || path.ends_with('/') { "index.html" } else { &path };
    if response.status().is_success()
        && let Some(kind) = headers::content_type(name)
    {
        let charset = if kind.starts_with("text/") { "; charset=utf-8" } else { "" };
        if let Ok(value) = HeaderValue::from_str(&format!("{kind}{charset}")) {
            response.headers_mut().insert(CONTENT_TYPE, value);
        }
    }
    response
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
