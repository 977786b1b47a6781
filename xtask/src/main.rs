//! The gate, the benches and the fuzzer: `cargo xtask ci`, `cargo xtask bench desk`, `cargo xtask fuzz mail 60`.

mod desk;
mod figures;
mod fuzz;
mod policy;
mod priority;
mod promises;
mod routing;
mod theory;
#[cfg(test)]
mod tidy;
mod train;
mod voice;
mod words;

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["ci"] => ci(),
        ["bench", "desk", ref rest @ ..] => desk::bench(rest),
        ["bench", "routing"] => routing::bench(),
        ["bench", "promises", ref rest @ ..] => promises::bench(rest),
        ["bench", "priority"] => priority::bench(),
        ["bench", "voice"] => voice::bench(),
        ["bench", "words", ref rest @ ..] => words::bench(rest),
        ["voice", ref part @ ..] => voice::part(part),
        ["docs"] => document(),
        ["train", "abuse", folder] => train::train(folder),
        ["fuzz", ref rest @ ..] => fuzz::fuzz(rest),
        _ => Err("usage: cargo xtask ci | cargo xtask docs | cargo xtask bench desk [--postgres URL] [--million] | cargo xtask bench routing|priority|voice | cargo xtask bench promises [FOLDER] | cargo xtask bench words [FOLDER…] [--mistakes WHAT] | cargo xtask train abuse FOLDER | cargo xtask fuzz TARGET SECONDS".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// What the shipped rules and the policy are, written from them; tests say when a page is behind.
fn document() -> Result<(), String> {
    let packs = warmline_etiquette::shipped::packs(&[]).map_err(|m| m.to_string())?;
    let told = warmline_etiquette::docs::markdown(packs.iter());
    std::fs::write("docs/rules.md", told).map_err(|e| format!("docs/rules.md: {e}"))?;
    let source = policy::source(std::path::Path::new(".")).map_err(|e| format!("{}: {e}", policy::SOURCE))?;
    std::fs::write("docs/operate/policy.md", policy::page(&source)).map_err(|e| format!("docs/operate/policy.md: {e}"))
}

/// The only definition of the gate. Tests come last, so that their closing lines are the last ones.
fn ci() -> Result<(), String> {
    let frontend = "crates/warmline-web/frontend";
    step("formatting", "cargo", &["fmt", "--all", "--check"], ".")?;
    step("types of the scripts", "npm", &["run", "--silent", "check"], frontend)?;
    step("lints", "cargo", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"], ".")?;
    step("tests", "cargo", &["nextest", "run", "--workspace", "--no-fail-fast", "--show-progress=none"], ".")
}

fn step(what: &str, program: &str, arguments: &[&str], folder: &str) -> Result<(), String> {
    println!("\n== {what}");
    let status = outside_cargo(program)
        .args(arguments)
        .current_dir(folder)
        .status()
        .map_err(|e| format!("{program} cannot be run: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("The gate stops at: {what}.")) }
}

/// A command without what cargo told this program: some build scripts look at it and would build anew every time.
pub(crate) fn outside_cargo(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let told =
            name.to_str().is_some_and(|n| n.starts_with("CARGO_") && !["CARGO_HOME", "CARGO_TARGET_DIR"].contains(&n));
        if told {
            command.env_remove(&name);
        }
    }
    command
}
