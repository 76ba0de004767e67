use crate::args::{Config, ConfigAction};
use crate::{config, database, output};
use anyhow::Context;

pub(crate) fn run(args: &Config) -> anyhow::Result<()> {
    match &args.action {
        ConfigAction::Path => {
            let path =
                config::file().context("neither XDG_CONFIG_HOME nor HOME says where a config file is")?;
            Ok(output::print(&path.display().to_string())?)
        }
        ConfigAction::Show { database } => {
            let url = database::url(database)?;
            Ok(output::print(&format!("[database]\nurl = {:?}", url.to_string()))?)
        }
    }
}
