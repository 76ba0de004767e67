use crate::args::Serve;
use crate::{config, database, output};
use bro_web::{App, Config};
use std::process::{Command, Stdio};

pub(crate) fn run(args: &Serve) -> anyhow::Result<()> {
    let work_folder = database::data_folder()?.join("web");
    let config = Config {
        listen: args.listen,
        token: args.token.clone(),
        hosts: args.allow_host.clone(),
        roots: args.root.clone(),
        config_file: config::file(),
        ..Config::new(database::resolved(&args.database)?, work_folder)
    };
    let app = App::new(config)?;
    if !args.listen.ip().is_loopback() {
        output::note(
            "warning: other machines can reach this address, and nothing is encrypted: put a proxy with TLS in front",
        );
    }
    bro_web::run(&app, |app| ready(app, args))?;
    output::note("stopped");
    Ok(())
}

fn ready(app: &App, args: &Serve) {
    // Whoever closed standard output does not want the address.
    let _is_closed = output::print(&app.address());
    output::note("open this address in a browser; Ctrl-C ends");
    if args.open && open(&app.address()).is_err() {
        output::note("no browser could be started; open the address yourself");
    }
}

/// Shows an address in the user's browser.
fn open(address: &str) -> std::io::Result<()> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = match cfg!(windows) {
        true => Command::new("explorer"),
        false => Command::new(program),
    };
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
}
