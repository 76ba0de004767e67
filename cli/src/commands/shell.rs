use crate::args::{Args, Completions, Man};
use crate::output;
use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man as Page;
use std::io;
use std::path::Path;

pub(crate) fn completions(args: &Completions) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "bro-ml", &mut script);
    Ok(output::print(&String::from_utf8(script)?)?)
}

pub(crate) fn man(args: &Man) -> anyhow::Result<()> {
    match &args.out {
        Some(folder) => write_pages(folder),
        None => Ok(output::print(&page(&Page::new(Args::command()))?)?),
    }
}

fn write_pages(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let mut command = Args::command();
    command.build();
    let pages = pages(&command, "bro-ml");
    for (name, command) in &pages {
        let title = name.to_uppercase();
        let text = page(&Page::new(command.clone()).title(title))?;
        output::write_file(&folder.join(format!("{name}.1")), &text)?;
    }
    output::note(&format!("{} manual pages written to {}", pages.len(), folder.display()));
    Ok(())
}

/// The names of the pages, and what each is about: the command itself and all that is below it.
fn pages(command: &clap::Command, name: &str) -> Vec<(String, clap::Command)> {
    let below = command.get_subcommands().filter(|command| command.get_name() != "help");
    let mut pages = vec![(name.to_owned(), command.clone())];
    pages.extend(below.flat_map(|command| pages_below(command, name)));
    pages
}

fn pages_below(command: &clap::Command, above: &str) -> Vec<(String, clap::Command)> {
    pages(command, &format!("{above}-{}", command.get_name()))
}

fn page(page: &Page) -> io::Result<String> {
    let mut text = Vec::new();
    page.render(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
