use crate::Error;
use bro_store::DatabaseUrl;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Fewest characters of a token where other machines can reach the server.
pub const MIN_TOKEN: usize = 16;

/// What is served, and to whom.
///
/// ```
/// use bro_store::DatabaseUrl;
/// use bro_web::Config;
/// let config = Config::new(DatabaseUrl::sqlite("bro-ml.db"), "work");
/// assert!(config.validate().is_ok());
/// let open = Config { listen: ([0, 0, 0, 0], 8417).into(), ..config };
/// assert!(open.validate().unwrap_err().to_string().contains("--token"));
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens. Default 127.0.0.1, port 8417; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// The token; a random one if there is none.
    pub token: Option<String>,
    /// Names under which it may be asked for, beside `localhost` and addresses in numbers.
    pub hosts: Vec<String>,
    /// Where datasets and runs are kept.
    pub database: DatabaseUrl,
    /// Folders from which logs may be imported.
    pub roots: Vec<PathBuf>,
    /// Where it keeps uploads while they are imported, and what plots draw.
    pub work_folder: PathBuf,
    /// Where another database that was chosen on the page is noted for the next start; `None` forgets it.
    pub config_file: Option<PathBuf>,
    /// What it may take at most.
    pub limits: Limits,
}

/// What a server takes at most.
///
/// ```
/// assert_eq!(bro_web::Limits::default().n_workers, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one upload. Default 4 GiB.
    pub upload_bytes: u64,
    /// Uploads at a time. Default 2.
    pub n_uploads: usize,
    /// Rows of one import, which bounds what a small compressed log can grow to. Default 200 million.
    pub import_rows: u64,
    /// Jobs that run at a time. Default 2.
    pub n_workers: usize,
    /// Jobs that wait. Default 16.
    pub n_waiting: usize,
    /// Jobs that ended and are still shown. Default 100.
    pub n_ended: usize,
    /// Runs whose plots are kept. Default 200.
    pub n_plots: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes: 4 << 30,
            n_uploads: 2,
            import_rows: 200_000_000,
            n_workers: 2,
            n_waiting: 16,
            n_ended: 100,
            n_plots: 200,
        }
    }
}

impl Config {
    /// Loopback only, a random token, no folders to import from.
    #[must_use]
    pub fn new(database: DatabaseUrl, work_folder: impl Into<PathBuf>) -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8417).into(),
            token: None,
            hosts: Vec::new(),
            database,
            roots: Vec::new(),
            work_folder: work_folder.into(),
            config_file: None,
            limits: Limits::default(),
        }
    }

    /// Checks what can be checked without listening.
    ///
    /// # Errors
    /// [`Error::WeakToken`] if other machines can reach the address and the token does not keep them out.
    pub fn validate(&self) -> Result<(), Error> {
        let is_strong = self.token.as_ref().is_some_and(|token| token.chars().count() >= MIN_TOKEN);
        match self.listen.ip().is_loopback() || is_strong {
            true => Ok(()),
            false => Err(Error::WeakToken { listen: self.listen }),
        }
    }
}
