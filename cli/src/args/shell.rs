use clap::Args as ClapArgs;
use clap_complete::Shell;
use std::path::PathBuf;

/// Print the script that lets a shell complete bro-ml's commands and options.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  bro-ml completions bash >~/.local/share/bash-completion/completions/bro-ml\n  \
                  bro-ml completions zsh >~/.zfunc/_bro-ml\n  bro-ml completions fish >~/.config/fish/completions/bro-ml.fish"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Write the manual pages: one for bro-ml and one for each command.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  bro-ml man | man -l -\n  bro-ml man --out ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Folder for all pages [default: print the one for bro-ml]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
