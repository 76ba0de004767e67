use clap::{Args as ClapArgs, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

/// What every command takes.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Tell on standard error how long each stage took
    #[arg(long, global = true)]
    pub(crate) timings: bool,

    /// Tell on standard error what the program does, down to this level
    #[arg(long, global = true, value_enum, value_name = "LEVEL", default_value_t = LogLevel::Off)]
    pub(crate) log_level: LogLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub(crate) fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}
