use super::Database;
use clap::Args as ClapArgs;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Serve a page in the browser: import logs, find outliers and clusters, look at what was found before; the same as JSON
/// for scripts.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes any that is free. Other than loopback needs --token, and a proxy with TLS
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8417")]
    pub(crate) listen: SocketAddr,

    /// The token that lets in, instead of a random one for each start
    #[arg(long, value_name = "TOKEN", env = "BRO_ML_WEB_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,

    /// A name under which browsers may ask, beside localhost and addresses in numbers
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,

    /// A folder from which logs may be imported, with everything below it
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Vec<PathBuf>,

    /// Open the page in the browser
    #[arg(long)]
    pub(crate) open: bool,

    #[command(flatten)]
    pub(crate) database: Database,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml serve --open
  bro-ml serve --root /opt/zeek/logs --database postgres://ann@db/zeek
  ssh -L 8417:localhost:8417 sensor bro-ml serve     (then open the printed address here)
  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8417/api/v1/runs

Ends with Ctrl-C; an import that is broken off goes on when it is asked for again.
Exit codes: 0 done, 1 failed, 2 wrong usage.";
