use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on.
    #[error(
        "{listen} cannot be listened on; choose another with --listen 127.0.0.1:PORT, port 0 for any: {source}"
    )]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// An address that others can reach, without a token or with one that can be guessed.
    #[error(
        "{listen} can be reached from other machines: give a token of at least {} characters with --token, and put a \
         proxy with TLS in front, because the token and the logs would travel readable",
        crate::MIN_TOKEN
    )]
    WeakToken {
        /// The address.
        listen: SocketAddr,
    },
    /// A folder that cannot be used.
    #[error("{}: {source}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for the token: {0}")]
    Random(getrandom::Error),
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] bro_store::Error),
    /// The server stopped.
    #[error("the server stopped: {0}")]
    Serve(std::io::Error),
}
