//! The program: configuration, wiring, subcommands.

mod config;
mod console;
mod doctor;
mod serve;
mod trail;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Warmline: a self-hosted support desk. Good service practice is part of the software.
#[derive(Parser)]
#[command(name = "warmline", version)]
struct Arguments {
    /// The configuration file; without it the defaults hold.
    /// WARMLINE_CONFIG names it too.
    #[arg(long, short, default_value = "warmline.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the desk.
    Serve,
    /// Run a desk with a sample company, customers who write and colleagues who answer.
    Demo {
        /// Where the demo keeps its data; emptied at the start.
        #[arg(long, default_value = ".demo")]
        folder: PathBuf,
        /// The address of the page.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
    },
    /// Look whether everything is in order.
    Doctor {
        /// Fold the whole journal and hold it against the rows.
        #[arg(long)]
        replay: bool,
    },
    /// Write a consistent copy of a running desk into a new folder.
    Backup {
        to: PathBuf,
    },
    /// Put a backup in place of an empty desk.
    Restore {
        from: PathBuf,
    },
    /// People who work here.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// What happened, as a signed file; and whether such a file was changed.
    Trail {
        #[command(subcommand)]
        command: trail::TrailCommand,
    },
    Lint(Box<words::lint::Lint>),
    Lsp(words::lsp::Lsp),
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add somebody; the password is read from standard input.
    Add {
        email: String,
        name: String,
        #[arg(long, default_value = "agent")]
        role: String,
    },
    /// Set a new password, read from standard input; ends their sessions and their waiting time.
    Password { email: String },
    /// Everybody who can sign in.
    List,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let path = std::env::var_os("WARMLINE_CONFIG").map(PathBuf::from).unwrap_or(arguments.config);
    let config = match Config::load(&path) {
        Ok(config) => config,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let command = match without_a_desk(arguments.command, &config) {
        Ok(ended) => return ended,
        Err(command) => command,
    };
    serve::log_to_stderr(&config);
    rustls::crypto::ring::default_provider().install_default().expect("set once, here");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Look at the sockets often: a step of work here is a database query, not a few instructions.
        .event_interval(7)
        .global_queue_interval(7)
        .build()
        .expect("the runtime starts");
    let done = runtime.block_on(async {
        match command {
            Command::Serve => serve::serve(config).await,
            Command::Demo { folder, listen } => serve::run_demo(folder, listen).await,
            Command::Doctor { replay } => doctor::doctor(&config, replay).await,
            Command::Backup { to } => doctor::backup(&config, &to).await,
            Command::Restore { from } => doctor::restore(&config, &from),
            Command::Trail { command } => trail::run(&config, command).await,
            Command::User { command } => match command {
                UserCommand::Add { email, name, role } => console::add(&config, &email, &name, &role).await,
                UserCommand::Password { email } => console::password(&config, &email).await,
                UserCommand::List => console::list(&config).await,
            },
            Command::Lint(_) | Command::Lsp(_) => Ok(()),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// What works on files alone needs no runtime, and its output is for programs.
fn without_a_desk(command: Command, config: &Config) -> Result<ExitCode, Command> {
    let machine = || {
        let zone = config.zone().unwrap_or(jiff::tz::TimeZone::UTC);
        words::lint::Machine { german: config.spelling.german.clone(), zone }
    };
    match command {
        Command::Lint(wanted) => Ok(ExitCode::from(words::lint::lint(&wanted, machine()))),
        Command::Lsp(wanted) => Ok(match words::lsp::lsp(&wanted, machine()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        }),
        other => Err(other),
    }
}
